"""Synchronisation: how coherent oscillators are, and the coupling at which coherence begins."""

from typing import Any

import diffrax
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hkam.memory import AbstractMemory, check_finite, check_shape
from hkam.recall import recall
from hkam.states import PhaseState

__all__ = [
    "MeanFieldKuramotoMemory",
    "lorentzian_critical_coupling",
    "lorentzian_frequencies",
    "lorentzian_order_parameter",
    "order_parameter",
    "synchronisation_curve",
]


def order_parameter(mu: Float[Array, "*batch N D1"]) -> Float[Array, "*batch"]:
    """Return the length of the mean oscillator, ``r = |Σ_i μ_i| / N``.

    Args:
        mu: Unit rows; for phases, `hkam.phases_to_vectors` of them.

    Returns:
        Zero for incoherent oscillators, one for identical ones.

    Source: Kuramoto, "Chemical Oscillations, Waves, and Turbulence", for D = 1.
    """
    return jnp.linalg.norm(jnp.mean(mu, axis=-2), axis=-1)


class MeanFieldKuramotoMemory(AbstractMemory[PhaseState]):
    """Kuramoto phases that all interact equally, in time linear in their number.

    ``φ̇_i = ω_i + (K/N) Σ_j sin(φ_j − φ_i) = ω_i + K r sin(ψ − φ_i)`` with ``r exp(iψ) = Σ_j exp(iφ_j) / N``, and
    ``E = −½ K N r²`` where all ``ω_i`` are equal.

    Args:
        coupling: ``K``.
        frequencies: ``ω`` in radians per time, one for all or one each.

    Source: Kuramoto, "Chemical Oscillations, Waves, and Turbulence"; eq. 2 of the paper with ``w_ij = K/N``.
    """

    coupling: Float[Array, ""]
    frequencies: Float[Array, ""] | Float[Array, "N"]

    def energy(self, state: PhaseState) -> Float[Array, ""]:
        """Return ``E``."""
        total = jnp.sum(jnp.cos(state.phi)) ** 2 + jnp.sum(jnp.sin(state.phi)) ** 2
        return -0.5 * self.coupling * total / state.phi.shape[0]

    def vector_field(self, t: Any, state: PhaseState, args: Any = None) -> PhaseState:  # noqa: ARG002
        """Return ``φ̇``."""
        return PhaseState(self.frequencies - jax.grad(self.energy)(state).phi)

    def closed_form_rate(self, state: PhaseState) -> Float[Array, ""]:
        """Return ``−Σ_i (φ̇_i − ω_i)²``."""
        return -jnp.sum(jax.grad(self.energy)(state).phi ** 2)

    @property
    def broken_conditions(self) -> tuple[str, ...]:
        """What the energy theorem asks for and this memory does not have."""
        return ("the oscillators' frequencies differ",) if self.frequencies.ndim else ()

    @property
    def rotation(self) -> None:
        """Phases live on a line: nothing needs to be turned back."""
        return

    def without_rotation(self) -> "MeanFieldKuramotoMemory":
        """Return the same memory with ω = 0."""
        return MeanFieldKuramotoMemory(self.coupling, jnp.zeros((), self.frequencies.dtype))

    def check_state(self, state: PhaseState) -> None:
        """Raise ``ValueError`` if ``phi`` does not have one finite entry an oscillator."""
        if self.frequencies.ndim:
            check_shape("state.phi", state.phi, self.frequencies.shape)
        check_finite("state.phi", state.phi)

    def retract(self, state: PhaseState) -> PhaseState:
        """Return the state itself: phases are not constrained."""
        return state


def lorentzian_frequencies(n: int, width: float) -> Float[Array, "N"]:
    """Place frequencies at the quantiles of a Lorentzian, ``g(ω) = (γ/π) / (ω² + γ²)``.

    Quantiles instead of random draws leave the finite number of oscillators as the only deviation from theory.

    Args:
        n: Number of oscillators N.
        width: Half width γ in radians per time.

    Returns:
        ``ω_i = γ tan(π (2i − N − 1) / (2N))``, ``i = 1 … N``.
    """
    ranks = jnp.arange(1, n + 1)
    return width * jnp.tan(jnp.pi * (2 * ranks - n - 1) / (2 * n))


def lorentzian_critical_coupling(width: float) -> float:
    """Return the coupling at which a Lorentzian population begins to synchronise, ``K_c = 2 / (π g(0)) = 2γ``.

    Args:
        width: Half width γ in radians per time.

    Returns:
        ``K_c``.

    Source: Kuramoto, "Chemical Oscillations, Waves, and Turbulence".
    """
    return 2 * width


def lorentzian_order_parameter(coupling: Float[Array, "*K"], width: float) -> Float[Array, "*K"]:
    """Return the stationary order parameter of infinitely many oscillators, ``r = √(1 − K_c / K)`` above ``K_c``.

    Args:
        coupling: ``K``, positive.
        width: Half width γ in radians per time.

    Returns:
        ``r``; zero below ``K_c``.

    Source: Kuramoto, "Chemical Oscillations, Waves, and Turbulence".
    """
    return jnp.sqrt(jnp.clip(1 - lorentzian_critical_coupling(width) / coupling, 0))


def synchronisation_curve(
    couplings: Float[Array, "K"],
    frequencies: Float[Array, "N"],
    phases: Float[Array, "N"],
    *,
    t1: float = 100.0,
    step: float = 0.05,
    samples: int = 200,
) -> Float[Array, "K"]:
    """Measure the order parameter against the coupling.

    Args:
        couplings: Values of ``K`` to try.
        frequencies: ``ω`` in radians per time.
        phases: Where the oscillators start, in radians.
        t1: How long to run.
        step: The solver's fixed step. Each frequency is integrated exactly, whatever the step.
        samples: Times in the second half over which to average.

    Returns:
        The time-averaged order parameter for each coupling.
    """
    times = jnp.linspace(t1 / 2, t1, samples)

    def measure(coupling: Float[Array, ""]) -> Float[Array, ""]:
        path = recall(
            MeanFieldKuramotoMemory(coupling, frequencies),
            PhaseState(phases),
            t1,
            times=times,
            solver=diffrax.Heun(),
            controller=diffrax.ConstantStepSize(),
            first_step=step,
            max_steps=int(t1 / step) + 2,
        ).trajectory
        return jnp.mean(order_parameter(jnp.stack([jnp.cos(path.phi), jnp.sin(path.phi)], axis=-1)))

    return jax.jit(jax.vmap(measure))(couplings)
