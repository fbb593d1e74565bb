"""The inner loop of every rectified Kuramoto memory: forces among oscillators on a graph."""

import typing

import jax.numpy as jnp
from jaxtyping import Array, Float

from hkam._arrays import real_array
from hkam.graphs import Graph
from hkam.kernels.compiled import compiled_kernel_is_ready
from hkam.kernels.fused import MOST_COLUMNS, fused_kernel_is_ready
from hkam.kernels.rules import Implementation, force_p

__all__ = ["oscillator_interaction"]

_MOST_COLUMNS = 64  # `kAnyDimensions` of the compiled kernel


def oscillator_interaction(
    mu: Float[Array, "*batch N D1"],
    linear: Float[Array, "E"],
    rectified: Float[Array, "E"],
    graph: Graph,
    *,
    implementation: Implementation = "auto",
) -> Float[Array, "*batch N D1"]:
    """Compute the forces among oscillators, fast, with a reverse-mode derivative of its own.

    ``F_i = Σ_j [R_ij + S_ij ReLU(μ_iᵀ μ_j)] μ_j``.

    ``∂F/∂μ`` contracted with ``c`` is ``Σ_j [R_ij + S_ij ReLU(s_ij)] c_j + S_ij 1[s_ij > 0] q_ij μ_j``, and the
    weights' slopes are ``q_ij`` and ``ReLU(s_ij) q_ij``, with ``q_ij = c_iᵀ μ_j + c_jᵀ μ_i``.

    On CPUs a compiled kernel runs, built with the machine's C++ compiler on first use (some seconds) and kept in the
    user's cache folder; on NVIDIA's GPUs one that Pallas makes, for up to 8 columns and graphs that are not too sparse
    for dense tiles. Elsewhere, or without a compiler, a portable implementation runs. All compute in full float32 (or
    float64) and compose with ``jit``, ``vmap`` and ``grad``. The batch is what makes it fast: take ``grad`` of a
    ``vmap`` over states (shared weights' gradients are then summed in the kernel) rather than ``vmap`` of ``grad``.

    Args:
        mu: Oscillators, with or without batch axes.
        linear: ``R``, one weight per edge, in the order of ``graph.edges``.
        rectified: ``S``, likewise.
        graph: Who interacts.
        implementation: ``"auto"`` chooses by backend; ``"compiled"`` (on CPUs), ``"fused"`` (on NVIDIA's GPUs; on a CPU
            it is interpreted, slowly) and ``"portable"`` insist.

    Returns:
        The forces, in the shape of ``mu``.

    Raises:
        ValueError: If the weights do not have one entry per edge, or ``mu`` not one row per node, or it has more
            columns than the kernel that is insisted on holds; or one is no array of real numbers, ``graph`` no
            `Graph`, or there is no such implementation.
        RuntimeError: If the compiled kernel is insisted on and cannot be built, or the fused one and JAX has no Pallas.

    Source: the same paper, eq. 18.
    """
    if implementation not in typing.get_args(Implementation):
        known = ", ".join(typing.get_args(Implementation))
        raise ValueError(f"implementation must be one of {known}, but is {implementation!r}")
    if not isinstance(graph, Graph):
        raise ValueError(f"graph must be a hkam.Graph, but is a {type(graph).__name__}")
    mu, linear = real_array("mu", mu), real_array("linear", linear)
    rectified = real_array("rectified", rectified)
    if mu.ndim < 2:
        raise ValueError(f"mu must have one row per node, {graph.nodes}, but has shape {mu.shape}")
    nodes, columns = mu.shape[-2:]
    if nodes != graph.nodes:
        raise ValueError(f"mu must have one row per node, {graph.nodes}, but has shape {mu.shape}")
    for name, weight in (("linear", linear), ("rectified", rectified)):
        if weight.shape != (graph.edge_count,):
            raise ValueError(
                f"{name} must have one entry per edge, {graph.edge_count}, but has shape {weight.shape}"
            )
    if implementation == "fused" and columns > MOST_COLUMNS:
        raise ValueError(
            f"mu must have at most {MOST_COLUMNS} columns for the fused kernel, but has {columns}"
        )
    if columns > _MOST_COLUMNS:
        if implementation == "compiled":
            raise ValueError(
                f"mu must have at most {_MOST_COLUMNS} columns for the compiled kernel, but has {columns}"
            )
        implementation = "portable"
    if implementation == "compiled" and not compiled_kernel_is_ready():
        raise RuntimeError("the compiled oscillator interaction was asked for, but could not be built")
    if implementation == "fused" and not fused_kernel_is_ready():
        raise RuntimeError(
            "the fused oscillator interaction was asked for, but this version of JAX has no Pallas for it"
        )
    if mu.size == 0 or graph.edge_count == 0:
        return jnp.zeros_like(mu)
    precision = jnp.promote_types(mu.dtype, jnp.float32)
    states = mu.astype(precision).reshape(-1, nodes, columns)
    weights = (linear.astype(precision), rectified.astype(precision))
    structure = (graph.edges, graph.starts, graph.neighbours, graph.edge_of)
    (force,) = force_p.bind(states, *weights, *structure, implementation=implementation)
    return force.reshape(mu.shape).astype(mu.dtype)
