"""Izhikevich's spiking neuron, and what its two reductions keep of it: a rate and a phase."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from hkam._arrays import real_array, wide
from hkam.memory import check_finite, check_shape

__all__ = ["IzhikevichNeuron", "Recording", "firing_rates", "rate_curve", "spike_phases"]

_PEAK = 30.0  # mV, where a spike is cut off and the neuron reset
_MILLISECONDS = 1000.0  # in a second


class Recording(eqx.Module):
    """What was recorded from neurons.

    Args:
        times: In ms.
        potential: Membrane potential in mV, spikes drawn at their peak.
        spikes: Whether a neuron fired in a time step.
    """

    times: Float[Array, "T"]
    potential: Float[Array, "T N"]
    spikes: Bool[Array, "T N"]


class IzhikevichNeuron(eqx.Module):
    """A quadratic integrate-and-fire neuron with recovery.

    ``v̇ = 0.04 v² + 5 v + 140 − u + I``, ``u̇ = a (b v − u)``; at ``v ≥ 30`` mV: ``v ← c``, ``u ← u + d``. Time in ms.

    Args:
        a: Rate of recovery, 1/ms.
        b: Sensitivity of recovery to the potential.
        c: Potential after a spike, mV.
        d: Step of recovery after a spike.

    Source: Izhikevich, "Simple model of spiking neurons"; "Binding threshold units with artificial oscillatory
    neurons", §2 and Fig. 1.
    """

    a: float = 0.02
    b: float = 0.2
    c: float = -65.0
    d: float = 8.0

    def simulate(
        self,
        current: Float[ArrayLike, "N"],
        duration: float,
        *,
        start: Float[ArrayLike, "N"] | None = None,
        step: float = 0.02,
    ) -> Recording:
        """Simulate neurons that do not interact, each under its own constant current.

        Args:
            current: ``I``, one per neuron; of half precision, the simulation is in single precision.
            duration: In ms.
            start: First potentials in mV; all at ``c`` by default. Different ones shift the phase.
            step: Of Heun's method, in ms.

        Returns:
            Potentials and spikes at the end of every step.

        Raises:
            ValueError: If ``duration`` or ``step`` is not positive and finite, ``duration`` is shorter than a step,
                ``current`` or ``start`` is not one finite number a neuron, or the step is so long that potentials do
                not stay finite.
        """
        for name, value in (("duration", duration), ("step", step)):
            if not 0 < value < float("inf"):
                raise ValueError(f"{name} must be positive and finite, but is {value}")
        if round(duration / step) < 1:
            raise ValueError(f"duration must be at least one step, {step}, but is {duration}")
        (drive,) = wide(real_array("current", current))
        if drive.ndim != 1:
            raise ValueError(f"current must have one entry a neuron, shape (N,), but has {drive.shape}")
        check_finite("current", drive)
        potential = jnp.full_like(drive, self.c)
        if start is not None:
            potential = real_array("start", start).astype(drive.dtype)
            check_shape("start", potential, drive.shape)
            check_finite("start", potential)

        def rates(v: Array, u: Array) -> tuple[Array, Array]:
            return 0.04 * v**2 + 5 * v + 140 - u + drive, self.a * (self.b * v - u)

        def advance(carry: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
            v, u = carry
            dv, du = rates(v, u)
            # The upstroke is cut at the peak: beyond it the quadratic term would run away within a step.
            dv2, du2 = rates(jnp.minimum(v + step * dv, _PEAK), u + step * du)
            v, u = v + 0.5 * step * (dv + dv2), u + 0.5 * step * (du + du2)
            fired = v >= _PEAK
            after = jnp.where(fired, self.c, v), jnp.where(fired, u + self.d, u)
            return after, (jnp.minimum(v, _PEAK), fired)

        count = round(duration / step)
        end, (potentials, spikes) = jax.lax.scan(advance, (potential, self.b * potential), None, length=count)
        if not isinstance(end[1], Tracer) and not np.isfinite(np.asarray(end)).all():
            raise ValueError(
                f"step must be shorter for such currents, but is {step}: potentials grew infinite"
            )
        return Recording(step * jnp.arange(1, count + 1), potentials, spikes)


def firing_rates(recording: Recording, *, after: float = 0.0) -> Float[Array, "N"]:
    """Count spikes per second: all that a threshold unit keeps of a neuron.

    Args:
        recording: Of the neurons.
        after: Time in ms to leave out at the beginning, for the transient.

    Returns:
        Rates in Hz.

    Raises:
        ValueError: If ``after`` is negative or leaves nothing of the recording.
    """
    duration = recording.times[-1] - after
    if not isinstance(duration, Tracer) and not (after >= 0 and duration > 0):
        raise ValueError(f"after must be between 0 and {recording.times[-1]:.6g}, but is {after}")
    kept = recording.times > after
    return jnp.sum(recording.spikes & kept[:, None], axis=0) * _MILLISECONDS / duration


def rate_curve(
    neuron: IzhikevichNeuron,
    currents: Float[ArrayLike, "N"],
    *,
    duration: float = 1000.0,
    after: float = 200.0,
) -> Float[Array, "N"]:
    """Measure the activation function of the neuron's threshold unit: rate against constant current.

    Args:
        neuron: The neuron.
        currents: ``I``.
        duration: Of each measurement, in ms.
        after: Transient left out, in ms.

    Returns:
        Rates in Hz.

    Source: the same paper, Fig. 1, left.
    """
    return firing_rates(neuron.simulate(currents, duration), after=after)


def spike_phases(recording: Recording) -> Float[np.ndarray, "T N"]:
    """Read each neuron's phase: all that an artificial oscillator keeps of it.

    The phase grows by 2π from each spike to the next, evenly in between.

    Args:
        recording: Of the neurons.

    Returns:
        Phases in radians; NaN before a neuron's first spike and after its last, where no phase is defined.

    Source: the same paper, Fig. 1, right.
    """
    times = np.asarray(recording.times)
    phases = np.full(recording.spikes.shape, np.nan)
    for neuron, fired in enumerate(np.asarray(recording.spikes).T):
        spikes = times[fired]
        if len(spikes) > 1:
            turns = 2 * np.pi * np.arange(len(spikes))
            phases[:, neuron] = np.interp(times, spikes, turns, left=np.nan, right=np.nan)
    return phases
