"""Interactions: energies of the scalar products among oscillators, from which the forces follow."""

import abc
import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hkam._arrays import count, real_array, wide
from hkam.graphs import Graph
from hkam.kernels import oscillator_interaction
from hkam.memory import check_finite, check_shape

__all__ = [
    "AbstractInteraction",
    "AttentionInteraction",
    "LinearInteraction",
    "MLPInteraction",
    "NoInteraction",
    "PairInteraction",
    "ReLUInteraction",
]


class AbstractInteraction(eqx.Module):
    """An energy ``E_K(μ)``; the force on each oscillator is ``−∂E_K/∂μ_i``.

    A new one needs ``energy`` and ``invariant``: whether the energy depends on the scalar products ``μ_iᵀ μ_j`` only,
    which Theorem 3.2 asks for. Positive weights attract throughout, as in eq. 2, 3, 16 and 18. Energies of half
    precision are computed and returned in single precision.

    Source: "Binding threshold units with artificial oscillatory neurons", §3.2.
    """

    invariant: eqx.AbstractVar[bool]

    @abc.abstractmethod
    def energy(self, mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``E_K``."""

    def force(self, mu: Float[Array, "N D1"]) -> Float[Array, "N D1"]:
        """Return ``−∂E_K/∂μ``."""
        return -jax.grad(self.energy)(mu)


class NoInteraction(AbstractInteraction):
    """``E_K = 0``: oscillators that feel threshold units only.

    Source: the same paper, eq. 15.
    """

    invariant: bool = eqx.field(static=True, default=True, init=False)

    def energy(self, mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return zero."""
        return jnp.zeros((), mu.dtype)


class LinearInteraction(AbstractInteraction):
    """``E_K = −Σ_{i<j} R_ij μ_iᵀ μ_j``, the generalised Kuramoto model.

    Args:
        weight: ``R``, one entry per edge.
        graph: Who interacts.

    Raises:
        ValueError: If there is not one finite weight an edge.

    Source: the same paper, eq. 3 and 16.
    """

    weight: Float[Array, "E"] = eqx.field(converter=functools.partial(real_array, "weight"))
    graph: Graph
    invariant: bool = eqx.field(static=True, default=True, init=False)

    def __check_init__(self) -> None:
        _check_weights("weight", self.weight, self.graph)

    def energy(self, mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``E_K``."""
        states, weight = wide(mu, self.weight)
        return _rectified_energy(states, weight, jnp.zeros_like(weight), self.graph)


class ReLUInteraction(AbstractInteraction):
    """``E_K = −Σ_{i<j} [R_ij s_ij + ½ S_ij ReLU(s_ij)²]``, ``s_ij = μ_iᵀ μ_j``.

    Example 2 prints the opposite signs: its weights are ``W = −S`` and ``b = −R``.

    Args:
        linear: ``R``, one entry per edge.
        rectified: ``S``, one entry per edge.
        graph: Who interacts.

    Raises:
        ValueError: If there is not one finite weight an edge.

    Source: the same paper, eq. 18 and Example 2.
    """

    linear: Float[Array, "E"] = eqx.field(converter=functools.partial(real_array, "linear"))
    rectified: Float[Array, "E"] = eqx.field(converter=functools.partial(real_array, "rectified"))
    graph: Graph
    invariant: bool = eqx.field(static=True, default=True, init=False)

    def __check_init__(self) -> None:
        _check_weights("linear", self.linear, self.graph)
        _check_weights("rectified", self.rectified, self.graph)

    def energy(self, mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``E_K``."""
        return _rectified_energy(*wide(mu, self.linear, self.rectified), self.graph)


class AttentionInteraction(AbstractInteraction):
    """``E_K = ± log Σ_{i<j} exp(W_ij s_ij) ± Σ_{i<j} b_ij s_ij``, ``s_ij = μ_iᵀ μ_j``.

    Args:
        weight: ``W``, one entry per edge.
        bias: ``b``, one entry per edge.
        graph: Who interacts, at least one edge.
        attractive: With ``True`` the lower signs hold and strong pairs attract, as in modern Hopfield networks; with
            ``False`` the upper signs, as Example 3 prints them.

    Raises:
        ValueError: If there is not one finite weight an edge, or no edge at all (the sum is then empty).

    Source: the same paper, Example 3.
    """

    weight: Float[Array, "E"] = eqx.field(converter=functools.partial(real_array, "weight"))
    bias: Float[Array, "E"] = eqx.field(converter=functools.partial(real_array, "bias"))
    graph: Graph
    attractive: bool = eqx.field(static=True, default=True)
    invariant: bool = eqx.field(static=True, default=True, init=False)

    def __check_init__(self) -> None:
        _check_weights("weight", self.weight, self.graph)
        _check_weights("bias", self.bias, self.graph)
        if self.graph.edge_count == 0:
            raise ValueError("graph must have an edge for attention, but has none")

    def energy(self, mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``E_K``."""
        states, weight, bias = wide(mu, self.weight, self.bias)
        products = _edge_products(states, self.graph)
        printed = jax.nn.logsumexp(weight * products) + bias @ products
        return -printed if self.attractive else printed


class PairInteraction(AbstractInteraction):
    """``E_K = −Σ_{i<j} w_ij f(s_ij)`` for any scalar function ``f``, ``s_ij = μ_iᵀ μ_j``.

    Args:
        function: ``f``, from a scalar to a scalar; may itself be a module with parameters.
        weight: ``w``, one entry per edge.
        graph: Who interacts.

    Raises:
        ValueError: If there is not one finite weight an edge, or ``function`` is none.

    Source: the same paper, Theorem 3.2 (any function of the scalar products).
    """

    function: Callable[[Float[Array, ""]], Float[Array, ""]]
    weight: Float[Array, "E"] = eqx.field(converter=functools.partial(real_array, "weight"))
    graph: Graph
    invariant: bool = eqx.field(static=True, default=True, init=False)

    def __check_init__(self) -> None:
        if not callable(self.function):
            raise ValueError(
                f"function must be a function of a scalar, but is a {type(self.function).__name__}"
            )
        _check_weights("weight", self.weight, self.graph)

    def energy(self, mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``E_K``."""
        states, weight = wide(mu, self.weight)
        return -weight @ jax.vmap(self.function)(_edge_products(states, self.graph))


class MLPInteraction(AbstractInteraction):
    """``E_K = −Σ_{i<j} w_ij f_θ(s_ij)`` with a learned smooth perceptron ``f_θ`` that all edges share.

    Args:
        weight: ``w``, one entry per edge.
        graph: Who interacts.
        width: Hidden units a layer.
        depth: Hidden layers.
        key: Random key of the perceptron's start.

    Raises:
        ValueError: If there is not one finite weight an edge, or width or depth is no whole number (of at least 1, 0).

    Source: the same paper, Theorem 3.2 (any function of the scalar products).
    """

    pairs: PairInteraction
    invariant: bool = eqx.field(static=True, default=True, init=False)

    def __init__(
        self, weight: Float[Array, "E"], graph: Graph, *, width: int = 16, depth: int = 1, key: PRNGKeyArray
    ) -> None:
        weights = real_array("weight", weight)
        hidden, layers = count("width", width, least=1), count("depth", depth)
        perceptron = eqx.nn.MLP(
            "scalar", "scalar", hidden, layers, activation=jnp.tanh, dtype=weights.dtype, key=key
        )
        self.pairs = PairInteraction(perceptron, weights, graph)

    def energy(self, mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``E_K``."""
        return self.pairs.energy(mu)


def _check_weights(name: str, weight: Float[Array, "E"], graph: Graph) -> None:
    if not isinstance(graph, Graph):
        raise ValueError(
            f"graph must be a hkam.Graph, but is a {type(graph).__name__}; "
            "Graph.from_networkx and Graph.from_adjacency make one"
        )
    check_shape(name, weight, (graph.edge_count,))
    check_finite(name, weight)


def _edge_products(mu: Float[Array, "N D1"], graph: Graph) -> Float[Array, "E"]:
    return jnp.sum(mu[graph.edges[:, 0]] * mu[graph.edges[:, 1]], axis=-1)


@jax.custom_jvp
def _rectified_energy(
    mu: Float[Array, "N D1"], linear: Float[Array, "E"], rectified: Float[Array, "E"], graph: Graph
) -> Float[Array, ""]:
    # Of degree two and four in μ: Σ_i μ_iᵀ F_i counts each edge twice, and ReLU(s)² as often as half of S would.
    return -0.5 * jnp.sum(mu * oscillator_interaction(mu, linear, 0.5 * rectified, graph))


@_rectified_energy.defjvp
def _(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
    # The derivative the compiled kernel computes; that it is the energy's own is tested.
    mu, linear, rectified, graph = primals
    dmu, dlinear, drectified, _ = tangents
    products = _edge_products(mu, graph)
    rate = -jnp.vdot(oscillator_interaction(mu, linear, rectified, graph), dmu)
    rate = rate - products @ dlinear - 0.5 * jax.nn.relu(products) ** 2 @ drectified
    return _rectified_energy(mu, linear, rectified, graph), rate
