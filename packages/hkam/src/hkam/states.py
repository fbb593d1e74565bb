"""What a memory remembers at one moment: pytrees with named fields, one class a kind of memory."""

import equinox as eqx
from jaxtyping import Array, Float

__all__ = ["HopfieldState"]


class HopfieldState(eqx.Module):
    """Threshold units.

    Args:
        x: States of the N units, without unit.

    Source: "Binding threshold units with artificial oscillatory neurons", §3.1.
    """

    x: Float[Array, "*batch N"]
