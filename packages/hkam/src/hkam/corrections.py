"""What oscillators add to the synapses: the matrix κ μ μᵀ, its spectrum, and the part of it that acts."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hkam.finetuning import EditedClassifier
from hkam.recall import recall

__all__ = ["Correction", "coherence", "correction", "effective_rank", "follow_oscillators"]


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
        The matrix and its eigenvalues, those of the small matrix ``κ μᵀ μ``.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 17.
    """
    return Correction(strength * mu @ mu.T, strength * jnp.linalg.eigvalsh(mu.T @ mu)[::-1])


def effective_rank(eigenvalues: Float[Array, "D1"]) -> Float[Array, ""]:
    """Return ``exp`` of the entropy of the eigenvalues' shares: between 1 and their number.

    Args:
        eigenvalues: Of one sign.

    Source: Roy and Vetterli, "The effective rank: a measure of effective dimensionality", 2007.
    """
    shares = jnp.abs(eigenvalues) / jnp.sum(jnp.abs(eigenvalues))
    return jnp.exp(-jnp.sum(jax.scipy.special.xlogy(shares, shares)))


def coherence(mu: Float[Array, "*batch N D1"]) -> Float[Array, "*batch"]:
    """Return the length of the mean oscillator: 1 where all point one way, near 0 where they point anywhere.

    Args:
        mu: Oscillators.
    """
    return jnp.linalg.norm(mu.mean(axis=-2), axis=-1)


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
