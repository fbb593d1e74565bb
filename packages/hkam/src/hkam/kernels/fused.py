"""Forces among oscillators on a GPU, one Pallas kernel each: plain multiply-adds, scalar products stay in registers.

A program takes some oscillators of one sample and goes over all others. Weights lie in dense tiles, which all samples
share. On other backends Pallas interprets the same kernels, slowly: that is how they are tested without a GPU.
"""

import functools
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hkam.kernels.portable import Batch, Edges, Slopes, dense_tile

__all__ = ["MOST_COLUMNS", "fused_adjoint", "fused_force", "fused_kernel_is_ready"]

MOST_COLUMNS = 8
"""So many sums a thread can keep in registers."""

_SIDE = 32  # of a tile of oscillators and others: eight pairs per thread
_OPTIONS = {"num_warps": 4, "num_stages": 2}

_Columns = Float[Array, "B D1 M"]
_Tile = Float[Array, "M M"]


@functools.cache
def fused_kernel_is_ready() -> bool:
    """Whether this version of JAX has Pallas for Triton: it is announced that later ones will not."""
    return find_spec("jax.experimental.pallas.triton") is not None


def fused_force(
    mu: Batch, linear: Edges, rectified: Edges, *structure: Any, interpret: bool = False
) -> tuple[Batch]:
    """Compute the forces on a batch of states.

    Args:
        mu: The states, with at most `MOST_COLUMNS` columns.
        linear: ``R``, one weight per edge.
        rectified: ``S``, likewise.
        structure: The graph's arrays, its edges first.
        interpret: Whether Pallas interprets the kernel.

    Returns:
        The forces, alone in a tuple, as primitives give their results.
    """
    nodes, states = mu.shape[1], _columns(mu)
    tiles = [dense_tile(weights, structure[0], states.shape[-1]) for weights in (linear, rectified)]
    force = _over_rows(_add_force, [states], tiles, interpret=interpret)
    return (_rows(force, nodes),)


def fused_adjoint(
    mu: Batch,
    cotangent: Batch,
    linear: Edges,
    rectified: Edges,
    *structure: Any,
    interpret: bool = False,
) -> Slopes:
    """Contract the derivative of the forces with a cotangent.

    Args:
        mu: The states, with at most `MOST_COLUMNS` columns.
        cotangent: One row per oscillator, like ``mu``.
        linear: ``R``, one weight per edge.
        rectified: ``S``, likewise.
        structure: The graph's arrays, its edges first.
        interpret: Whether Pallas interprets the kernels.

    Returns:
        Slopes of the states, one each, and of the weights, summed over the batch.
    """
    nodes, edges = mu.shape[1], structure[0]
    states, slopes = _columns(mu), _columns(cotangent)
    tiles = [dense_tile(weights, edges, states.shape[-1]) for weights in (linear, rectified)]
    slope = _over_rows(_add_slope, [states, slopes], tiles, interpret=interpret)
    linear_slope, rectified_slope = _over_pairs(states, slopes, interpret=interpret)
    first, second = edges[:, 0], edges[:, 1]
    return _rows(slope, nodes), linear_slope[first, second], rectified_slope[first, second]


def _add_force(here: list[Array], there: list[Array], tile: Array, bend: Array) -> list[Array]:
    weight = tile + bend * jnp.maximum(_products(here, there), 0)
    return [weight * column for column in there]


def _add_slope(
    here: list[Array],
    there: list[Array],
    slope_here: list[Array],
    slope_there: list[Array],
    tile: Array,
    bend: Array,
) -> list[Array]:
    s = _products(here, there)
    q = _products(slope_here, there) + _products(here, slope_there)
    weight, turn = tile + bend * jnp.maximum(s, 0), jnp.where(s > 0, bend * q, 0)
    return [weight * c + turn * mu for c, mu in zip(slope_there, there, strict=True)]


