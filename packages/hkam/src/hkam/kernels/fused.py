"""Forces among oscillators on a GPU, one Pallas kernel each: plain multiply-adds, scalar products stay in registers.

A program takes some oscillators of one sample and goes over all others. Weights lie in dense tiles, which all samples
share. On other backends Pallas interprets the same kernels, slowly: that is how they are tested without a GPU.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton
from jaxtyping import Array, Float

from hkam.kernels.portable import Batch, Edges, Slopes

__all__ = ["MOST_COLUMNS", "fused_adjoint", "fused_force"]

MOST_COLUMNS = 8
"""So many sums a thread can keep in registers."""

_SIDE = 32  # of a tile of oscillators and others: eight pairs per thread
_OPTIONS = triton.CompilerParams(num_warps=4, num_stages=2)

_Columns = Float[Array, "B D1 M"]
_Tile = Float[Array, "M M"]


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
    tiles = [_tile(weights, structure[0], states.shape[-1]) for weights in (linear, rectified)]
    force = _over_rows(_add_force, states, *tiles, like=states, interpret=interpret)
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
    tiles = [_tile(weights, edges, states.shape[-1]) for weights in (linear, rectified)]
    slope = _over_rows(_add_slope, states, slopes, *tiles, like=states, interpret=interpret)
    linear_slope, rectified_slope = _over_pairs(states, slopes, like=tiles[0], interpret=interpret)
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


def _over_rows(add: Callable[..., list[Array]], *inputs: Array, like: _Columns, interpret: bool) -> _Columns:
    """Sum over all others what each pair adds to an oscillator, ``add(columns here, there, …, tiles)``."""
    samples, columns, nodes = like.shape
    tiles = 2

    def kernel(*references: Any) -> None:
        *sources, result = references
        sample, first = pl.program_id(0), pl.program_id(1) * _SIDE
        here = pl.ds(first, _SIDE)
        rows = [[source[sample, d, here][:, None] for d in range(columns)] for source in sources[:-tiles]]

        def step(number: Array, sums: tuple[Array, ...]) -> tuple[Array, ...]:
            there = pl.ds(number * _SIDE, _SIDE)
            others = [
                [source[sample, d, there][None, :] for d in range(columns)] for source in sources[:-tiles]
            ]
            pairs = [part for both in zip(rows, others, strict=True) for part in both]
            found = add(*pairs, *(tile[here, there] for tile in sources[-tiles:]))
            return tuple(total + part for total, part in zip(sums, found, strict=True))

        nothing = tuple(jnp.zeros((_SIDE, _SIDE), like.dtype) for _ in range(columns))
        sums = jax.lax.fori_loop(0, nodes // _SIDE, step, nothing)
        for d, total in enumerate(sums):
            result[sample, d, here] = jnp.sum(total, axis=1)

    return pl.pallas_call(
        kernel,
        out_shape=jax.ShapeDtypeStruct(like.shape, like.dtype),
        grid=(samples, nodes // _SIDE),
        compiler_params=_OPTIONS,
        interpret=interpret,
    )(*inputs)


def _over_pairs(mu: _Columns, cotangent: _Columns, *, like: _Tile, interpret: bool) -> tuple[_Tile, _Tile]:
    """Sum over the batch the slopes of the weights of all pairs, ``q`` and ``ReLU(s) q``."""
    samples, columns, nodes = mu.shape

    def kernel(mu: Any, cotangent: Any, linear: Any, rectified: Any) -> None:
        here, there = (pl.ds(pl.program_id(axis) * _SIDE, _SIDE) for axis in (0, 1))

        def step(sample: Array, sums: tuple[Array, Array]) -> tuple[Array, Array]:
            x, c = ([part[sample, d, here][:, None] for d in range(columns)] for part in (mu, cotangent))
            y, e = ([part[sample, d, there][None, :] for d in range(columns)] for part in (mu, cotangent))
            q = _products(c, y) + _products(x, e)
            return sums[0] + q, sums[1] + jnp.maximum(_products(x, y), 0) * q

        nothing = jnp.zeros((_SIDE, _SIDE), like.dtype)
        linear[here, there], rectified[here, there] = jax.lax.fori_loop(0, samples, step, (nothing, nothing))

    shape = jax.ShapeDtypeStruct(like.shape, like.dtype)
    return pl.pallas_call(
        kernel,
        out_shape=(shape, shape),
        grid=(nodes // _SIDE, nodes // _SIDE),
        compiler_params=_OPTIONS,
        interpret=interpret,
    )(mu, cotangent)


def _products(here: list[Array], there: list[Array]) -> Array:
    return functools.reduce(jnp.add, [one * other for one, other in zip(here, there, strict=True)])


def _columns(rows: Batch) -> _Columns:
    """States with oscillators last, and so many more of zeros that tiles of the kernel fit."""
    beyond = -rows.shape[1] % _SIDE
    return jnp.pad(rows.mT, ((0, 0), (0, 0), (0, beyond)))


def _rows(columns: _Columns, nodes: int) -> Batch:
    return columns[:, :, :nodes].mT


def _tile(values: Edges, edges: Array, nodes: int) -> _Tile:
    upper = jnp.zeros((nodes, nodes), values.dtype).at[edges[:, 0], edges[:, 1]].set(values)
    return upper + upper.T
