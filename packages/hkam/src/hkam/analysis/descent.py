"""Following a memory's energy along a trajectory, and holding its theorem's rate against it."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hkam._arrays import count, real_array
from hkam.dynamics import recall
from hkam.memory import AbstractMemory

__all__ = ["Descent", "follow_energy"]


class Descent(NamedTuple):
    """The energy of one trajectory, and its rate by three roads.

    Args:
        times: When the energy was taken, evenly spaced from 0.
        energies: The energy.
        closed_form: dE/dt by the theorem's formula.
        chain_rule: dE/dt as ``⟨∂E/∂y, ẏ⟩``, without any theorem.
    """

    times: Float[np.ndarray, "T"]
    energies: Float[np.ndarray, "T"]
    closed_form: Float[np.ndarray, "T"]
    chain_rule: Float[np.ndarray, "T"]

    @property
    def middles(self) -> Float[np.ndarray, "intervals"]:
        """The times half way between those of the energies."""
        return (self.times[1:] + self.times[:-1]) / 2

    @property
    def measured(self) -> Float[np.ndarray, "intervals"]:
        """dE/dt as difference quotients of the energies, at the middle times."""
        return np.diff(self.energies) / np.diff(self.times)

    @property
    def range(self) -> float:
        """The greatest energy less the least."""
        return float(np.ptp(self.energies))

    @property
    def rate_deviation(self) -> float:
        """The largest difference between the formula and the chain rule, relative to the largest rate."""
        return _share(np.abs(self.closed_form - self.chain_rule).max(), np.abs(self.chain_rule).max())

    @property
    def energy_deviation(self) -> float:
        """The largest difference between the energy and the integral of the formula, relative to the range."""
        steps = np.diff(self.times) * (self.closed_form[1:] + self.closed_form[:-1]) / 2
        promised = self.energies[0] + np.concatenate([[0.0], np.cumsum(steps)])
        return _share(np.abs(promised - self.energies).max(), self.range)

    @property
    def largest_rise(self) -> float:
        """How far the energy ever lies above an earlier value, relative to the range."""
        lowest_so_far = np.minimum.accumulate(self.energies)
        return _share((self.energies - lowest_so_far).max(), self.range)


def _share(part: float, whole: float) -> float:
    """Return a part of a whole; a state at rest has nothing of nothing, which is zero."""
    return float(part / whole) if whole > 0 else (0.0 if part == 0 else float("inf"))


def follow_energy(
    memory: AbstractMemory[Any], state: Any, t1: float, *, samples: int = 401, **options: Any
) -> Descent:
    """Recall from a state and take the energy and its rates on the way.

    The formula's rate is taken whether or not its conditions hold: where they do not, the three rates part.

    Args:
        memory: The memory.
        state: The cue.
        t1: How long to follow.
        samples: Times at which to take the energy, at least 2.
        options: Further arguments of `hkam.recall`.

    Returns:
        Energies and rates.

    Raises:
        ValueError: If there are fewer than two samples, ``t1`` is not positive and finite, or the state does not fit.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 8, 10, 14.
    """
    samples = count("samples", samples, least=2)
    end = real_array("t1", t1)
    if end.ndim or not 0 < float(end) < float("inf"):
        raise ValueError(f"t1 must be one positive and finite number, but is {end}")
    memory.check_state(state)
    return Descent(*map(np.asarray, _follow(memory, state, jnp.linspace(0.0, end, samples), options)))


@eqx.filter_jit
def _follow(
    memory: AbstractMemory[Any], state: Any, times: Float[Array, "T"], options: dict[str, Any]
) -> tuple[Array, Array, Array, Array]:
    path = recall(memory, state, times[-1], times=times, **options).trajectory
    quantities = (memory.energy, memory.closed_form_rate, memory.chain_rule_rate)
    energies, closed_form, chain_rule = (jax.vmap(quantity)(path) for quantity in quantities)
    return times, energies, closed_form, chain_rule
