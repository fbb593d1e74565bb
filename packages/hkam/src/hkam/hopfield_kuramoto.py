"""The joint Hopfield–Kuramoto associative memory."""

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.core import Tracer
from jaxtyping import Array, Float

from hkam._arrays import real_array
from hkam.couplings import AbstractCoupling, LowRankCoupling, MaskedCoupling
from hkam.graphs import Graph
from hkam.hopfield import HopfieldMemory
from hkam.interactions import ReLUInteraction
from hkam.kuramoto import KuramotoMemory
from hkam.memory import AbstractMemory, check_fields, check_kind, check_shape
from hkam.sphere import tangent, unit_rows
from hkam.states import HopfieldKuramotoState, HopfieldState, KuramotoState

__all__ = ["HopfieldKuramotoMemory", "low_rank_memory"]


class HopfieldKuramotoMemory(AbstractMemory[HopfieldKuramotoState]):
    """Units with one threshold and D rotational degrees of freedom each, bound by a coupling.

    ``ẋ = W g − x + b + Δx / κ_H``,
    ``μ̇_i = Ω μ_i + (I − μ_i μ_iᵀ) (−∂E_K/∂μ_i + δμ_i / κ_K)``,
    ``E = κ_H E_H + κ_K E_K + ΔE``,
    ``Ė = −κ_H ẋᵀ Λ ẋ − (1/κ_K) Σ_i |(I − μ_i μ_iᵀ) ∂E/∂μ_i|²``.

    Args:
        hopfield: ``E_H``.
        kuramoto: ``E_K`` and Ω.
        coupling: ``ΔE``.
        kappa_h: ``κ_H > 0``: the larger, the less threshold units feel the oscillators.
        kappa_k: ``κ_K > 0``: the larger, the less oscillators feel the threshold units.

    Raises:
        ValueError: If a κ is not one positive and finite number, or a part is of another kind.

    The theorem's printed conditions leave two out: that ``W`` be symmetric and that ``E_K`` depend on the scalar
    products only. `broken_conditions` counts them.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 11–14, Theorem 4.1.
    """

    hopfield: HopfieldMemory
    kuramoto: KuramotoMemory
    coupling: AbstractCoupling
    kappa_h: Float[Array, ""] = eqx.field(converter=functools.partial(real_array, "kappa_h"), default=1.0)
    kappa_k: Float[Array, ""] = eqx.field(converter=functools.partial(real_array, "kappa_k"), default=1.0)

    def __check_init__(self) -> None:
        check_kind("hopfield", self.hopfield, HopfieldMemory, "HopfieldMemory(lagrangian, synapses, bias)")
        check_kind("kuramoto", self.kuramoto, KuramotoMemory, "KuramotoMemory(interaction)")
        check_kind("coupling", self.coupling, AbstractCoupling, "LowRankCoupling(strength)")
        for name, kappa in (("kappa_h", self.kappa_h), ("kappa_k", self.kappa_k)):
            check_shape(name, kappa, ())
            if not isinstance(kappa, Tracer) and not 0 < float(kappa) < float("inf"):
                raise ValueError(f"{name} must be positive and finite, but is {float(kappa)}")

    def energy(self, state: HopfieldKuramotoState) -> Float[Array, ""]:
        """Return ``E_HK``, eq. 12."""
        alone = self.kappa_h * self.hopfield.energy(HopfieldState(state.x))
        alone += self.kappa_k * self.kuramoto.energy(KuramotoState(state.mu))
        return alone + self.coupling.energy(self.hopfield.lagrangian.activation(state.x), state.mu)

    def vector_field(
        self,
        t: Any,
        state: HopfieldKuramotoState,
        args: Any = None,  # noqa: ARG002
    ) -> HopfieldKuramotoState:
        """Return ``(ẋ, μ̇)``, eq. 11."""
        mu = unit_rows(state.mu)
        delta_x, delta_mu = self.coupling.forces(self.hopfield.lagrangian.activation(state.x), mu)
        force = self.kuramoto.interaction.force(mu) + delta_mu / self.kappa_k
        return HopfieldKuramotoState(
            x=self.hopfield.vector_field(t, HopfieldState(state.x)).x + delta_x / self.kappa_h,
            mu=self.kuramoto.velocity(mu, force),
        )

    def closed_form_rate(self, state: HopfieldKuramotoState) -> Float[Array, ""]:
        """Return the right-hand side of eq. 14."""
        velocity = self.vector_field(0.0, state).x
        descent = tangent(state.mu, jax.grad(self.energy)(state).mu)
        gain = self.hopfield.lagrangian.gain(state.x, velocity)
        return -self.kappa_h * velocity @ gain - jnp.sum(descent**2) / self.kappa_k

    @property
    def broken_conditions(self) -> tuple[str, ...]:
        """What Theorem 4.1 asks for and this memory does not have."""
        broken = (*self.hopfield.broken_conditions, *self.kuramoto.broken_conditions)
        return broken if self.coupling.symmetric else (*broken, "the coupling is not symmetric")

    @property
    def rotation(self) -> Float[Array, "D1 D1"] | None:
        """The shared Ω."""
        return self.kuramoto.rotation

    def without_rotation(self) -> "HopfieldKuramotoMemory":
        """Return the same memory with Ω = 0."""
        still = self.kuramoto.without_rotation()
        return HopfieldKuramotoMemory(self.hopfield, still, self.coupling, self.kappa_h, self.kappa_k)

    def check_state(self, state: HopfieldKuramotoState) -> None:
        """Raise ``ValueError`` if ``x`` or ``mu`` does not fit, or they do not fit each other."""
        check_fields(state, "HopfieldKuramotoState(x, mu)", "x", "mu")
        self.hopfield.check_state(HopfieldState(state.x))
        self.kuramoto.check_state(KuramotoState(state.mu))
        if state.mu.shape[0] != state.x.shape[0]:
            raise ValueError(
                f"state.mu must have one row per unit, {state.x.shape[0]}, but has shape {state.mu.shape}"
            )

    def retract(self, state: HopfieldKuramotoState) -> HopfieldKuramotoState:
        """Scale the oscillators' rows to length one."""
        return HopfieldKuramotoState(state.x, unit_rows(state.mu))


