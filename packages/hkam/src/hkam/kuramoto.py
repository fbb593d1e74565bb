"""Kuramoto associative memory: oscillators on a sphere, and the classical model of phases."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from hkam.graphs import Graph
from hkam.interactions import AbstractInteraction
from hkam.memory import AbstractMemory, check_finite, check_shape
from hkam.sphere import check_unit_rows, tangent, unit_rows
from hkam.states import KuramotoState, PhaseState

__all__ = [
    "KuramotoMemory",
    "PhaseKuramotoMemory",
    "frequencies_to_rotations",
    "phases_to_vectors",
    "vectors_to_phases",
]

_SKEW_TOLERANCE = (
    1e-5  # relative to the largest entry: what float32 arithmetic leaves of a skew-symmetric matrix
)


class KuramotoMemory(AbstractMemory[KuramotoState]):
    """Oscillators ``μ_i`` on the sphere that descend an energy while they rotate.

    ``μ̇_i = Ω_i μ_i − (I − μ_i μ_iᵀ) ∂E_K/∂μ_i``; with one shared Ω and an energy of scalar products only,
    ``Ė_K = −Σ_i |(I − μ_i μ_iᵀ) ∂E_K/∂μ_i|²``.

    The field is defined for rows of any length through ``μ_i / |μ_i|``, so that a solver's radial error has no effect.
    ``Ω`` enters as ``½ (Ω − Ωᵀ)``, so that training keeps it skew-symmetric.

    Args:
        interaction: ``E_K``.
        omega: ``None`` for no rotation, one skew-symmetric matrix for all oscillators, or one for each. The last breaks
            a condition of the energy theorem.

    Raises:
        ValueError: If ``omega`` is not finite or not skew-symmetric.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 3, 9, 10, Theorem 3.2.
    """

    interaction: AbstractInteraction
    omega: Float[Array, "D1 D1"] | Float[Array, "N D1 D1"] | None = None

    def __check_init__(self) -> None:
        if self.omega is None or isinstance(self.omega, Tracer):
            return
        check_finite("omega", self.omega)
        values = np.asarray(self.omega)
        excess = np.abs(values + values.swapaxes(-1, -2)).max(initial=0.0)
        if excess > _SKEW_TOLERANCE * np.abs(values).max(initial=1.0):
            raise ValueError(f"omega must be skew-symmetric, but |Ω + Ωᵀ| reaches {excess:.3g}")

    def energy(self, state: KuramotoState) -> Float[Array, ""]:
        """Return ``E_K``."""
        return self.interaction.energy(state.mu)

    def vector_field(self, t: Any, state: KuramotoState, args: Any = None) -> KuramotoState:  # noqa: ARG002
        """Return ``μ̇``, eq. 9."""
        mu = unit_rows(state.mu)
        return KuramotoState(self.velocity(mu, self.interaction.force(mu)))

    def velocity(self, mu: Float[Array, "N D1"], force: Float[Array, "N D1"]) -> Float[Array, "N D1"]:
        """Return how oscillators at unit rows move under forces: ``Ω_i μ_i`` plus the forces' tangent parts."""
        velocity = tangent(mu, force)
        if self.omega is None:
            return velocity
        skew = 0.5 * (self.omega - self.omega.mT)
        return velocity + (mu @ skew.T if skew.ndim == 2 else jnp.einsum("nab,nb->na", skew, mu))

    def closed_form_rate(self, state: KuramotoState) -> Float[Array, ""]:
        """Return ``−Σ_i |(I − μ_i μ_iᵀ) ∂E_K/∂μ_i|²``, eq. 10."""
        return -jnp.sum(tangent(state.mu, self.interaction.force(state.mu)) ** 2)

    @property
    def broken_conditions(self) -> tuple[str, ...]:
        """What Theorem 3.2 asks for and this memory does not have."""
        broken = []
        if self.omega is not None and self.omega.ndim == 3:
            broken.append("the oscillators' Ω_i differ")
        if self.omega is not None and not self.interaction.invariant:
            # Without rotation any energy on the sphere descends: the flow is then its constrained gradient.
            broken.append("E_K depends on more than the scalar products μ_iᵀ μ_j")
        return tuple(broken)

    @property
    def rotation(self) -> Float[Array, "D1 D1"] | None:
        """The shared Ω."""
        if self.omega is None:
            return None
        if self.omega.ndim == 3:
            raise ValueError(
                "a rotating frame needs one Ω shared by all oscillators, but omega has one for each"
            )
        return 0.5 * (self.omega - self.omega.T)

    def without_rotation(self) -> "KuramotoMemory":
        """Return the same memory with Ω = 0."""
        return KuramotoMemory(self.interaction)

    def check_state(self, state: KuramotoState) -> None:
        """Raise ``ValueError`` if ``mu`` is not N finite unit rows of the right length."""
        if state.mu.ndim != 2:
            raise ValueError(f"state.mu must have shape (N, D+1), but has {state.mu.shape}")
        graph = _graph_of(self.interaction)
        if graph is not None:
            check_shape("state.mu", state.mu, (graph.nodes, state.mu.shape[1]))
        if self.omega is not None:
            nodes = self.omega.shape[0] if self.omega.ndim == 3 else state.mu.shape[0]
            check_shape("state.mu", state.mu, (nodes, self.omega.shape[-1]))
        check_unit_rows("state.mu", state.mu)

    def retract(self, state: KuramotoState) -> KuramotoState:
        """Scale the rows to length one."""
        return KuramotoState(unit_rows(state.mu))


