"""Forces among oscillators in plain JAX, on any backend: the definition over edges, and dense tiles."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hkam.graphs import Graph

__all__ = [
    "dense_tile",
    "edge_list_interaction",
    "fits_a_tile",
    "portable_adjoint",
    "portable_force",
    "portable_tangent",
]

Batch = Float[Array, "B N D1"]
Edges = Float[Array, "E"]
Slopes = tuple[Batch, Edges, Edges]

_TILE_WASTE = 64  # a dense N × N tile beats gathering while it has at most so many entries a directed edge

# Tensor cores round the factors to ten bits unless they are told otherwise.
_matmul = functools.partial(jnp.matmul, precision=jax.lax.Precision.HIGHEST)


def edge_list_interaction(
    mu: Float[Array, "N D1"], linear: Float[Array, "E"], rectified: Float[Array, "E"], graph: Graph
) -> Float[Array, "N D1"]:
    """Compute the interaction as the plain sum over edges: the definition, slow and easy to read.

    ``F_i = Σ_j [R_ij + S_ij ReLU(μ_iᵀ μ_j)] μ_j``.

    Args:
        mu: Oscillators.
        linear: ``R``, one weight per edge.
        rectified: ``S``, one weight per edge.
        graph: Who interacts.

    Returns:
        The forces.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 18.
    """
    return _edge_list_force(mu, linear, rectified, graph.edges)


def portable_force(
    mu: Batch, linear: Edges, rectified: Edges, *structure: Any, chunk: int = 1
) -> tuple[Batch]:
    """Compute the forces on a batch of states, over dense tiles where the graph is dense enough.

    Args:
        mu: The states.
        linear: ``R``, one weight per edge.
        rectified: ``S``, likewise.
        structure: The graph's arrays, its edges first.
        chunk: Samples computed at once.

    Returns:
        The forces, alone in a tuple, as primitives give their results.
    """
    edges = structure[0]
    _, nodes, _ = mu.shape
    if not fits_a_tile(nodes, edges):
        return (jax.vmap(_edge_list_force, in_axes=(0, None, None, None))(mu, linear, rectified, edges),)
    tile, bend = dense_tile(linear, edges, nodes), dense_tile(rectified, edges, nodes)

    def one(state: Float[Array, "N D1"]) -> Float[Array, "N D1"]:
        return _matmul(tile + bend * jax.nn.relu(_matmul(state, state.T)), state)

    return (jax.lax.map(one, mu, batch_size=chunk),)


def portable_adjoint(
    mu: Batch, cotangent: Batch, linear: Edges, rectified: Edges, *structure: Any, chunk: int = 1
) -> Slopes:
    """Contract the derivative of the forces with a cotangent.

    Args:
        mu: The states.
        cotangent: One row per oscillator, like ``mu``.
        linear: ``R``, one weight per edge.
        rectified: ``S``, likewise.
        structure: The graph's arrays, its edges first.
        chunk: Samples computed at once.

    Returns:
        Slopes of the states, one each, and of the weights, summed over the batch.
    """
    edges = structure[0]
    _, nodes, _ = mu.shape
    if not fits_a_tile(nodes, edges):
        _, pull = jax.vjp(lambda *inputs: portable_force(*inputs, edges)[0], mu, linear, rectified)
        return pull(cotangent)
    tile, bend = dense_tile(linear, edges, nodes), dense_tile(rectified, edges, nodes)

    def add(total: Array, inputs: tuple[Batch, Batch]) -> tuple[Array, Batch]:
        state, c = inputs
        s = _matmul(state, state.mT)
        q = _matmul(c, state.mT)
        q = q + q.mT
        slope = _matmul(tile + bend * jax.nn.relu(s), c) + _matmul(jnp.where(s > 0, bend * q, 0.0), state)
        return total + jnp.sum(jax.nn.relu(s) * q, axis=0), slope

    chunks = max(size for size in range(1, chunk + 1) if len(mu) % size == 0)
    parts = [value.reshape(-1, chunks, *value.shape[1:]) for value in (mu, cotangent)]
    bend_slope, slope = jax.lax.scan(add, jnp.zeros((nodes, nodes), mu.dtype), (parts[0], parts[1]))
    tile_slope = jnp.einsum("bnd,bmd->nm", cotangent, mu, precision=jax.lax.Precision.HIGHEST)
    return slope.reshape(mu.shape), _at(tile_slope + tile_slope.T, edges), _at(bend_slope, edges)


def portable_tangent(*inputs: Any) -> tuple[Batch]:
    """Compute how the forces move with tangents of states and weights, which come first, then those, then the graph."""
    tangents, primals, (edges, *_) = inputs[:3], inputs[3:6], inputs[6:]
    return (jax.jvp(lambda *values: portable_force(*values, edges)[0], primals, tangents)[1],)


def _edge_list_force(state: Array, linear: Edges, rectified: Edges, edges: Array) -> Array:
    one, other = state[edges[:, 0]], state[edges[:, 1]]
    weight = (linear + rectified * jax.nn.relu(jnp.sum(one * other, axis=-1)))[:, None]
    return jnp.zeros_like(state).at[edges[:, 0]].add(weight * other).at[edges[:, 1]].add(weight * one)


def fits_a_tile(nodes: int, edges: Array) -> bool:
    """Whether a graph has edges enough for dense N × N tiles to be worth their memory and their zeros.

    Args:
        nodes: Number of nodes N.
        edges: The edges.
    """
    return nodes**2 <= _TILE_WASTE * 2 * len(edges)


def dense_tile(values: Edges, edges: Array, nodes: int) -> Float[Array, "N N"]:
    """Put weights of edges into a symmetric matrix.

    Args:
        values: One weight per edge.
        edges: The edges.
        nodes: Number of nodes; more than the graph has leave zeros.
    """
    upper = jnp.zeros((nodes, nodes), values.dtype).at[edges[:, 0], edges[:, 1]].set(values)
    return upper + upper.T


def _at(matrix: Float[Array, "N N"], edges: Array) -> Edges:
    return matrix[edges[:, 0], edges[:, 1]]