def low_rank_memory(
    hopfield: HopfieldMemory,
    linear: Float[Array, "E"],
    rectified: Float[Array, "E"],
    graph: Graph,
    *,
    strength: float | Float[Array, ""],
    omega: Float[Array, "D1 D1"] | None = None,
    mask: Graph | None = None,
) -> HopfieldKuramotoMemory:
    """Build the model that the paper's text gives for its experiments, or one whose coupling a graph masks.

    ``ẋ_i = Σ_j (W_ij + κ μ_iᵀ μ_j) g_j − x_i + b_i``,
    ``μ̇_i = Ω μ_i + (I − μ_i μ_iᵀ) Σ_j (R_ij + κ g_i g_j + S_ij ReLU(μ_iᵀ μ_j)) μ_j``,
    with ``E_K = −Σ_{i<j} [R_ij s_ij + ½ S_ij ReLU(s_ij)²]``. The paper calls it a version of eq. 15; it is one of eq.
    16.

    Args:
        hopfield: Threshold units, ``W`` and ``b``.
        linear: ``R``, one entry per edge.
        rectified: ``S``, one entry per edge.
        graph: Who interacts among the oscillators.
        strength: ``κ``.
        omega: ``Ω``, skew-symmetric.
        mask: Which pairs ``κ`` couples; all, and every unit with itself, if None, as in eq. 18. With a graph its sums
            go over the edges, and the correction of the synapses is not of low rank.

    Returns:
        The joint memory.

    Source: the same paper, eq. 18.
    """
    kuramoto = KuramotoMemory(ReLUInteraction(linear, rectified, graph), omega)
    coupling = LowRankCoupling(strength) if mask is None else MaskedCoupling(strength, mask)
    return HopfieldKuramotoMemory(hopfield, kuramoto, coupling)
