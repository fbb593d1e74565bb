"""Many states of one memory, solved as one system."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hkam.memory import AbstractMemory, check_finite, check_kind
from hkam.sphere import check_unit_rows

__all__ = ["BatchedMemory"]


class BatchedMemory(AbstractMemory[Any]):
    """Independent states of one memory, stacked along a first axis, with a solver's step in common.

    This is the fast way to train: the gradient with respect to the memory is summed over the batch inside every step.
    ``jax.vmap`` of a whole recall gives each state steps of its own, but carries one gradient of all weights a state.

    Args:
        memory: The memory every state belongs to.

    Raises:
        ValueError: If it is no memory.
    """

    memory: AbstractMemory[Any]

    def __check_init__(self) -> None:
        check_kind("memory", self.memory, AbstractMemory, "HopfieldMemory(lagrangian, synapses, bias)")

    def energy(self, state: Any) -> Float[Array, ""]:
        """Return the sum of the states' energies."""
        return jnp.sum(jax.vmap(self.memory.energy)(state))

    def vector_field(self, t: Any, state: Any, args: Any = None) -> Any:
        """Return every state's time derivative."""
        return jax.vmap(lambda one: self.memory.vector_field(t, one, args))(state)

    def closed_form_rate(self, state: Any) -> Float[Array, ""]:
        """Return the sum of the states' rates."""
        return jnp.sum(jax.vmap(self.memory.closed_form_rate)(state))

    @property
    def broken_conditions(self) -> tuple[str, ...]:
        """Those of the memory."""
        return self.memory.broken_conditions

    @property
    def rotation(self) -> Float[Array, "D1 D1"] | None:
        """That of the memory."""
        return self.memory.rotation

    def without_rotation(self) -> "BatchedMemory":
        """Return the batch of the memory with Ω = 0."""
        return BatchedMemory(self.memory.without_rotation())

    def check_state(self, state: Any) -> None:
        """Raise ``ValueError`` if a state does not fit."""
        sizes = {leaf.shape[0] if jnp.ndim(leaf) else None for leaf in jax.tree.leaves(state)}
        if len(sizes) != 1 or None in sizes:
            raise ValueError(
                f"state must have one batch axis in front, but its fields begin with {sorted(map(str, sizes))}"
            )
        if sizes == {0}:
            return
        # One state's check settles the shapes of all; their values are then looked at in one go.
        self.memory.check_state(jax.tree.map(lambda leaf: leaf[0], state))
        for name, leaf in vars(state).items():
            check_finite(f"state.{name}", leaf)
            if name == "mu":
                check_unit_rows("state.mu", leaf)

    def retract(self, state: Any) -> Any:
        """Bring every state back onto its sphere."""
        return jax.vmap(self.memory.retract)(state)
