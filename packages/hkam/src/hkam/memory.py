"""What every memory can do: give its energy, its vector field, its energy's rate, and its conditions."""

import abc
import reprlib
import warnings
from typing import Any, Generic, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

__all__ = ["AbstractMemory", "NoGuaranteeWarning"]

State = TypeVar("State")


class NoGuaranteeWarning(UserWarning):
    """A memory breaks a condition of its energy theorem: its energy may rise."""


class AbstractMemory(eqx.Module, Generic[State]):
    """An autonomous dynamical system with an energy that is a Lyapunov function under stated conditions.

    Memories are written for one state; ``jax.vmap`` adds batch axes.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 4–5.
    """

    @abc.abstractmethod
    def energy(self, state: State) -> Float[Array, ""]:
        """Return the energy of a state."""

    @abc.abstractmethod
    def vector_field(self, t: Any, state: State, args: Any = None) -> State:
        """Return the time derivative of a state; ``t`` and ``args`` are there for the solver and not used."""

    @abc.abstractmethod
    def closed_form_rate(self, state: State) -> Float[Array, ""]:
        """Return dE/dt by the theorem's formula, right only while ``broken_conditions`` is empty."""

    @property
    @abc.abstractmethod
    def broken_conditions(self) -> tuple[str, ...]:
        """The conditions of the energy theorem that this memory does not meet; empty means energy cannot rise."""

    @property
    @abc.abstractmethod
    def rotation(self) -> Float[Array, "D1 D1"] | None:
        """The rotation Ω that all oscillators share and that the energy does not feel, or ``None``.

        Raises:
            ValueError: If oscillators have different Ω_i, or the energy changes when all of them are rotated.
        """

    @abc.abstractmethod
    def without_rotation(self) -> "AbstractMemory[State]":
        """Return the same memory with Ω = 0: the dynamics seen from the rotating frame."""

    @abc.abstractmethod
    def check_state(self, state: State) -> None:
        """Raise ``ValueError`` if a state does not fit; values are looked at only where they are known."""

    @abc.abstractmethod
    def retract(self, state: State) -> State:
        """Bring a state that left the sphere by a solver's error back onto it."""

    def energy_rate(self, state: State) -> Float[Array, ""]:
        """Return dE/dt at a state.

        The theorem's closed form while its conditions hold (never positive). Otherwise the chain rule
        ``⟨∂E/∂y, ẏ⟩``, which may have either sign, with a warning that says which condition is broken.

        Args:
            state: Where to take the rate.

        Returns:
            Energy per time.

        Source: the same paper, eq. 8, 10, 14.
        """
        if not self.broken_conditions:
            return self.closed_form_rate(state)
        warnings.warn(
            f"no guarantee holds for the sign of dE/dt: {'; '.join(self.broken_conditions)}",
            NoGuaranteeWarning,
            stacklevel=2,
        )
        return self.chain_rule_rate(state)

    def chain_rule_rate(self, state: State) -> Float[Array, ""]:
        """Return ``⟨∂E/∂y, ẏ⟩``, dE/dt without any theorem."""
        slopes = jax.grad(self.energy)(state)
        products = jax.tree.map(jnp.vdot, slopes, self.vector_field(0.0, state))
        return jax.tree.reduce(jnp.add, products)


def check_finite(name: str, value: Float[Array, "..."]) -> None:
    """Refuse NaN and infinite values, where the values are known.

    Args:
        name: What to call the argument in the message.
        value: The array.

    Raises:
        ValueError: If an entry is not finite, or the value is no array of numbers.
    """
    _check_is_array(name, value)
    if isinstance(value, Tracer):
        return
    try:
        finite = np.isfinite(np.asarray(value)).all()
    except TypeError as error:
        raise ValueError(f"{name} must be an array of real numbers, but is {reprlib.repr(value)}") from error
    if not finite:
        raise ValueError(f"{name} must be finite, but has NaN or infinite entries")


def check_shape(name: str, value: Float[Array, "..."], wanted: tuple[int, ...]) -> None:
    """Refuse a wrong shape.

    Args:
        name: What to call the argument in the message.
        value: The array.
        wanted: The shape it must have.

    Raises:
        ValueError: If the shape is another, or the value is no array.
    """
    _check_is_array(name, value)
    if value.shape != wanted:
        raise ValueError(f"{name} must have shape {wanted}, but has {value.shape}")


def check_kind(name: str, value: Any, kind: type, example: str) -> None:
    """Refuse a part of a memory that is of another kind.

    Args:
        name: What to call the argument in the message.
        value: What was given.
        kind: The class it must be of.
        example: How one of that kind is made.

    Raises:
        ValueError: If it is of another class.
    """
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be hkam's, such as {example}, but is a {type(value).__name__}")


def check_fields(state: Any, example: str, *names: str) -> None:
    """Refuse what is no state of a memory's kind, a plain array for instance.

    Args:
        state: What was given.
        example: How a state of the kind is made.
        names: Fields it must have.

    Raises:
        ValueError: If it lacks a field.
    """
    if not all(hasattr(state, name) for name in names):
        raise ValueError(f"state must be made as hkam.{example}, but is a {type(state).__name__}")


def _check_is_array(name: str, value: Any) -> None:
    if not hasattr(value, "shape"):
        raise ValueError(f"{name} must be an array of real numbers, but is {reprlib.repr(value)}")
