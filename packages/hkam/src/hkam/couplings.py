"""Couplings: the part of the joint energy in which threshold units and oscillators meet."""

import abc
import functools
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hkam._arrays import real_array, wide
from hkam.graphs import Graph
from hkam.interactions import LinearInteraction
from hkam.memory import check_finite, check_kind, check_shape
from hkam.synapses import AbstractSynapses

__all__ = [
    "AbstractCoupling",
    "GatingCoupling",
    "LowRankCoupling",
    "MaskedCoupling",
    "NoCoupling",
    "PairCoupling",
]


class AbstractCoupling(eqx.Module):
    """An energy ``ΔE(g, μ)`` of activations and oscillators.

    The terms it adds to the equations of motion are ``Δx = −∂ΔE/∂g`` and ``δμ = −∂ΔE/∂μ``. A new coupling needs
    ``energy`` and ``symmetric``: whether it is of the form of eq. 12, with ``G_ij = G_ji`` and ``χ_ij = χ_ji``, or more
    generally a smooth function of activations and scalar products ``μ_iᵀ μ_j`` only.

    Source: "Binding threshold units with artificial oscillatory neurons", §4, Appendix D.
    """

    symmetric: eqx.AbstractVar[bool]

    @abc.abstractmethod
    def energy(self, g: Float[Array, "N"], mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``ΔE``."""

    def forces(
        self, g: Float[Array, "N"], mu: Float[Array, "N D1"]
    ) -> tuple[Float[Array, "N"], Float[Array, "N D1"]]:
        """Return ``(Δx, δμ)``, eq. 13.

        ``δμ`` may differ from the printed sum over ``j ≠ i`` by a multiple of ``μ_i``, which the projection removes.
        """
        slope_g, slope_mu = jax.grad(self.energy, argnums=(0, 1))(g, mu)
        return -slope_g, -slope_mu


class NoCoupling(AbstractCoupling):
    """``ΔE = 0``: the two memories side by side."""

    symmetric: bool = eqx.field(static=True, default=True, init=False)

    def energy(self, g: Float[Array, "N"], mu: Float[Array, "N D1"]) -> Float[Array, ""]:  # noqa: ARG002
        """Return zero."""
        return jnp.zeros((), g.dtype)


class PairCoupling(AbstractCoupling):
    """``ΔE = −½ Σ_ij G_ij(g_i g_j) χ_ij(μ_iᵀ μ_j)`` for any ``G`` and ``χ``.

    Args:
        G: From the matrix of products ``g_i g_j`` to a matrix, entry by entry; entries may differ in what they do.
        chi: The same for the matrix of scalar products.
        symmetric: Whether ``G_ij = G_ji`` and ``χ_ij = χ_ji``. Nothing can prove this from the code of a function; say
            ``False`` where it does not hold.

    Raises:
        ValueError: If ``G`` or ``chi`` is no function.

    Source: the same paper, eq. 12, 13.
    """

    G: Callable[[Float[Array, "N N"]], Float[Array, "N N"]]
    chi: Callable[[Float[Array, "N N"]], Float[Array, "N N"]]
    symmetric: bool = eqx.field(static=True)

    def __init__(
        self,
        G: Callable[[Float[Array, "N N"]], Float[Array, "N N"]],
        chi: Callable[[Float[Array, "N N"]], Float[Array, "N N"]],
        *,
        symmetric: bool = True,
    ) -> None:
        for name, function in (("G", G), ("chi", chi)):
            if not callable(function):
                raise ValueError(f"{name} must be a function of a matrix, but is a {type(function).__name__}")
        self.G = G
        self.chi = chi
        self.symmetric = symmetric

    def energy(self, g: Float[Array, "N"], mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``ΔE``."""
        g, mu = wide(g, mu)
        return -0.5 * jnp.sum(self.G(g[:, None] * g[None, :]) * self.chi(mu @ mu.T))


class GatingCoupling(AbstractCoupling):
    """``ΔE = −½ Σ_ij W̃_ij g_i g_j μ_iᵀ μ_j``: oscillators open and close the synapses ``W̃``.

    With convolutional or layered synapses this is the lateral coupling ``S_i ⊙ 𝒢(μ_i, μ_i)`` of Appendix E.

    Args:
        synapses: ``W̃``.

    Raises:
        ValueError: If these are no synapses.

    Source: the same paper, eq. 15 and Appendix E.
    """

    synapses: AbstractSynapses
    symmetric: bool = eqx.field(static=True)

    def __init__(self, synapses: AbstractSynapses) -> None:
        if not isinstance(synapses, AbstractSynapses):
            raise ValueError(
                f"synapses must be hkam's, such as DenseSynapses(weight), but is a {type(synapses).__name__}"
            )
        self.synapses = synapses
        self.symmetric = synapses.symmetric

    def energy(self, g: Float[Array, "N"], mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``ΔE``."""
        g, mu = wide(g, mu)
        gated = g[:, None] * mu
        return -0.5 * jnp.sum(gated * jax.vmap(self.synapses, in_axes=1, out_axes=1)(gated))


class LowRankCoupling(AbstractCoupling):
    """``ΔE = −½ κ Σ_ij g_i g_j μ_iᵀ μ_j = −½ κ |Σ_i g_i μ_i|²``.

    Oscillators add ``κ μ_iᵀ μ_j``, of rank at most D + 1, to the synapses; threshold units add ``κ g gᵀ`` to the
    oscillators' weights. It can be read as LoRA, as Hebbian learning, or as fast weights. Neither matrix is formed.

    Args:
        strength: ``κ``.

    Raises:
        ValueError: If ``strength`` is not one finite number.

    Source: the same paper, eq. 16, 17, and 18.
    """

    strength: Float[Array, ""] = eqx.field(converter=functools.partial(real_array, "strength"), default=1.0)
    symmetric: bool = eqx.field(static=True, default=True, init=False)

    def __check_init__(self) -> None:
        check_shape("strength", self.strength, ())
        check_finite("strength", self.strength)

    def energy(self, g: Float[Array, "N"], mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``ΔE``."""
        g, mu, strength = wide(g, mu, self.strength)
        return -0.5 * strength * jnp.sum((g @ mu) ** 2)

    def forces(
        self, g: Float[Array, "N"], mu: Float[Array, "N D1"]
    ) -> tuple[Float[Array, "N"], Float[Array, "N D1"]]:
        """Return ``κ μ_iᵀ m`` and ``κ g_i m`` with ``m = Σ_j g_j μ_j``, eq. 17."""
        total = self.strength * (g @ mu)
        return mu @ total, g[:, None] * total


class MaskedCoupling(AbstractCoupling):
    """``ΔE = −κ Σ_{(i, j) ∈ graph} g_i g_j μ_iᵀ μ_j``: that of `LowRankCoupling` on the edges of a graph only.

    Units that no edge joins are not coupled, a unit with itself neither, and what oscillators add to the synapses,
    ``κ A_ij μ_iᵀ μ_j`` with the graph's adjacency A, is no longer of low rank. It is `GatingCoupling` with the synapses
    ``κ A``, without forming them. Not a model of the paper's text: eq. 18 couples all pairs.

    Args:
        strength: ``κ``.
        graph: Which units are coupled, one node per unit.

    Raises:
        ValueError: If ``strength`` is not one finite number, or the graph is none.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 15 with ``W̃ = κ A``.
    """

    strength: Float[Array, ""] = eqx.field(converter=functools.partial(real_array, "strength"))
    graph: Graph
    symmetric: bool = eqx.field(static=True, default=True, init=False)

    def __check_init__(self) -> None:
        check_shape("strength", self.strength, ())
        check_finite("strength", self.strength)
        check_kind("graph", self.graph, Graph, "watts_strogatz_graph(nodes, k, seed=0)")

    def energy(self, g: Float[Array, "N"], mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``ΔE``."""
        g, mu = wide(g, mu)
        return self._interaction.energy(g[:, None] * mu)

    def forces(
        self, g: Float[Array, "N"], mu: Float[Array, "N D1"]
    ) -> tuple[Float[Array, "N"], Float[Array, "N D1"]]:
        """Return ``κ μ_iᵀ m_i`` and ``κ g_i m_i`` with the sum ``m_i = Σ_j A_ij g_j μ_j`` over neighbours."""
        total = self._interaction.force(g[:, None] * mu)
        return jnp.sum(mu * total, axis=-1), g[:, None] * total

    @property
    def _interaction(self) -> LinearInteraction:
        """The same sum over edges, of oscillators that carry their units' activations."""
        return LinearInteraction(jnp.broadcast_to(self.strength, (self.graph.edge_count,)), self.graph)
