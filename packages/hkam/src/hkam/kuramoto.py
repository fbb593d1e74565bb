"""Kuramoto associative memory: oscillators on a sphere, and the classical model of phases."""

import abc
import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from hkam._arrays import real_array, wide
from hkam.graphs import Graph
from hkam.interactions import AbstractInteraction
from hkam.memory import AbstractMemory, check_fields, check_finite, check_kind, check_shape
from hkam.sphere import check_unit_rows, tangent, unit_rows
from hkam.states import KuramotoState, PhaseState

__all__ = [
    "AbstractPhaseMemory",
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
            a condition of the energy theorem, unless they are equal; under ``jit``, where their values are not known,
            they count as different.

    Raises:
        ValueError: If ``omega`` is not finite or not skew-symmetric, or the interaction is something else.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 3, 9, 10, Theorem 3.2.
    """

    interaction: AbstractInteraction
    omega: Float[Array, "D1 D1"] | Float[Array, "N D1 D1"] | None = eqx.field(
        converter=lambda omega: None if omega is None else real_array("omega", omega), default=None
    )

    def __check_init__(self) -> None:
        check_kind("interaction", self.interaction, AbstractInteraction, "LinearInteraction(weight, graph)")
        if self.omega is None:
            return
        if self.omega.ndim not in (2, 3) or self.omega.shape[-1] != self.omega.shape[-2]:
            raise ValueError(
                f"omega must be one square matrix, or one for each oscillator, but has shape {self.omega.shape}"
            )
        if isinstance(self.omega, Tracer):
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
        skew = _skew(self.omega)
        return velocity + (mu @ skew.T if skew.ndim == 2 else jnp.einsum("nab,nb->na", skew, mu))

    def common_motion(self, mu: Float[Array, "N D1"], velocity: Float[Array, "N D1"]) -> Float[Array, "N D1"]:
        """Return how much of the oscillators' motion is one rotation of them all, where they have different Ω_i.

        Oscillators that are locked turn together, ``μ̇_i = s Ω̄ μ_i`` with the mean ``Ω̄`` and one factor ``s``, here of
        least squares; for phases, D = 1, that is the mean frequency and ``s = 1``. In such a frame the dynamics is
        autonomous only if ``Ω̄`` commutes with every Ω_i and the energy does not feel rotations; otherwise the answer is
        zero.

        Args:
            mu: Unit rows.
            velocity: ``μ̇``.

        Returns:
            ``s Ω̄ μ_i``.
        """
        if self.omega is None or not self.interaction.invariant:
            return jnp.zeros_like(velocity)
        skew = _skew(self.omega)
        each = skew if skew.ndim == 3 else skew[None]
        mean = jnp.mean(each, axis=0)
        turning = mu @ mean.T
        tiny = jnp.finfo(turning.dtype).tiny
        share = jnp.vdot(turning, velocity) / jnp.maximum(jnp.vdot(turning, turning), tiny)
        equal = jnp.all(each == each[:1])
        excess = jnp.max(jnp.abs(_product(mean, each) - _product(each, mean)), initial=0.0)
        commutes = excess <= _SKEW_TOLERANCE * jnp.max(jnp.abs(each), initial=0.0) ** 2
        return jnp.where(equal, 1.0, jnp.where(commutes, share, 0.0)).astype(turning.dtype) * turning

    def closed_form_rate(self, state: KuramotoState) -> Float[Array, ""]:
        """Return ``−Σ_i |(I − μ_i μ_iᵀ) ∂E_K/∂μ_i|²``, eq. 10."""
        return -jnp.sum(tangent(state.mu, self.interaction.force(state.mu)) ** 2)

    @property
    def broken_conditions(self) -> tuple[str, ...]:
        """What Theorem 3.2 asks for and this memory does not have."""
        broken = []
        if self.omega is not None and self.omega.ndim == 3 and not _are_equal(self.omega):
            known = not isinstance(self.omega, Tracer)
            broken.append("the oscillators' Ω_i differ" if known else "the oscillators' Ω_i may differ")
        if self.omega is not None and not self.interaction.invariant:
            # Without rotation any energy on the sphere descends: the flow is then its constrained gradient.
            broken.append("E_K depends on more than the scalar products μ_iᵀ μ_j")
        return tuple(broken)

    @property
    def rotation(self) -> Float[Array, "D1 D1"] | None:
        """The shared Ω."""
        if self.omega is None:
            return None
        if not self.interaction.invariant:
            raise ValueError(
                "a rotating frame needs an energy of the scalar products μ_iᵀ μ_j only, but "
                f"{type(self.interaction).__name__} depends on more"
            )
        if self.omega.ndim == 2:
            return _skew(self.omega)
        if not _are_equal(self.omega):
            unknown = ", and under jit their values are not known" if isinstance(self.omega, Tracer) else ""
            raise ValueError(
                "a rotating frame needs one Ω shared by all oscillators, but omega has one for each" + unknown
            )
        return jnp.mean(_skew(self.omega), axis=0)

    def without_rotation(self) -> "KuramotoMemory":
        """Return the same memory with Ω = 0."""
        return KuramotoMemory(self.interaction)

    def check_state(self, state: KuramotoState) -> None:
        """Raise ``ValueError`` if ``mu`` is not N finite unit rows of the right length."""
        check_fields(state, "KuramotoState(mu)", "mu")
        if not hasattr(state.mu, "ndim"):
            raise ValueError(f"state.mu must be an array of real numbers, but is {state.mu!r}")
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


def _skew(omega: Float[Array, "*N D1 D1"]) -> Float[Array, "*N D1 D1"]:
    return 0.5 * (omega - omega.mT)


def _product(a: Float[Array, "*N D1 D1"], b: Float[Array, "*M D1 D1"]) -> Float[Array, "*K D1 D1"]:
    # Accelerators multiply matrices in fewer digits unless they are told.
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)


def _are_equal(values: Float[Array, "N ..."]) -> bool:
    """Tell whether entries given one by one are known to be the same."""
    if isinstance(values, Tracer):
        return False
    entries = np.asarray(values)
    return bool((entries == entries[:1]).all())


class AbstractPhaseMemory(AbstractMemory[PhaseState]):
    """Oscillators on the circle, written as phases.

    ``φ̇_i = ω_i − ∂E/∂φ_i`` with an energy of the differences ``φ_j − φ_i`` only, so that the mean of the phases moves
    with the mean frequency ``ω̄`` whatever the state is. A new one needs ``energy``, ``frequencies`` (one for all or one
    each) and ``oscillators``. Forces that also feel where the phases are, a field or a drive, do not belong here.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 2.
    """

    frequencies: eqx.AbstractVar[Float[Array, "*N"]]

    @property
    @abc.abstractmethod
    def oscillators(self) -> int | None:
        """Their number N, or ``None`` if any number will do."""

    def vector_field(self, t: Any, state: PhaseState, args: Any = None) -> PhaseState:  # noqa: ARG002
        """Return ``φ̇``."""
        return PhaseState(self.frequencies - jax.grad(self.energy)(state).phi)

    def closed_form_rate(self, state: PhaseState) -> Float[Array, ""]:
        """Return ``−Σ_i (φ̇_i − ω_i)²``."""
        return -jnp.sum(jax.grad(self.energy)(state).phi ** 2)

    @property
    def broken_conditions(self) -> tuple[str, ...]:
        """What the energy theorem asks for and this memory does not have."""
        if self.frequencies.ndim == 0 or _are_equal(self.frequencies):
            return ()
        known = not isinstance(self.frequencies, Tracer)
        return (
            "the oscillators' frequencies differ" if known else "the oscillators' frequencies may differ",
        )

    @property
    def mean_frequency(self) -> Float[Array, ""]:
        """``ω̄``, in radians per time."""
        (frequencies,) = wide(self.frequencies)
        return jnp.mean(frequencies)

    def centred(self) -> "AbstractPhaseMemory":
        """Return the same memory with frequencies ``ω_i − ω̄``: the dynamics seen from the frame that turns with ω̄."""
        return self._with_frequencies(self.frequencies - self.mean_frequency)

    @property
    def rotation(self) -> None:
        """Phases have no matrix Ω: a recall always takes their mean frequency out."""
        return

    def without_rotation(self) -> "AbstractPhaseMemory":
        """Return the same memory with ω = 0."""
        return self._with_frequencies(jnp.zeros((), self.frequencies.dtype))

    def check_state(self, state: PhaseState) -> None:
        """Raise ``ValueError`` if ``phi`` does not have one finite entry an oscillator."""
        check_fields(state, "PhaseState(phi)", "phi")
        check_finite("state.phi", state.phi)
        if self.oscillators is not None:
            check_shape("state.phi", state.phi, (self.oscillators,))
        elif state.phi.ndim != 1:
            raise ValueError(f"state.phi must have shape (N,), but has {state.phi.shape}")

    def retract(self, state: PhaseState) -> PhaseState:
        """Return the state itself: phases are not constrained."""
        return state

    def _with_frequencies(self, frequencies: Float[Array, "*N"]) -> "AbstractPhaseMemory":
        return eqx.tree_at(lambda memory: memory.frequencies, self, frequencies)


class PhaseKuramotoMemory(AbstractPhaseMemory):
    """The classical Kuramoto model of phases.

    ``φ̇_i = ω_i + Σ_j w_ij sin(φ_j − φ_i)``; with equal frequencies ``E = −Σ_{i<j} w_ij cos(φ_j − φ_i)`` has
    ``Ė = −Σ_i (φ̇_i − ω_i)²``.

    Args:
        weight: ``w``, one entry per edge.
        graph: Who interacts.
        frequencies: ``ω`` in radians per time, one for all or one each. The latter breaks the energy theorem's
            condition, unless they are equal; under ``jit``, where their values are not known, they count as different.

    Raises:
        ValueError: If there is not one finite weight an edge, or not one finite frequency for all or each.

    Source: the same paper, eq. 2.
    """

    weight: Float[Array, "E"] = eqx.field(converter=functools.partial(real_array, "weight"))
    graph: Graph
    frequencies: Float[Array, ""] | Float[Array, "N"] = eqx.field(
        converter=functools.partial(real_array, "frequencies"), default=0.0
    )

    def __check_init__(self) -> None:
        check_kind("graph", self.graph, Graph, "complete_graph(nodes)")
        check_shape("weight", self.weight, (self.graph.edge_count,))
        check_finite("weight", self.weight)
        if self.frequencies.ndim:
            check_shape("frequencies", self.frequencies, (self.graph.nodes,))
        check_finite("frequencies", self.frequencies)

    @property
    def oscillators(self) -> int:
        """The graph's nodes."""
        return self.graph.nodes

    def energy(self, state: PhaseState) -> Float[Array, ""]:
        """Return ``E``."""
        weight, phi = wide(self.weight, state.phi)
        return -weight @ jnp.cos(phi[self.graph.edges[:, 1]] - phi[self.graph.edges[:, 0]])


def phases_to_vectors(phi: Float[Array, "*batch N"]) -> Float[Array, "*batch N 2"]:
    """Write phases as points on the circle, ``μ = (cos φ, sin φ)``.

    Args:
        phi: Phases in radians.

    Returns:
        Unit rows.
    """
    phi = real_array("phi", phi)
    return jnp.stack([jnp.cos(phi), jnp.sin(phi)], axis=-1)


def vectors_to_phases(mu: Float[Array, "*batch N 2"]) -> Float[Array, "*batch N"]:
    """Read phases off points on the circle.

    Args:
        mu: Rows of two columns.

    Returns:
        Phases in radians, between −π and π.
    """
    mu = real_array("mu", mu)
    return jnp.arctan2(mu[..., 1], mu[..., 0])


def frequencies_to_rotations(frequencies: Float[Array, "*N"]) -> Float[Array, "*N 2 2"]:
    """Write frequencies as the skew-symmetric matrices that turn the plane with them.

    Args:
        frequencies: ``ω`` in radians per time.

    Returns:
        ``Ω = [[0, −ω], [ω, 0]]`` for each.

    Source: the same paper, footnote 3.
    """
    frequencies = real_array("frequencies", frequencies)
    return frequencies[..., None, None] * jnp.array([[0.0, -1.0], [1.0, 0.0]], frequencies.dtype)
