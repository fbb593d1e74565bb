"""Editing a frozen classifier with oscillators: the network, how its oscillators start, and its training."""

import abc
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Integer, PRNGKeyArray

from hkam.classification import CLASSES, classifier_cue, squared_error
from hkam.couplings import LowRankCoupling
from hkam.editing import Task, cue_digits, edited_labels
from hkam.encoding import encode_scalars
from hkam.graphs import Graph
from hkam.hopfield import HopfieldMemory
from hkam.hopfield_kuramoto import HopfieldKuramotoMemory, low_rank_memory
from hkam.interactions import ReLUInteraction
from hkam.memory import AbstractMemory
from hkam.recall import Recall
from hkam.sphere import random_rotation, random_unit_rows, unit_rows
from hkam.states import HopfieldKuramotoState
from hkam.train import Fit, Schedule, batches, fit, recall_batch

__all__ = [
    "AbstractStart",
    "EditedClassifier",
    "EditingBatch",
    "LearnedStart",
    "ShownStart",
    "edited_class_units",
    "editing_batches",
    "fine_tune",
    "first_start",
    "shown_digits",
    "shown_values",
]

StartKind = Literal["coherent", "incoherent", "learned"]

FIRST_STRENGTH = 1e-2  # κ, §6


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

    rows: Float[Array, "N D1"]

    def __call__(self, batch: int, shown: Float[Array, "B pixels"] | None) -> Float[Array, "B N D1"]:  # noqa: ARG002
        """Return the same rows for every sample."""
        rows = unit_rows(self.rows)
        return jnp.broadcast_to(rows, (batch, *rows.shape))


class ShownStart(AbstractStart):
    """An image written into the scalar products with the first oscillator, as for the associative tasks.

    ``μ_1 = e_1``, ``μ_{j+1} = v_j e_1 + √(1 − v_j²) u_j`` for the pixels ``v_j``; further oscillators start at rows
    that no image changes. The image can be read back from any such start, whatever the ``u_j``.

    Args:
        directions: ``u_j``, orthogonal to ``e_1`` and without that component; one row a pixel, not zero.
        others: Rows of the further oscillators, not zero.

    Source: the same paper, Appendices C and F.4.
    """

    directions: Float[Array, "pixels D"]
    others: Float[Array, "rest D1"]

    @classmethod
    def coherent(cls, pixels: int, oscillators: int, dimensions: int) -> "ShownStart":
        """Return the paper's start: all ``u_j = e_2``, all further oscillators at ``e_1``.

        Args:
            pixels: Pixels of an image.
            oscillators: Oscillators N, at least one more.
            dimensions: Columns, D + 1.
        """
        others = jnp.zeros((oscillators - pixels - 1, dimensions)).at[:, 0].set(1)
        return cls(jnp.zeros((pixels, dimensions - 1)).at[:, 0].set(1), others)

    @classmethod
    def incoherent(cls, pixels: int, oscillators: int, dimensions: int, *, key: PRNGKeyArray) -> "ShownStart":
        """Return a start whose ``u_j`` and further oscillators are random unit vectors.

        Args:
            pixels: Pixels of an image.
            oscillators: Oscillators N, at least one more.
            dimensions: Columns, D + 1.
            key: Random key.
        """
        first, second = jax.random.split(key)
        return cls(
            random_unit_rows(pixels, dimensions - 1, key=first),
            random_unit_rows(oscillators - pixels - 1, dimensions, key=second),
        )

    def __call__(self, batch: int, shown: Float[Array, "B pixels"] | None) -> Float[Array, "B N D1"]:
        """Return each sample's rows.

        Raises:
            ValueError: If nothing is shown, or not one image a sample.
        """
        if shown is None or shown.shape != (batch, len(self.directions)):
            given = "nothing" if shown is None else f"shape {shown.shape}"
            raise ValueError(f"shown must have shape {(batch, len(self.directions))}, but is {given}")
        directions, others = unit_rows(self.directions), unit_rows(self.others)
        dimensions = self.others.shape[-1]
        written = jax.vmap(lambda values: encode_scalars(values, dimensions, directions=directions))(shown)
        return jnp.concatenate([written, jnp.broadcast_to(others, (batch, *others.shape))], axis=1)


