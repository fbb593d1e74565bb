"""Lagrangians of units that each have an activation of their own."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hkam.lagrangians.abstract import AbstractLagrangian

__all__ = ["IdentityLagrangian", "ReLULagrangian", "SigmoidLagrangian", "TanhLagrangian"]


class IdentityLagrangian(AbstractLagrangian):
    """``L = ½ Σ x²``, ``g = x``."""

    convex: bool = eqx.field(static=True, default=True, init=False)

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        return 0.5 * jnp.sum(x**2)


class ReLULagrangian(AbstractLagrangian):
    """``L = ½ Σ ReLU(x)²``, ``g = ReLU(x)``.

    Source: Example 1.
    """

    convex: bool = eqx.field(static=True, default=True, init=False)

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        return 0.5 * jnp.sum(jax.nn.relu(x) ** 2)


class TanhLagrangian(AbstractLagrangian):
    """``L = Σ log cosh x``, ``g = tanh x``."""

    convex: bool = eqx.field(static=True, default=True, init=False)

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        # logaddexp keeps the second derivative right at zero, where |x| would not.
        return jnp.sum(jnp.logaddexp(x, -x) - jnp.log(2.0))


class SigmoidLagrangian(AbstractLagrangian):
    """``L = Σ softplus(x)``, ``g = 1 / (1 + exp(−x))``."""

    convex: bool = eqx.field(static=True, default=True, init=False)

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        return jnp.sum(jax.nn.softplus(x))
