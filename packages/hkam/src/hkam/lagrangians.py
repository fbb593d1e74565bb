"""Lagrangians: scalar functions of the threshold units whose gradient is the activation function."""

import abc
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

__all__ = [
    "AbstractLagrangian",
    "FunctionLagrangian",
    "IdentityLagrangian",
    "LayeredLagrangian",
    "ReLULagrangian",
    "SigmoidLagrangian",
    "SoftmaxLagrangian",
    "TanhLagrangian",
]


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


class SoftmaxLagrangian(AbstractLagrangian):
    """``L = log Σ exp x``, ``g = softmax(x)`` over all units.

    Source: Appendix E.1.3.
    """

    convex: bool = eqx.field(static=True, default=True, init=False)

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        return jax.nn.logsumexp(x)


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
    """One Lagrangian a layer: ``L(x) = Σ_k L_k(x_k)`` over consecutive parts of the state.

    Args:
        parts: The layers' Lagrangians.
        sizes: How many units each layer has.

    Raises:
        ValueError: If there are not as many sizes as parts.

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
        starts = [sum(self.sizes[:k]) for k in range(len(self.sizes))]
        layers = [x[start : start + size] for start, size in zip(starts, self.sizes, strict=True)]
        return sum(
            (part(layer) for part, layer in zip(self.parts, layers, strict=True)), jnp.zeros((), x.dtype)
        )
