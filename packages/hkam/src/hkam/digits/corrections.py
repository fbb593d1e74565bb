"""What oscillators add to the synapses: the matrix κ μ μᵀ, its spectrum, and the part of it that acts."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hkam._arrays import real_array, wide
from hkam.digits.finetuning import EditedClassifier
from hkam.dynamics import recall
from hkam.sphere import by_largest_entry

__all__ = ["Correction", "correction", "effective_rank", "follow_oscillators"]


class Correction(NamedTuple):
    """The matrix ``κ μ μᵀ`` that oscillators add to the synapses ``W``.

    Args:
        matrix: ``κ μ_iᵀ μ_j``.
        eigenvalues: Those that can differ from zero, D + 1, the largest in size first.
    """

    matrix: Float[Array, "N N"]
    eigenvalues: Float[Array, "D1"]


def correction(mu: Float[Array, "N D1"], strength: Float[Array, ""]) -> Correction:
    """Return what oscillators add to the synapses.

    Args:
        mu: Oscillators.
        strength: ``κ``.

    Returns:
        The matrix and its eigenvalues, those of the small matrix ``κ μᵀ μ``; of half precision in single precision.

    Raises:
        ValueError: If ``mu`` is not a matrix.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 17.
    """
    rows, kappa = wide(real_array("mu", mu), real_array("strength", strength))
    if rows.ndim != 2:
        raise ValueError(f"mu must have shape (N, D+1), but has {rows.shape}")
    return Correction(kappa * rows @ rows.T, kappa * jnp.linalg.eigvalsh(rows.T @ rows)[::-1])


def effective_rank(eigenvalues: Float[Array, "D1"]) -> Float[Array, ""]:
    """Return ``exp`` of the entropy of the eigenvalues' shares: between 1 and their number, or 0 if all are zero.

    Args:
        eigenvalues: Of one sign.

    Source: Roy and Vetterli, "The effective rank: a measure of effective dimensionality", 2007.
    """
    (sizes,) = wide(jnp.abs(real_array("eigenvalues", eigenvalues)))
    # Divided by the largest first: the sum of the largest numbers leaves their type.
    parts, _, nothing = by_largest_entry(sizes)
    shares = parts / jnp.where(nothing, 1.0, jnp.sum(parts))
    # A share of 0 or 1 adds nothing; the inner choice keeps the infinite slope at 0 out of the gradient.
    entropy = jnp.sum(jax.scipy.special.entr(jnp.where(shares > 0, shares, 1.0)))
    return jnp.where(nothing[0], 0.0, jnp.exp(entropy))


def follow_oscillators(
    network: EditedClassifier,
    images: Float[np.ndarray, "B pixels"],
    shown: Float[np.ndarray, "B pixels"] | None = None,
    *,
    times: Float[np.ndarray, "T"],
) -> Float[Array, "B T N D1"]:
    """Return where the oscillators are at given times, solved with the paper's solver.

    Args:
        network: The edited classifier.
        images: Pixels between 0 and 1.
        shown: What each sample's oscillators are shown, between −1 and 1.
        times: Between 0 and 1, rising.

    Returns:
        Oscillators of each sample at each time.
    """

    @eqx.filter_jit
    def follow(model: EditedClassifier, cues: Any) -> Float[Array, "B T N D1"]:
        return jax.vmap(lambda cue: recall(model.memory, cue, 1.0, times=jnp.asarray(times)).trajectory.mu)(
            cues
        )

    digits = None if shown is None else jnp.asarray(shown)
    return follow(network, network.cue(jnp.asarray(images), digits))
