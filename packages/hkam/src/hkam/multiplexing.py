"""Multiplexing: one set of threshold units, two computations or more, chosen by the oscillators."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hkam._arrays import count
from hkam.couplings import GatingCoupling
from hkam.graphs import complete_graph
from hkam.hopfield import HopfieldMemory
from hkam.hopfield_kuramoto import HopfieldKuramotoMemory
from hkam.interactions import AbstractInteraction, NoInteraction, PairInteraction
from hkam.kuramoto import KuramotoMemory
from hkam.lagrangians import TanhLagrangian
from hkam.memory import check_shape
from hkam.sphere import random_unit_rows, unit_rows
from hkam.states import HopfieldKuramotoState
from hkam.synapses import DenseSynapses

__all__ = [
    "association_weights",
    "most_functions",
    "multiplexing_cue",
    "multiplexing_memory",
    "selected_weights",
    "selecting_memory",
]

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
    check_shape("second", second, first.shape)
    nodes = sum(first.shape)
    graph = complete_graph(nodes)
    wells = PairInteraction(
        lambda s: -(s**2) * (1 - s) ** 2, jnp.full(graph.edge_count, _DEPTH / nodes, first.dtype), graph
    )
    return _gated(first, second - first, wells, kappa_k)


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


def selected_weights(
    keys: Float[Array, "P n1"],
    answers: Float[Array, "K P n2"],
    mu: Float[Array, "K N D1"],
    *,
    gain: float = 2.0,
) -> tuple[Float[Array, "n1 n2"], Float[Array, "n1 n2"]]:
    """Return synapses with which the oscillators choose among K functions of the same keys.

    The smallest ``W`` and ``W̃`` with ``Σ_i (W_ij + W̃_ij μ_i^kᵀ μ_j^k) ξ_pi = β η^k_pj`` for every function k, key p and
    answering unit j; those of least squares where there are none.

    Args:
        keys: ``ξ``, entries ±1, the same for every function.
        answers: ``η``, entries ±1, by function.
        mu: Unit rows, by function: the state of the oscillators that asks for it, first those of the keys' units.
        gain: ``β``.

    Returns:
        ``W_12`` and ``W̃_12``.

    Raises:
        ValueError: If keys, answers and oscillators do not fit each other.

    Source: "Binding threshold units with artificial oscillatory neurons", Example 4, "more than two functions".
    """
    functions, key_count, second = answers.shape
    first = keys.shape[1]
    if keys.shape[0] != key_count:
        raise ValueError(f"answers must have one row per key, {keys.shape[0]}, but have {key_count}")
    if mu.shape[:2] != (functions, first + second):
        wanted = (functions, first + second)
        raise ValueError(f"mu must have one state per function and unit, {wanted}, but has {mu.shape[:2]}")
    # In double precision: close to the largest number of functions the equations are nearly dependent.
    shown, oscillators = np.asarray(keys, float), np.asarray(mu, float)
    gates = oscillators[:, :first] @ oscillators[:, first:].swapaxes(1, 2)
    gated = gates.transpose(2, 0, 1)[:, :, None, :] * shown
    features = np.concatenate([np.broadcast_to(shown, gated.shape), gated], axis=-1)
    targets = gain * np.asarray(answers, float).reshape(-1, second)
    solved = np.linalg.pinv(features.reshape(second, -1, 2 * first)) @ targets.T[:, :, None]
    weights = jnp.asarray(solved[:, :, 0].T, keys.dtype)
    return weights[:first], weights[first:]


def selecting_memory(
    plain: Float[Array, "n1 n2"], gated: Float[Array, "n1 n2"], *, kappa_k: float = 1e4
) -> HopfieldKuramotoMemory:
    """Build a memory whose synapses between two groups are ``W_ij + W̃_ij μ_iᵀ μ_j``, with oscillators that stay.

    ``E_K = 0`` and ``κ_K ≫ 1``: the state that the oscillators are given is the state they keep.

    Args:
        plain: ``W_12``, from the second group to the first.
        gated: ``W̃_12``.
        kappa_k: ``κ_K``.

    Returns:
        The joint memory; the first group's units come first.

    Raises:
        ValueError: If the two weights differ in shape.

    Source: the same paper, eq. 15 and Example 4.
    """
    check_shape("gated", gated, plain.shape)
    return _gated(plain, gated, NoInteraction(), kappa_k)


def most_functions(units: int, keys: int) -> int:
    """Return how many functions `selected_weights` can hold whatever their answers are, ``1 + ⌊n1 / P⌋``.

    An answering unit has ``n1`` gated synapses and, as ``P`` keys see them, ``P`` others: ``n1 + P`` numbers for
    ``K P`` answers, for any ``D`` and ``P ≤ n1``, if every oscillator has a direction of its own in each function and
    the keys are in general position. With few keys they are not: units that every key shows alike share their numbers.

    Args:
        units: Units of the keys, ``n1``.
        keys: ``P``, at least 1.

    Raises:
        ValueError: If these are no whole numbers, or there is no key or more keys than units.
    """
    units, keys = count("units", units), count("keys", keys, least=1)
    if keys > units:
        raise ValueError(f"keys must be at most as many as units, {units}, but are {keys}")
    return 1 + units // keys


def _gated(
    plain: Float[Array, "n1 n2"],
    gated: Float[Array, "n1 n2"],
    interaction: AbstractInteraction,
    kappa_k: float,
) -> HopfieldKuramotoMemory:
    bias = jnp.zeros(sum(plain.shape), plain.dtype)
    hopfield = HopfieldMemory(TanhLagrangian(), DenseSynapses(_between(plain)), bias)
    gate = GatingCoupling(DenseSynapses(_between(gated)))
    return HopfieldKuramotoMemory(hopfield, KuramotoMemory(interaction), gate, kappa_k=kappa_k)


def _between(block: Float[Array, "n1 n2"]) -> Float[Array, "N N"]:
    n1, n2 = block.shape
    corner = jnp.zeros((n1 + n2, n1 + n2), block.dtype).at[:n1, n1:].set(block)
    return corner + corner.T
