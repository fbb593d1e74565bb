"""Charts of small networks: energies, basins and trajectories over a plane whose points are states."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hkam._arrays import count
from hkam.analysis.landscapes import Basins, basins, energies_on_grid
from hkam.dynamics import recall
from hkam.kuramoto import phases_to_vectors, vectors_to_phases
from hkam.memory import AbstractMemory
from hkam.states import HopfieldState, KuramotoState

__all__ = ["Chart", "Plane", "chart", "local_minima", "phase_plane", "unit_plane"]

# Cues linger at saddles and a coarse solver hovers about steep minima: neither is to count as a memory, or as none.
_CAREFUL = {"controller": diffrax.PIDController(rtol=1e-6, atol=1e-8), "steady_speed": 3e-5}
_PATIENCE = 400.0
_FOLLOWED = 20.0
_SAMPLES = 200
_CLOSER = 0.97
_OFFSET = 0.3  # of a step: no cue lies on a diagonal, which leads to the saddle


@dataclass(frozen=True)
class Plane:
    """A plane whose points are states of a small network, and a grid of cues on it.

    Args:
        across: Values of the first coordinate on the grid.
        along: Values of the second.
        labels: What the coordinates are called.
        states: Makes states of both coordinates.
        points: Reads both coordinates, on a last axis, off states.
        angular: Whether the coordinates are angles: the plane goes on at its other side, and points that differ in
            both signs are mirror images, which scalar products do not tell apart.
    """

    across: Float[Array, "A"]
    along: Float[Array, "B"]
    labels: tuple[str, str]
    states: Callable[[Float[Array, "Q"], Float[Array, "Q"]], Any]
    points: Callable[[Any], Float[np.ndarray, "..."]]
    angular: bool = False

    @property
    def grid(self) -> Any:
        """The states on the grid, stacked along a first axis, the first coordinate changing slowest."""
        return self.states(
            *(axis.reshape(-1) for axis in jnp.meshgrid(self.across, self.along, indexing="ij"))
        )


@dataclass(frozen=True)
class Chart:
    """What is drawn of a network over a plane.

    Args:
        plane: The plane.
        energies: Of the states on its grid.
        basins: Where the states on its grid lead.
        attractors: Points of the attractors, with their mirror images where the plane has them.
        paths: Points along trajectories; NaN breaks a path where it leaves the plane on one side to come back on the
            other.
    """

    plane: Plane
    energies: Float[Array, "AB"]
    basins: Basins
    attractors: Float[np.ndarray, "K 2"]
    paths: Float[np.ndarray, "T Q 2"]


def unit_plane(points: int, *, reach: float = 2.5) -> Plane:
    """Take the states of two threshold units as a plane.

    The grid is its own mirror image, so that basins that mirror each other have equal shares of the cues. The second
    coordinate's points lie a little closer, so that no cue is on a diagonal.

    Args:
        points: Grid points for each coordinate, at least 2; even, so that none lies on an axis of symmetry.
        reach: The grid reaches from its negative to it.

    Raises:
        ValueError: If there are fewer than two points.
    """
    across = jnp.linspace(-reach, reach, count("points", points, least=2))
    return Plane(across, _CLOSER * across, ("x₁", "x₂"), _unit_states, lambda states: np.asarray(states.x))


def phase_plane(points: int) -> Plane:
    """Take three oscillators on the circle as a plane: only differences of their phases count.

    Args:
        points: Grid points for each coordinate, at least 2; even, so that none lies on an axis of symmetry.

    Raises:
        ValueError: If there are fewer than two points.
    """
    number = count("points", points, least=2)
    across = jnp.linspace(-jnp.pi, jnp.pi, number, endpoint=False) + jnp.pi / number
    labels = ("φ₂ − φ₁", "φ₃ − φ₁")
    beside = across + _OFFSET * (across[1] - across[0])
    return Plane(across, beside, labels, _circle_states, _relative_phases, angular=True)


def chart(memory: AbstractMemory[Any], plane: Plane, cues: Float[np.ndarray, "Q 2"]) -> Chart:
    """Find the energies and basins of a network over a plane, and its trajectories from some points.

    Args:
        memory: The network.
        plane: Of its states.
        cues: Points from which to follow it.
    """
    grid = plane.grid
    found = basins(memory, grid, _PATIENCE, **_CAREFUL)
    starts = plane.states(*jnp.asarray(cues.T, plane.across.dtype))
    paths = plane.points(_trajectories(memory, starts)).swapaxes(0, 1)
    attractors = plane.points(found.attractors)
    if plane.angular:
        paths = _broken_at_jumps(paths)
        attractors = np.concatenate([attractors, -attractors])
    return Chart(plane, energies_on_grid(memory, grid), found, attractors, paths)


def local_minima(heights: Float[np.ndarray, "A B"]) -> Int[np.ndarray, "K 2"]:
    """Find the points of a grid that lie lower than all eight of their neighbours.

    Args:
        heights: On the grid; points at its border do not count.

    Returns:
        Row and column of each, row by row.
    """
    shifts = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    neighbours = [np.roll(heights, shift, (0, 1)) for shift in shifts]
    lower = heights < np.min(neighbours, axis=0)
    return np.argwhere(lower[1:-1, 1:-1]) + 1


def _unit_states(first: Float[Array, "Q"], second: Float[Array, "Q"]) -> HopfieldState:
    return HopfieldState(jnp.stack([first, second], axis=-1))


def _circle_states(first: Float[Array, "Q"], second: Float[Array, "Q"]) -> KuramotoState:
    phi = jnp.stack([jnp.zeros_like(first), first, second], axis=-1)
    return KuramotoState(phases_to_vectors(phi))


def _relative_phases(states: KuramotoState) -> Float[np.ndarray, "..."]:
    phi = np.asarray(vectors_to_phases(states.mu))
    return np.mod(phi[..., 1:] - phi[..., :1] + np.pi, 2 * np.pi) - np.pi


def _broken_at_jumps(paths: Float[np.ndarray, "T Q 2"]) -> Float[np.ndarray, "T Q 2"]:
    jumps = np.abs(np.diff(paths, axis=0)).max(axis=-1) > np.pi
    broken = paths.copy()
    broken[1:][jumps] = np.nan
    return broken


@eqx.filter_jit
def _trajectories(memory: AbstractMemory[Any], cues: Any) -> Any:
    times = jnp.linspace(0, _FOLLOWED, _SAMPLES)
    return jax.vmap(lambda cue: recall(memory, cue, _FOLLOWED, times=times).trajectory)(cues)