def first_start(
    kind: StartKind, pixels: int, oscillators: int, dimensions: int, *, associative: bool, key: PRNGKeyArray
) -> AbstractStart:
    """Return a start by its name, untrained.

    Args:
        kind: For the associative tasks ``"coherent"`` (the paper's), ``"incoherent"``, or ``"learned"`` (incoherent
            at first); the non-associative tasks learn ``μ(0)`` whatever it is.
        pixels: Pixels of an image.
        oscillators: Oscillators N.
        dimensions: Columns, D + 1.
        associative: Whether an image is shown to the oscillators.
        key: Random key.

    Raises:
        ValueError: If there is no such kind.
    """
    if kind not in get_args(StartKind):
        raise ValueError(f"kind must be one of {', '.join(get_args(StartKind))}, but is {kind!r}")
    if not associative:
        return LearnedStart(random_unit_rows(oscillators, dimensions, key=key))
    if kind == "coherent":
        return ShownStart.coherent(pixels, oscillators, dimensions)
    return ShownStart.incoherent(pixels, oscillators, dimensions, key=key)


class EditedClassifier(eqx.Module):
    """A classifier whose synapses oscillators correct by ``κ μ_iᵀ μ_j``.

    Args:
        memory: The classifier's units bound to oscillators, from `hkam.low_rank_memory`.
        start: Where the oscillators begin.

    Source: the same paper, eq. 18, §6.
    """

    memory: HopfieldKuramotoMemory
    start: AbstractStart

    @classmethod
    def around(
        cls,
        classifier: HopfieldMemory,
        graph: Graph,
        start: AbstractStart,
        *,
        omega: Float[Array, "D1 D1"] | None = None,
    ) -> "EditedClassifier":
        """Bind untrained oscillators to a trained classifier: ``R = S = 0``, ``κ = 0.01``.

        Args:
            classifier: The trained network.
            graph: Who interacts among the oscillators.
            start: Where the oscillators begin.
            omega: ``Ω`` if oscillators shall rotate. One shared rotation changes no scalar product and so no answer:
                the gradient with respect to it is zero.
        """
        nothing = jnp.zeros(graph.edge_count, classifier.bias.dtype)
        memory = low_rank_memory(
            classifier,
            nothing,
            nothing,
            graph,
            strength=jnp.asarray(FIRST_STRENGTH, nothing.dtype),
            omega=omega,
        )
        return cls(memory, start)

    @property
    def interaction(self) -> ReLUInteraction:
        """``R`` and ``S`` on their graph."""
        return self.memory.kuramoto.interaction  # pyright: ignore[reportReturnType]

    @property
    def coupling(self) -> LowRankCoupling:
        """``κ``."""
        return self.memory.coupling  # pyright: ignore[reportReturnType]

    @property
    def oscillator_weights(self) -> int:
        """Number of entries of R and S: what the paper's Table 4 counts."""
        return self.interaction.linear.size + self.interaction.rectified.size

    def cue(
        self,
        images: Float[Array, "B pixels"],
        shown: Float[Array, "B pixels"] | None = None,
        *,
        rotation: Float[Array, "D1 D1"] | None = None,
    ) -> HopfieldKuramotoState:
        """Write images into the threshold units, and what is shown into the oscillators.

        Args:
            images: Pixels between 0 and 1.
            shown: What the oscillators are shown, between −1 and 1.
            rotation: Turns all oscillators of the batch.

        Returns:
            Cues.
        """
        x = classifier_cue(images, self.memory.hopfield.size).x
        mu = self.start(len(images), shown)
        return HopfieldKuramotoState(x, mu if rotation is None else mu @ rotation.T)

    def trainable(self, *, start: bool, omega: bool = False) -> Any:
        """Return what fine-tuning changes: R, S, κ, and what is asked for; never the classifier.

        Args:
            start: Whether the oscillators' start is learned.
            omega: Whether Ω is.

        Returns:
            A tree of booleans.
        """
        fixed = jax.tree.map(lambda _: False, self)

        def learned(tree: "EditedClassifier") -> list[Any]:
            leaves = [tree.interaction.linear, tree.interaction.rectified, tree.coupling.strength]
            leaves += jax.tree.leaves(tree.start) if start else []
            return [*leaves, tree.memory.kuramoto.omega] if omega else leaves

        return eqx.tree_at(learned, fixed, replace=[True] * len(learned(fixed)))


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


class EditingBatch(NamedTuple):
    """What one update of fine-tuning sees.

    Args:
        images: Pixels between 0 and 1.
        labels: Edited labels.
        shown: What the oscillators are shown; ``None`` for the non-associative tasks.
        rotation: Turns all oscillators of the batch; ``None`` for none.
    """

    images: Float[Array, "B pixels"]
    labels: Integer[Array, "B"]
    shown: Float[Array, "B pixels"] | None
    rotation: Float[Array, "D1 D1"] | None


