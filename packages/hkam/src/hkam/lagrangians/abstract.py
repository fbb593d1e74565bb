"""What every Lagrangian is: a scalar function whose gradient is the activation."""

import abc

import equinox as eqx
import jax
from jaxtyping import Array, Float

__all__ = ["AbstractLagrangian"]


class AbstractLagrangian(eqx.Module):
    """A scalar function ``L(x)``; its gradient ``g = ∂L/∂x`` is the activation, its Hessian ``Λ`` the gain.

    A new one needs ``__call__`` and ``convex``: whether ``Λ`` is positive semidefinite everywhere, which
    Theorem 3.1 asks for.

    Source: "Binding threshold units with artificial oscillatory neurons", §3.1.
    """

    convex: eqx.AbstractVar[bool]

    @abc.abstractmethod
    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""

    def activation(self, x: Float[Array, "N"]) -> Float[Array, "N"]:
        """Return ``g(x) = ∂L/∂x``."""
        return jax.grad(self.__call__)(x)

    def gain(self, x: Float[Array, "N"], v: Float[Array, "N"]) -> Float[Array, "N"]:
        """Return ``Λ(x) v``, the Hessian applied to a vector, without forming the matrix."""
        return jax.jvp(self.activation, (x,), (v,))[1]
