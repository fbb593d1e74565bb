"""Where the oscillators of an edited classifier begin, and what they are shown."""

import abc
import functools
from collections.abc import Sequence
from typing import Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Integer, PRNGKeyArray

from hkam._arrays import real_array
from hkam.digits.tasks import cue_digits
from hkam.encoding import encode_scalars
from hkam.sphere import random_unit_rows, unit_rows

__all__ = [
    "AbstractStart",
    "LearnedStart",
    "ShownStart",
    "first_start",
    "shown_digits",
    "shown_values",
]

StartKind = Literal["aligned", "coherent", "incoherent", "learned"]


class AbstractStart(eqx.Module):
    """Where the oscillators of a batch of samples begin."""

    @abc.abstractmethod
    def __call__(self, batch: int, shown: Float[Array, "B pixels"] | None) -> Float[Array, "B N D1"]:
        """Return unit rows for each sample.

        Args:
            batch: Number of samples.
            shown: What each sample's oscillators are shown, between −1 and 1, if anything.
        """


class LearnedStart(AbstractStart):
    """One learned ``μ(0)`` for all samples, as for the non-associative tasks.

    Args:
        rows: Rows of any length but zero; their directions count.

    Source: "Binding threshold units with artificial oscillatory neurons", §6.
    """

    rows: Float[Array, "N D1"] = eqx.field(converter=functools.partial(real_array, "rows"))

    def __call__(self, batch: int, shown: Float[Array, "B pixels"] | None) -> Float[Array, "B N D1"]:  # noqa: ARG002
        """Return the same rows for every sample."""
        rows = unit_rows(self.rows)
        return jnp.broadcast_to(rows, (batch, *rows.shape))


class ShownStart(AbstractStart):
    """An image written into the scalar products with the first oscillator, as for the associative tasks.

    ``μ_1 = e_1``, ``μ_{j+1} = v_j e_1 + √(1 − v_j²) u_j`` for the pixels ``v_j``; further oscillators start at rows
    that no image changes. The image can be read back from any such start, whatever the ``u_j``.

    Args:
        directions: ``u_j``, orthogonal to ``e_1`` and without that component; one row per pixel, not zero.
        others: Rows of the further oscillators, not zero.

    Source: the same paper, Appendices C and F.4.
    """

    directions: Float[Array, "pixels D"] = eqx.field(converter=functools.partial(real_array, "directions"))
    others: Float[Array, "rest D1"] = eqx.field(converter=functools.partial(real_array, "others"))

    @classmethod
    def coherent(cls, pixels: int, oscillators: int, dimensions: int) -> "ShownStart":
        """Return the paper's start: all ``u_j = e_2``, all further oscillators at ``e_1``.

        Args:
            pixels: Pixels of an image.
            oscillators: Oscillators N, at least one more.
            dimensions: Columns, D + 1.

        Raises:
            ValueError: If there are too few oscillators.
        """
        rest = _without_pixels(oscillators, pixels)
        others = jnp.zeros((rest, dimensions)).at[:, 0].set(1)
        return cls(jnp.zeros((pixels, dimensions - 1)).at[:, 0].set(1), others)

    @classmethod
    def incoherent(cls, pixels: int, oscillators: int, dimensions: int, *, key: PRNGKeyArray) -> "ShownStart":
        """Return a start whose ``u_j`` and further oscillators are random unit vectors.

        Args:
            pixels: Pixels of an image.
            oscillators: Oscillators N, at least one more.
            dimensions: Columns, D + 1.
            key: Random key.

        Raises:
            ValueError: If there are too few oscillators.
        """
        first, second = jax.random.split(key)
        return cls(
            random_unit_rows(pixels, dimensions - 1, key=first),
            random_unit_rows(_without_pixels(oscillators, pixels), dimensions, key=second),
        )

    def __call__(self, batch: int, shown: Float[Array, "B pixels"] | None) -> Float[Array, "B N D1"]:
        """Return each sample's rows.

        Raises:
            ValueError: If nothing is shown, or not one image per sample.
        """
        if shown is not None:
            shown = real_array("shown", shown)
        if shown is None or shown.shape != (batch, len(self.directions)):
            given = "nothing" if shown is None else f"shape {shown.shape}"
            raise ValueError(f"shown must have shape {(batch, len(self.directions))}, but is {given}")
        directions, others = unit_rows(self.directions), unit_rows(self.others)
        dimensions = self.others.shape[-1]
        written = jax.vmap(lambda values: encode_scalars(values, dimensions, directions=directions))(shown)
        return jnp.concatenate([written, jnp.broadcast_to(others, (batch, *others.shape))], axis=1)