def editing_batches(
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    task: Task,
    *,
    size: int,
    updates: int,
    seed: int,
    rotate: int | None = None,
) -> Iterator[EditingBatch]:
    """Draw the batches of a task: every batch has its own cues and, if wanted, its own rotation.

    Args:
        images: Digits, pixels between 0 and 1.
        labels: Their classes.
        task: Which of the four.
        size: Samples a batch.
        updates: Number of batches.
        seed: Of all draws.
        rotate: Columns of the oscillators, D + 1, to turn them at random, as the paper does for the non-associative
            tasks; ``None`` leaves them. The answer does not depend on it.

    Yields:
        The batches.
    """
    order = batches(images, labels, size=size, updates=updates, seed=seed)
    for number, (pictures, digits) in enumerate(order):
        shown, cues = None, None
        if task.startswith("associative"):
            shown, cues = shown_digits(images, labels, size, seed=[seed, number])
        turn = None
        if rotate is not None:
            turn = random_rotation(rotate, key=jax.random.fold_in(jax.random.key(seed), number))
        yield EditingBatch(
            jnp.asarray(pictures),
            jnp.asarray(edited_labels(digits, task, cues=cues)),
            None if shown is None else jnp.asarray(shown),
            turn,
        )


def fine_tune(
    network: EditedClassifier,
    data: Iterable[EditingBatch],
    *,
    schedule: Schedule,
    trainable: Any,
    strength_rate: float = 1.0,
    classes: int = CLASSES,
    **options: Any,
) -> Fit:
    """Train the oscillators of an edited classifier: the second stage of the paper's experiments.

    Args:
        network: Where to start, from `EditedClassifier.around`.
        data: Batches, from `editing_batches`.
        schedule: How long and how fast.
        trainable: What to train, from `EditedClassifier.trainable`.
        strength_rate: Learning rate of κ, relative to the schedule's.
        classes: How many classes there are.
        options: Passed to `hkam.train.fit`: ``watch``, ``watch_every``, ``checkpoint``.

    Returns:
        The trained network, its losses and what was watched.

    Source: the same paper, §6, Appendix F.
    """

    def loss(model: EditedClassifier, batch: EditingBatch) -> Float[Array, ""]:
        cue = model.cue(batch.images, batch.shown, rotation=batch.rotation)
        final = recall_batch(model.memory, cue, steps=schedule.steps).state.x
        return squared_error(final, batch.labels, classes)

    is_strength = eqx.tree_at(
        lambda tree: tree.coupling.strength, jax.tree.map(lambda _: False, network), True
    )
    groups = jax.tree.map(lambda flag: "strength" if flag else "rest", eqx.filter(is_strength, trainable))
    optimiser = optax.multi_transform(
        {"rest": schedule.optimiser(), "strength": schedule.optimiser(scale=strength_rate)}, groups
    )
    return fit(
        network, loss, data, optimiser=optimiser, trainable=trainable, updates=schedule.updates, **options
    )


def edited_class_units(
    network: EditedClassifier,
    images: Float[np.ndarray, "S pixels"],
    shown: Float[np.ndarray, "S pixels"] | None = None,
    *,
    solve: Callable[[AbstractMemory[Any], Any], Recall],
    classes: int = CLASSES,
    batch: int = 500,
) -> Float[np.ndarray, "S classes"]:
    """Return what the class units of each image end with; the highest is the answer.

    Args:
        network: The edited classifier.
        images: Pixels between 0 and 1.
        shown: What each sample's oscillators are shown, between −1 and 1.
        solve: Maps a memory and a batch of cues to their recall, as for `hkam.classification.class_units`.
        classes: How many units at the end stand for classes.
        batch: Images at once.

    Returns:
        The class units' last states.

    Raises:
        ValueError: If there are no images.

    Source: the same paper, §6.
    """
    if len(images) == 0:
        raise ValueError("images must not be empty")

    parts = []
    for first in range(0, len(images), batch):
        part = slice(first, first + batch)
        digits = None if shown is None else jnp.asarray(shown[part])
        parts.append(np.asarray(_units(solve, classes, network, jnp.asarray(images[part]), digits)))
    return np.concatenate(parts)


@eqx.filter_jit
def _units(
    solve: Callable[[AbstractMemory[Any], Any], Recall],
    classes: int,
    network: EditedClassifier,
    images: Array,
    shown: Array | None,
) -> Array:
    return solve(network.memory, network.cue(images, shown)).state.x[:, -classes:]
