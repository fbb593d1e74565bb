"""Synchronisation: how coherent oscillators are, and the coupling at which coherence begins."""

import functools
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hkam._arrays import real_array, wide
from hkam.dynamics import recall
from hkam.kuramoto import AbstractPhaseMemory, phases_to_vectors
from hkam.memory import AbstractMemory, check_finite, check_shape
from hkam.sphere import row_lengths
from hkam.states import PhaseState

__all__ = [
    "MeanFieldKuramotoMemory",
    "lorentzian_critical_coupling",
    "lorentzian_frequencies",
    "lorentzian_order_parameter",
    "order_parameter",
    "second_half",
    "steepest_rise",
    "synchronisation_curve",
]


def order_parameter(mu: Float[Array, "*batch N D1"]) -> Float[Array, "*batch"]:
    """Return the length of the mean oscillator, ``r = |Σ_i μ_i| / N``.

    Args:
        mu: Unit rows; for phases, `hkam.phases_to_vectors` of them.

    Returns:
        Zero for incoherent oscillators, one for identical ones; zero of none.

    Source: Kuramoto, "Chemical Oscillations, Waves, and Turbulence", for D = 1.
    """
    (rows,) = wide(real_array("mu", mu))
    return row_lengths(jnp.sum(rows, axis=-2) / max(rows.shape[-2], 1))


class MeanFieldKuramotoMemory(AbstractPhaseMemory):
    """Kuramoto phases that all interact equally, in time linear in their number.

    ``φ̇_i = ω_i + (K/N) Σ_j sin(φ_j − φ_i) = ω_i + K r sin(ψ − φ_i)`` with ``r exp(iψ) = Σ_j exp(iφ_j) / N``, and
    ``E = −½ K N r²`` where all ``ω_i`` are equal.

    Args:
        coupling: ``K``.
        frequencies: ``ω`` in radians per time, one for all or one each.

    Raises:
        ValueError: If the coupling is not one finite number, or a frequency is not finite.

    Source: Kuramoto, "Chemical Oscillations, Waves, and Turbulence"; eq. 2 of the paper with ``w_ij = K/N``.
    """

    coupling: Float[Array, ""] = eqx.field(converter=functools.partial(real_array, "coupling"))
    frequencies: Float[Array, ""] | Float[Array, "N"] = eqx.field(
        converter=functools.partial(real_array, "frequencies")
    )

    def __check_init__(self) -> None:
        check_shape("coupling", self.coupling, ())
        check_finite("coupling", self.coupling)
        if self.frequencies.ndim > 1:
            raise ValueError(
                f"frequencies must be one number or have shape (N,), but have shape {self.frequencies.shape}"
            )
        check_finite("frequencies", self.frequencies)

    @property
    def oscillators(self) -> int | None:
        """As many as there are frequencies; any number where one holds for all."""
        return self.frequencies.shape[0] if self.frequencies.ndim else None

    def energy(self, state: PhaseState) -> Float[Array, ""]:
        """Return ``E``."""
        coupling, phi = wide(self.coupling, state.phi)
        total = jnp.sum(jnp.cos(phi)) ** 2 + jnp.sum(jnp.sin(phi)) ** 2
        return -0.5 * coupling * total / phi.shape[0]


def lorentzian_frequencies(n: int, width: float, *, key: PRNGKeyArray | None = None) -> Float[Array, "N"]:
    """Give frequencies of a Lorentzian, ``g(ω) = (γ/π) / (ω² + γ²)``: its quantiles, or random draws.

    Quantiles instead of random draws leave the finite number of oscillators as the only deviation from theory.

    Args:
        n: Number of oscillators N.
        width: Half width γ in radians per time.
        key: Random key of the draws; quantiles without one.

    Returns:
        ``ω_i = γ tan(π (2i − N − 1) / (2N))``, ``i = 1 … N``, or ``γ tan(π (u_i − ½))`` with uniform ``u_i``.
    """
    if key is not None:
        return width * jnp.tan(jnp.pi * (jax.random.uniform(key, (n,)) - 0.5))
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
    coupling = real_array("coupling", coupling)
    coherent = coupling > lorentzian_critical_coupling(width)
    # The root is taken where it has a slope only: below, zero times an infinite slope would be NaN.
    share = lorentzian_critical_coupling(width) / jnp.where(coherent, coupling, jnp.inf)
    return jnp.where(coherent, jnp.sqrt(1 - share), 0.0)


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
    couplings, frequencies = real_array("couplings", couplings), real_array("frequencies", frequencies)

    def measure(coupling: Float[Array, ""]) -> Float[Array, ""]:
        memory = MeanFieldKuramotoMemory(coupling, frequencies)
        path = second_half(memory, PhaseState(phases), t1, step=step, samples=samples)
        return jnp.mean(order_parameter(phases_to_vectors(path.phi)))

    return jax.jit(jax.vmap(measure))(couplings)


def second_half(memory: AbstractMemory[Any], state: Any, t1: float, *, step: float, samples: int) -> Any:
    """Follow a memory with a fixed step, and return its states in the second half of the time.

    Args:
        memory: The memory.
        state: Where it starts.
        t1: How long to run.
        step: The solver's.
        samples: How many states, evenly spaced.
    """
    return recall(
        memory,
        state,
        t1,
        times=jnp.linspace(t1 / 2, t1, samples),
        solver=diffrax.Heun(),
        controller=diffrax.ConstantStepSize(),
        first_step=step,
        max_steps=int(t1 / step) + 2,
    ).trajectory


def steepest_rise(couplings: Float[Array, "K"], order: Float[Array, "K"], *, window: int = 5) -> float:
    """Find the coupling at which an order parameter rises most steeply; no theory of the transition enters.

    Slopes are those of straight lines fitted to a few neighbouring points, for a curve of few oscillators is rough.

    Args:
        couplings: Increasing couplings, about the transition.
        order: The order parameter at each.
        window: Points of each line, at least two and at most all.

    Returns:
        The mean coupling of the steepest line's points.

    Raises:
        ValueError: If couplings do not increase, or there are fewer than the window or other numbers of them.
    """
    places, heights = np.asarray(couplings, float), np.asarray(order, float)
    if places.ndim != 1 or heights.shape != places.shape or not (np.diff(places) > 0).all():
        raise ValueError(
            "couplings must increase and order must have one value each, "
            f"but they have shapes {places.shape} and {heights.shape} and begin {places.ravel()[:3]}"
        )
    if not 2 <= window <= len(places):
        raise ValueError(f"window must be from 2 to the {len(places)} couplings, but is {window}")
    starts = range(len(places) - window + 1)
    slopes = [np.polyfit(places[at : at + window], heights[at : at + window], 1)[0] for at in starts]
    steepest = int(np.argmax(slopes))
    return float(places[steepest : steepest + window].mean())