def _without_pixels(oscillators: int, pixels: int) -> int:
    if oscillators < pixels + 1:
        raise ValueError(
            f"oscillators must be one more than pixels, {pixels + 1}, or further, but are {oscillators}"
        )
    return oscillators - pixels - 1


def first_start(
    kind: StartKind, pixels: int, oscillators: int, dimensions: int, *, associative: bool, key: PRNGKeyArray
) -> AbstractStart:
    """Return a start by its name, untrained.

    Args:
        kind: For the associative tasks ``"coherent"`` (the paper's), ``"incoherent"``, or ``"learned"`` (incoherent
            at first). The non-associative tasks learn ``μ(0)``, from ``"aligned"`` (all at ``e_1``) or, with any other
            kind, from random rows.
        pixels: Pixels of an image.
        oscillators: Oscillators N.
        dimensions: Columns, D + 1.
        associative: Whether an image is shown to the oscillators.
        key: Random key.

    Raises:
        ValueError: If there is no such kind, or it is ``"aligned"`` where an image is shown.
    """
    if kind not in get_args(StartKind):
        raise ValueError(f"kind must be one of {', '.join(get_args(StartKind))}, but is {kind!r}")
    if kind == "aligned":
        if associative:
            raise ValueError("kind must be one that can hold an image, but is 'aligned'")
        return LearnedStart(jnp.zeros((oscillators, dimensions)).at[:, 0].set(1))
    if not associative:
        return LearnedStart(random_unit_rows(oscillators, dimensions, key=key))
    if kind == "coherent":
        return ShownStart.coherent(pixels, oscillators, dimensions)
    return ShownStart.incoherent(pixels, oscillators, dimensions, key=key)


def shown_values(images: Float[np.ndarray, "K pixels"]) -> Float[np.ndarray, "K pixels"]:
    """Centre each image on its mean and scale it into [−1, 1].

    Args:
        images: Pixels.

    Returns:
        What `ShownStart` writes into scalar products.

    Source: the same paper, Appendix C.
    """
    centred = images - images.mean(axis=-1, keepdims=True)
    return centred / np.abs(centred).max(axis=-1, keepdims=True, initial=np.finfo(centred.dtype).tiny)


def shown_digits(
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    count: int,
    *,
    seed: int | Sequence[int],
) -> tuple[Float[np.ndarray, "C pixels"], Integer[np.ndarray, "C"]]:
    """Draw a digit 0 or 1, with equal probability, for each of a number of samples, and an image of it.

    Args:
        images: Digits to draw from, pixels between 0 and 1.
        labels: Their classes.
        count: Number of samples.
        seed: Of the draw.

    Returns:
        The images as values between −1 and 1, and the digits.

    Raises:
        ValueError: If there is no 0 or no 1 to draw from.

    Source: the same paper, §6.
    """
    digits = cue_digits(count, seed=seed)
    random = np.random.default_rng([*np.atleast_1d(seed).tolist(), 1])
    chosen = np.empty(count, dtype=np.int64)
    for digit in (0, 1):
        candidates = np.flatnonzero(labels == digit)
        if len(candidates) == 0:
            raise ValueError(
                f"images must hold a {digit} to be shown, but hold {sorted(set(labels.tolist()))}"
            )
        which = digits == digit
        chosen[which] = random.choice(candidates, size=int(which.sum()))
    return shown_values(images[chosen]), digits
