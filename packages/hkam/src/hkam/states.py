"""What a memory remembers at one moment: pytrees with named fields, one class a kind of memory."""

import equinox as eqx
from jaxtyping import Array, Float

__all__ = ["HopfieldKuramotoState", "HopfieldState", "KuramotoState", "PhaseState"]


class HopfieldState(eqx.Module):
    """Threshold units.

    Args:
        x: States of the N units, without unit.

    Source: "Binding threshold units with artificial oscillatory neurons", §3.1.
    """

    x: Float[Array, "*batch N"]


class KuramotoState(eqx.Module):
    """Oscillatory units on the sphere of dimension D.

    Args:
        mu: One unit row ``μ_i`` an oscillator, D+1 columns.

    Source: the same paper, §3.2.
    """

    mu: Float[Array, "*batch N D1"]


class HopfieldKuramotoState(eqx.Module):
    """Units that have one threshold and D rotational degrees of freedom each.

    Args:
        x: States of the N threshold units.
        mu: One unit row an oscillator, D+1 columns.

    Source: the same paper, §4.
    """

    x: Float[Array, "*batch N"]
    mu: Float[Array, "*batch N D1"]


class PhaseState(eqx.Module):
    """Classical Kuramoto oscillators.

    Args:
        phi: Phases in radians, not wrapped.

    Source: the same paper, eq. 2.
    """

    phi: Float[Array, "*batch N"]