def _over_rows(
    add: Callable[..., list[Array]], states: Sequence[_Columns], tiles: Sequence[_Tile], *, interpret: bool
) -> _Columns:
    """Sum over all others what each pair adds to an oscillator, ``add(columns here, columns there, …, *tiles)``."""
    from jax.experimental import pallas as pl

    samples, columns, nodes = states[0].shape
    kind = states[0].dtype

    def kernel(*references: Any) -> None:
        sources, weights, result = references[: len(states)], references[len(states) : -1], references[-1]
        sample, here = pl.program_id(0), pl.ds(pl.program_id(1) * _SIDE, _SIDE)
        rows = [[source[sample, d, here][:, None] for d in range(columns)] for source in sources]

        def step(number: Array, sums: tuple[Array, ...]) -> tuple[Array, ...]:
            there = pl.ds(number * _SIDE, _SIDE)
            others = [[source[sample, d, there][None, :] for d in range(columns)] for source in sources]
            pairs = [part for both in zip(rows, others, strict=True) for part in both]
            found = add(*pairs, *(tile[here, there] for tile in weights))
            return tuple(total + part for total, part in zip(sums, found, strict=True))

        nothing = tuple(jnp.zeros((_SIDE, _SIDE), kind) for _ in range(columns))
        for d, total in enumerate(jax.lax.fori_loop(0, nodes // _SIDE, step, nothing)):
            result[sample, d, here] = jnp.sum(total, axis=1)

    shape = jax.ShapeDtypeStruct(states[0].shape, kind)
    return _call(kernel, shape, (samples, nodes // _SIDE), interpret)(*states, *tiles)


def _over_pairs(mu: _Columns, cotangent: _Columns, *, interpret: bool) -> tuple[_Tile, _Tile]:
    """Sum over the batch the slopes of the weights of all pairs, ``q`` and ``ReLU(s) q``."""
    from jax.experimental import pallas as pl

    samples, columns, nodes = mu.shape

    def kernel(mu: Any, cotangent: Any, linear: Any, rectified: Any) -> None:
        here, there = (pl.ds(pl.program_id(axis) * _SIDE, _SIDE) for axis in (0, 1))

        def step(sample: Array, sums: tuple[Array, Array]) -> tuple[Array, Array]:
            x, c = ([part[sample, d, here][:, None] for d in range(columns)] for part in (mu, cotangent))
            y, e = ([part[sample, d, there][None, :] for d in range(columns)] for part in (mu, cotangent))
            q = _products(c, y) + _products(x, e)
            return sums[0] + q, sums[1] + jnp.maximum(_products(x, y), 0) * q

        nothing = jnp.zeros((_SIDE, _SIDE), mu.dtype)
        linear[here, there], rectified[here, there] = jax.lax.fori_loop(0, samples, step, (nothing, nothing))

    shape = jax.ShapeDtypeStruct((nodes, nodes), mu.dtype)
    return _call(kernel, (shape, shape), (nodes // _SIDE, nodes // _SIDE), interpret)(mu, cotangent)


def _call(kernel: Callable[..., None], shape: Any, grid: tuple[int, int], interpret: bool) -> Any:
    from jax.experimental import pallas as pl
    from jax.experimental.pallas import triton

    options = triton.CompilerParams(**_OPTIONS)
    return pl.pallas_call(kernel, out_shape=shape, grid=grid, compiler_params=options, interpret=interpret)


def _products(here: list[Array], there: list[Array]) -> Array:
    return functools.reduce(jnp.add, [one * other for one, other in zip(here, there, strict=True)])


def _columns(rows: Batch) -> _Columns:
    """States with oscillators last, and so many more of zeros that tiles of the kernel fit."""
    beyond = -rows.shape[1] % _SIDE
    return jnp.pad(rows.mT, ((0, 0), (0, 0), (0, beyond)))


def _rows(columns: _Columns, nodes: int) -> Batch:
    return columns[:, :, :nodes].mT
