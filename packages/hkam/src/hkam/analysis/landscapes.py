"""Energy landscapes and basins of attraction of small memories."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hkam.dynamics import Recall, recall
from hkam.memory import AbstractMemory

__all__ = ["Basins", "basins", "energies_on_grid", "plane_of_states"]


class Basins(NamedTuple):
    """Which cue leads to which attractor.

    Args:
        labels: Index of the attractor each cue reaches; −1 where a recall did not reach a steady state.
        attractors: The steady states, one per row of each field, most visited first.
        counts: How many cues reach each.
    """

    labels: Int[np.ndarray, "B"]
    attractors: Any
    counts: Int[np.ndarray, "A"]

    @property
    def shares(self) -> Float[np.ndarray, "A"]:
        """The share of the cues that reach each attractor."""
        return self.counts / len(self.labels)

    @property
    def unsettled(self) -> float:
        """The share of the cues that did not reach a steady state."""
        return float(np.mean(self.labels < 0))


def plane_of_states(
    origin: Any, first: Any, second: Any, across: Float[Array, "A"], along: Float[Array, "B"]
) -> Any:
    """Lay a grid of states on a plane, ``origin + a first + b second``.

    Args:
        origin: A state.
        first: A state taken as a direction.
        second: Another.
        across: Values of ``a``.
        along: Values of ``b``.

    Returns:
        States stacked along a first axis of length A · B, ``a`` changing slowest. States with oscillators are not put
        onto the sphere; ``jax.vmap(memory.retract)`` does.
    """
    a, b = (grid.reshape(-1) for grid in jnp.meshgrid(across, along, indexing="ij"))
    return jax.vmap(
        lambda s, t: jax.tree.map(lambda o, u, v: o + s * u + t * v, origin, first, second),
    )(a, b)


def energies_on_grid(memory: AbstractMemory[Any], states: Any) -> Float[Array, "B"]:
    """Return the energy of many states.

    Args:
        memory: The memory.
        states: States stacked along a first axis.

    Returns:
        One energy a state.
    """
    return _energies(memory, states)


def basins(
    memory: AbstractMemory[Any], cues: Any, t1: float = 100.0, *, resolution: float = 0.1, **options: Any
) -> Basins:
    """Find the attractors that cues lead to.

    Two steady states are one attractor if no threshold unit, and no scalar product of oscillators, differs by more than
    the
    resolution: a common rotation of oscillators does not tell states apart.

    Args:
        memory: A small memory.
        cues: States stacked along a first axis.
        t1: How long to wait for a steady state.
        resolution: Largest difference within one attractor.
        options: Further arguments of `hkam.recall`.

    Returns:
        Labels, attractors, counts.
    """
    ends = _settle(memory, cues, jnp.asarray(t1), options)
    signatures = np.asarray(jax.vmap(_signature)(ends.state))
    settled = np.asarray(ends.converged)
    labels = np.full(len(settled), -1)
    founders: list[int] = []
    for cue in np.flatnonzero(settled):
        distances = np.abs(signatures[founders] - signatures[cue]).max(axis=1, initial=0.0)
        near = np.flatnonzero(distances <= resolution)
        if near.size == 0:
            founders.append(int(cue))
        labels[cue] = near[0] if near.size else len(founders) - 1
    counts = np.bincount(labels[labels >= 0], minlength=len(founders))
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(founders), dtype=int)
    rank[order] = np.arange(len(founders))
    labels[labels >= 0] = rank[labels[labels >= 0]]
    chosen = np.asarray(founders, dtype=int)[order]
    return Basins(labels, jax.tree.map(lambda leaf: leaf[chosen], ends.state), counts[order])


# Compiled once a kind of memory: two memories that differ in their weights share the program.
@eqx.filter_jit
def _energies(memory: AbstractMemory[Any], states: Any) -> Float[Array, "B"]:
    return jax.vmap(memory.energy)(states)


@eqx.filter_jit
def _settle(memory: AbstractMemory[Any], cues: Any, t1: Float[Array, ""], options: dict[str, Any]) -> Recall:
    return jax.vmap(lambda cue: recall(memory, cue, t1, stop_when_steady=True, **options))(cues)


def _signature(state: Any) -> Float[Array, "S"]:
    parts = [
        (leaf @ leaf.T).reshape(-1) if name == "mu" else leaf.reshape(-1)
        for name, leaf in vars(state).items()
        if leaf is not None
    ]
    return jnp.concatenate(parts)
