"""Hopfield associative memory of threshold units, built from a Lagrangian."""

import functools
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from hkam._arrays import real_array, wide
from hkam.lagrangians import AbstractLagrangian
from hkam.memory import AbstractMemory, check_fields, check_finite, check_kind, check_shape
from hkam.states import HopfieldState
from hkam.synapses import AbstractSynapses

__all__ = ["HopfieldMemory", "hebbian_weights"]


class HopfieldMemory(AbstractMemory[HopfieldState]):
    """Threshold units that descend an energy.

    ``ẋ = W g(x) − x + b`` with ``g = ∂L/∂x``, and
    ``E = (x − b)ᵀ g − L − ½ gᵀ W g``, whose rate is ``Ė = −ẋᵀ Λ ẋ`` with ``Λ = ∂²L/∂x²``.

    The bias enters with ``+b``: eq. 19 of the paper prints ``−b_j``, which contradicts eq. 6 and its own proof.

    Args:
        lagrangian: ``L``.
        synapses: ``W``: dense, hierarchical or convolutional.
        bias: ``b``, one entry per unit.

    Raises:
        ValueError: If the bias does not have one finite entry a unit, or Lagrangian or synapses are something else.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 6–8, Theorem 3.1.
    """

    lagrangian: AbstractLagrangian
    synapses: AbstractSynapses
    bias: Float[Array, "N"] = eqx.field(converter=functools.partial(real_array, "bias"))

    def __check_init__(self) -> None:
        check_kind("lagrangian", self.lagrangian, AbstractLagrangian, "TanhLagrangian()")
        check_kind("synapses", self.synapses, AbstractSynapses, "DenseSynapses(weight)")
        check_shape("bias", self.bias, (self.synapses.size,))
        check_finite("bias", self.bias)

    @property
    def size(self) -> int:
        """The number of units N."""
        return self.synapses.size

    def energy(self, state: HopfieldState) -> Float[Array, ""]:
        """Return ``E_H``, eq. 7."""
        x, bias = wide(state.x, self.bias)
        g = self.lagrangian.activation(x)
        return (x - bias) @ g - self.lagrangian(x) - 0.5 * g @ self.synapses(g)

    def vector_field(self, t: Any, state: HopfieldState, args: Any = None) -> HopfieldState:  # noqa: ARG002
        """Return ``ẋ``, eq. 6."""
        return HopfieldState(self.synapses(self.lagrangian.activation(state.x)) - state.x + self.bias)

    def closed_form_rate(self, state: HopfieldState) -> Float[Array, ""]:
        """Return ``−ẋᵀ Λ ẋ``, eq. 8."""
        velocity = self.vector_field(0.0, state).x
        return -velocity @ self.lagrangian.gain(state.x, velocity)

    @property
    def broken_conditions(self) -> tuple[str, ...]:
        """What Theorem 3.1 asks for and this memory does not have."""
        broken = []
        if not self.synapses.symmetric:
            broken.append("W is not symmetric")
        if not self.lagrangian.convex:
            broken.append("L is not known to be convex")
        return tuple(broken)

    @property
    def rotation(self) -> None:
        """Threshold units do not rotate."""
        return

    def without_rotation(self) -> "HopfieldMemory":
        """Return the memory itself."""
        return self

    def check_state(self, state: HopfieldState) -> None:
        """Raise ``ValueError`` if ``x`` does not have one finite entry a unit."""
        check_fields(state, "HopfieldState(x)", "x")
        check_shape("state.x", state.x, (self.size,))
        check_finite("state.x", state.x)

    def retract(self, state: HopfieldState) -> HopfieldState:
        """Return the state itself: threshold units are not constrained."""
        return state


def hebbian_weights(patterns: Float[Array, "K N"]) -> Float[Array, "N N"]:
    """Return Hebb's rule, ``W = Ξᵀ Ξ / N`` with an empty diagonal.

    Args:
        patterns: The K patterns to store, one per row, entries ±1.

    Returns:
        A symmetric matrix for `DenseSynapses`.

    Raises:
        ValueError: If these are not rows of real numbers.

    Source: Hopfield, "Neural networks and physical systems with emergent collective computational abilities".
    """
    patterns = real_array("patterns", patterns)
    if patterns.ndim != 2:
        raise ValueError(f"patterns must have shape (K, N), but has {patterns.shape}")
    weight = patterns.T @ patterns / patterns.shape[1]
    return weight - jnp.diag(jnp.diag(weight))
