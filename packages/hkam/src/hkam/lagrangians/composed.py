"""Lagrangians made of other functions: any function, and a Lagrangian for each layer."""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from hkam.lagrangians.abstract import AbstractLagrangian

__all__ = ["FunctionLagrangian", "LayeredLagrangian"]


class FunctionLagrangian(AbstractLagrangian):
    """Any scalar function as a Lagrangian.

    Args:
        function: Maps the state ``[N]`` to a scalar; may itself be a module with parameters.
        convex: Whether its Hessian is positive semidefinite everywhere. Nothing can prove this from the code of
            a function, so it counts as not convex until you say otherwise.
    """

    function: Callable[[Float[Array, "N"]], Float[Array, ""]]
    convex: bool = eqx.field(static=True)

    def __init__(
        self, function: Callable[[Float[Array, "N"]], Float[Array, ""]], *, convex: bool = False
    ) -> None:
        self.function = function
        self.convex = convex

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        return self.function(x)


class LayeredLagrangian(AbstractLagrangian):
    """A Lagrangian for each layer: ``L(x) = Σ_k L_k(x_k)`` over consecutive parts of the state.

    Args:
        parts: The layers' Lagrangians.
        sizes: How many units each layer has.

    Raises:
        ValueError: If there are not as many sizes as parts, or a state has another number of units.

    Source: Example 1, Appendix E.1.3.
    """

    parts: tuple[AbstractLagrangian, ...]
    sizes: tuple[int, ...] = eqx.field(static=True)
    convex: bool = eqx.field(static=True)

    def __init__(self, parts: Sequence[AbstractLagrangian], sizes: Sequence[int]) -> None:
        if len(parts) != len(sizes):
            raise ValueError(f"sizes must have one entry per part, {len(parts)}, but have {len(sizes)}")
        self.parts = tuple(parts)
        self.sizes = tuple(sizes)
        self.convex = all(part.convex for part in self.parts)

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        if x.shape[0] != sum(self.sizes):
            raise ValueError(f"sizes must sum up to the number of units, {x.shape[0]}, but are {self.sizes}")
        starts = [sum(self.sizes[:k]) for k in range(len(self.sizes))]
        layers = [x[start : start + size] for start, size in zip(starts, self.sizes, strict=True)]
        return sum(
            (part(layer) for part, layer in zip(self.parts, layers, strict=True)), jnp.zeros((), x.dtype)
        )
