"""What a memory remembers at one moment: pytrees with named fields, one class a kind of memory."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hkam._arrays import real_array

__all__ = ["HopfieldKuramotoState", "HopfieldState", "KuramotoState", "PhaseState"]


def _entries(name: str) -> Callable[[Any], Any]:
    """Return a field's converter: lists and whole numbers become arrays of floats.

    A single number, as in an axis given to ``jax.vmap``, or whatever else JAX puts in an array's place stays.
    """

    def convert(value: Any) -> Any:
        whole = isinstance(value, jax.Array) and not jnp.issubdtype(value.dtype, jnp.floating)
        if whole or type(value) in (list, tuple) or isinstance(value, np.ndarray):
            return real_array(f"state.{name}", value)
        return value

    return convert


class HopfieldState(eqx.Module):
    """Threshold units.

    Args:
        x: States of the N units, without unit.

    Source: "Binding threshold units with artificial oscillatory neurons", §3.1.
    """

    x: Float[Array, "*batch N"] = eqx.field(converter=_entries("x"))


class KuramotoState(eqx.Module):
    """Oscillatory units on the sphere of dimension D.

    Args:
        mu: One unit row ``μ_i`` an oscillator, D+1 columns.

    Source: the same paper, §3.2.
    """

    mu: Float[Array, "*batch N D1"] = eqx.field(converter=_entries("mu"))


class HopfieldKuramotoState(eqx.Module):
    """Units that have one threshold and D rotational degrees of freedom each.

    Args:
        x: States of the N threshold units.
        mu: One unit row an oscillator, D+1 columns.

    Source: the same paper, §4.
    """

    x: Float[Array, "*batch N"] = eqx.field(converter=_entries("x"))
    mu: Float[Array, "*batch N D1"] = eqx.field(converter=_entries("mu"))


class PhaseState(eqx.Module):
    """Classical Kuramoto oscillators.

    Args:
        phi: Phases in radians, of any size: only their values up to whole turns count.

    Source: the same paper, eq. 2.
    """

    phi: Float[Array, "*batch N"] = eqx.field(converter=_entries("phi"))