def _graph_of(interaction: AbstractInteraction) -> Graph | None:
    """Return the graph an interaction has anywhere among its parts."""
    leaves = jax.tree.leaves(interaction, is_leaf=lambda part: isinstance(part, Graph))
    return next((leaf for leaf in leaves if isinstance(leaf, Graph)), None)


class PhaseKuramotoMemory(AbstractMemory[PhaseState]):
    """The classical Kuramoto model of phases.

    ``φ̇_i = ω_i + Σ_j w_ij sin(φ_j − φ_i)``; with equal frequencies ``E = −Σ_{i<j} w_ij cos(φ_j − φ_i)`` has
    ``Ė = −Σ_i (φ̇_i − ω_i)²``.

    Args:
        weight: ``w``, one entry an edge.
        graph: Who interacts.
        frequencies: ``ω`` in radians per time, one for all or one each. The latter breaks the energy theorem's
            condition.

    Source: the same paper, eq. 2.
    """

    weight: Float[Array, "E"]
    graph: Graph
    frequencies: Float[Array, ""] | Float[Array, "N"] = eqx.field(default_factory=lambda: jnp.zeros(()))

    def __check_init__(self) -> None:
        check_shape("weight", self.weight, (self.graph.edge_count,))
        check_finite("weight", self.weight)
        if self.frequencies.ndim:
            check_shape("frequencies", self.frequencies, (self.graph.nodes,))
        check_finite("frequencies", self.frequencies)

    def energy(self, state: PhaseState) -> Float[Array, ""]:
        """Return ``E``."""
        return -self.weight @ jnp.cos(state.phi[self.graph.edges[:, 1]] - state.phi[self.graph.edges[:, 0]])

    def vector_field(self, t: Any, state: PhaseState, args: Any = None) -> PhaseState:  # noqa: ARG002
        """Return ``φ̇``, eq. 2."""
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

    def without_rotation(self) -> "PhaseKuramotoMemory":
        """Return the same memory with ω = 0."""
        return PhaseKuramotoMemory(self.weight, self.graph)

    def check_state(self, state: PhaseState) -> None:
        """Raise ``ValueError`` if ``phi`` does not have one finite entry an oscillator."""
        check_shape("state.phi", state.phi, (self.graph.nodes,))
        check_finite("state.phi", state.phi)

    def retract(self, state: PhaseState) -> PhaseState:
        """Return the state itself: phases are not constrained."""
        return state


def phases_to_vectors(phi: Float[Array, "*batch N"]) -> Float[Array, "*batch N 2"]:
    """Write phases as points on the circle, ``μ = (cos φ, sin φ)``.

    Args:
        phi: Phases in radians.

    Returns:
        Unit rows.
    """
    return jnp.stack([jnp.cos(phi), jnp.sin(phi)], axis=-1)


def vectors_to_phases(mu: Float[Array, "*batch N 2"]) -> Float[Array, "*batch N"]:
    """Read phases off points on the circle.

    Args:
        mu: Rows of two columns.

    Returns:
        Phases in radians, between −π and π.
    """
    return jnp.arctan2(mu[..., 1], mu[..., 0])


def frequencies_to_rotations(frequencies: Float[Array, "*N"]) -> Float[Array, "*N 2 2"]:
    """Write frequencies as the skew-symmetric matrices that turn the plane with them.

    Args:
        frequencies: ``ω`` in radians per time.

    Returns:
        ``Ω = [[0, −ω], [ω, 0]]`` for each.

    Source: the same paper, footnote 3.
    """
    return frequencies[..., None, None] * jnp.array([[0.0, -1.0], [1.0, 0.0]], frequencies.dtype)
