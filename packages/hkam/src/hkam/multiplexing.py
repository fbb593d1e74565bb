"""Multiplexing: one set of threshold units, two computations, chosen by the oscillators."""

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hkam.couplings import GatingCoupling
from hkam.graphs import complete_graph
from hkam.hopfield import HopfieldMemory
from hkam.hopfield_kuramoto import HopfieldKuramotoMemory
from hkam.interactions import PairInteraction
from hkam.kuramoto import KuramotoMemory
from hkam.lagrangians import TanhLagrangian
from hkam.sphere import random_unit_rows, unit_rows
from hkam.states import HopfieldKuramotoState
from hkam.synapses import DenseSynapses

__all__ = ["association_weights", "multiplexing_cue", "multiplexing_memory"]

_DEPTH = 16.0  # brings the barrier between the two wells, 1/16 at s = ½, to one


def association_weights(
    keys: Float[Array, "P n1"], values: Float[Array, "P n2"], *, gain: float = 3.0
) -> Float[Array, "n1 n2"]:
    """Return weights between two groups of units that store pairs of patterns, ``W = β Σ_p ξ_p η_pᵀ / √(n1 n2)``.

    Args:
        keys: ``ξ``, entries ±1.
        values: ``η``, entries ±1.
        gain: ``β``; above one, stored pairs are attractors.

    Returns:
        ``W_12``.
    """
    return gain * keys.T @ values / (keys.shape[1] * values.shape[1]) ** 0.5


def multiplexing_memory(
    first: Float[Array, "n1 n2"], second: Float[Array, "n1 n2"], *, kappa_k: float = 100.0
) -> HopfieldKuramotoMemory:
    """Build a memory whose synapses between two groups are ``W`` or ``W̃`` as the oscillators say.

    Oscillators of the two groups end orthogonal or aligned, according to their start: the wells of
    ``E_K = (16/N) Σ_{i<j} s_ij² (1 − s_ij)²`` lie at ``s = 0`` and ``s = 1``. The coupling is
    ``Δx_i = Σ_j (W̃_ij − W_ij) μ_iᵀ μ_j g_j``, so that threshold units see ``W`` when the groups are orthogonal and
    ``W̃`` when they are aligned. With ``κ_K ≫ 1`` the oscillators do not feel the threshold units.

    The paper prints ``g_i`` in place of ``g_j`` in ``Δx_i``; eq. 13 gives ``g_j``.

    Args:
        first: ``W_12``, from the second group to the first.
        second: ``W̃_12``.
        kappa_k: ``κ_K``.

    Returns:
        The joint memory; the first group's units come first.

    Raises:
        ValueError: If the two weights differ in shape.

    Source: "Binding threshold units with artificial oscillatory neurons", Example 4, corrected.
    """
    if first.shape != second.shape:
        raise ValueError(f"second must have the shape of first, {first.shape}, but has {second.shape}")
    nodes = sum(first.shape)
    graph = complete_graph(nodes)
    wells = PairInteraction(
        lambda s: -(s**2) * (1 - s) ** 2, jnp.full(graph.edge_count, _DEPTH / nodes, first.dtype), graph
    )
    hopfield = HopfieldMemory(TanhLagrangian(), DenseSynapses(_between(first)), jnp.zeros(nodes, first.dtype))
    gate = GatingCoupling(DenseSynapses(_between(second - first)))
    return HopfieldKuramotoMemory(hopfield, KuramotoMemory(wells), gate, kappa_k=kappa_k)


def multiplexing_cue(
    x: Float[Array, "N"],
    first_group: int,
    *,
    aligned: bool,
    dimensions: int = 3,
    noise: float = 0.1,
    key: PRNGKeyArray,
) -> HopfieldKuramotoState:
    """Make a cue: a state of the threshold units, and oscillators that say which computation to perform.

    Args:
        x: First state of the threshold units of both groups.
        first_group: Units in the first group.
        aligned: ``True`` asks for ``W̃``, ``False`` for ``W``.
        dimensions: Columns of the oscillators, D + 1, at least 2.
        noise: How far oscillators start from their group's direction.
        key: Random key.

    Returns:
        The cue.
    """
    second_direction = 0 if aligned else 1
    groups = jnp.where(jnp.arange(len(x)) < first_group, 0, second_direction)
    mu = jnp.eye(dimensions, dtype=x.dtype)[groups]
    return HopfieldKuramotoState(
        x, unit_rows(mu + noise * random_unit_rows(len(x), dimensions, key=key).astype(x.dtype))
    )


def _between(block: Float[Array, "n1 n2"]) -> Float[Array, "N N"]:
    n1, n2 = block.shape
    corner = jnp.zeros((n1 + n2, n1 + n2), block.dtype).at[:n1, n1:].set(block)
    return corner + corner.T
