"""The inner loop of every rectified Kuramoto memory: forces among oscillators on a graph, and their adjoint."""

import functools
import typing
from collections.abc import Callable, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, Float

from hkam._arrays import real_array
from hkam._compiled import compiled_kernel_is_ready
from hkam.graphs import Graph

__all__ = ["edge_list_interaction", "oscillator_interaction"]

Implementation = Literal["auto", "compiled", "portable"]
Batch = Float[Array, "B N D1"]
Edges = Float[Array, "E"]
Slopes = tuple[Batch, Edges, Edges]

_MOST_COLUMNS = 64  # `kAnyDimensions` of the compiled kernel
_TILE_WASTE = 64  # a dense N × N tile beats gathering while it has at most so many entries a directed edge
_CHUNK_ON_ACCELERATORS = 16  # samples computed at once where memory bandwidth, not cache, is the limit


def edge_list_interaction(
    mu: Float[Array, "N D1"], linear: Float[Array, "E"], rectified: Float[Array, "E"], graph: Graph
) -> Float[Array, "N D1"]:
    """Compute the interaction as the plain sum over edges: the definition, slow and easy to read.

    ``F_i = Σ_j [R_ij + S_ij ReLU(μ_iᵀ μ_j)] μ_j``.

    Args:
        mu: Oscillators.
        linear: ``R``, one weight an edge.
        rectified: ``S``, one weight an edge.
        graph: Who interacts.

    Returns:
        The forces.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 18.
    """
    return _edge_list_force(mu, linear, rectified, graph.edges)


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
    user's cache folder. Elsewhere, or without a compiler, a portable implementation runs. Both compose with ``jit``,
    ``vmap`` and ``grad``. The batch is what makes it fast: take ``grad`` of a ``vmap`` over states (shared weights'
    gradients are then summed in the kernel) rather than ``vmap`` of ``grad``.

    Args:
        mu: Oscillators, with or without batch axes.
        linear: ``R``, one weight an edge, in the order of ``graph.edges``.
        rectified: ``S``, likewise.
        graph: Who interacts.
        implementation: ``"auto"`` chooses by backend; ``"compiled"`` (on CPUs) and ``"portable"`` insist.

    Returns:
        The forces, in the shape of ``mu``.

    Raises:
        ValueError: If the weights do not have one entry an edge, or ``mu`` not one row a node, or it has more columns
            than the compiled kernel that is insisted on holds; or one is no array of real numbers, ``graph`` no
            `Graph`, or there is no such implementation.
        RuntimeError: If the compiled kernel is insisted on and cannot be built.

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
        raise ValueError(f"mu must have one row a node, {graph.nodes}, but has shape {mu.shape}")
    nodes, columns = mu.shape[-2:]
    if nodes != graph.nodes:
        raise ValueError(f"mu must have one row a node, {graph.nodes}, but has shape {mu.shape}")
    for name, weight in (("linear", linear), ("rectified", rectified)):
        if weight.shape != (graph.edge_count,):
            raise ValueError(
                f"{name} must have one entry an edge, {graph.edge_count}, but has shape {weight.shape}"
            )
    if columns > _MOST_COLUMNS:
        if implementation == "compiled":
            raise ValueError(
                f"mu must have at most {_MOST_COLUMNS} columns for the compiled kernel, but has {columns}"
            )
        implementation = "portable"
    if implementation == "compiled" and not compiled_kernel_is_ready():
        raise RuntimeError("the compiled oscillator interaction was asked for, but could not be built")
    if mu.size == 0 or graph.edge_count == 0:
        return jnp.zeros_like(mu)
    precision = jnp.promote_types(mu.dtype, jnp.float32)
    states = mu.astype(precision).reshape(-1, nodes, columns)
    weights = (linear.astype(precision), rectified.astype(precision))
    structure = (graph.edges, graph.starts, graph.neighbours, graph.edge_of)
    (force,) = _force_p.bind(states, *weights, *structure, implementation=implementation)
    return force.reshape(mu.shape).astype(mu.dtype)


# Three primitives, so that each transformation finds the batch where it is: `vmap` widens the batch of the force, and
# only then does `grad` ask for its adjoint, which sums the weights' gradients over that batch. `jax.custom_vjp` would
# take the adjoint of one sample first and leave one gradient a sample and edge to be added afterwards.
_force_p = Primitive("oscillator_force")  # mu, R, S, graph -> F
_tangent_p = Primitive(
    "oscillator_force_tangent"
)  # dmu, dR, dS, mu, R, S, graph -> dF, linear in the first three
_adjoint_p = Primitive("oscillator_force_adjoint")  # mu, cotangent, R, S, graph -> dmu, dR, dS


def _portable_force(
    mu: Batch, linear: Edges, rectified: Edges, *structure: Any, chunk: int = 1
) -> tuple[Batch]:
    edges = structure[0]
    _, nodes, _ = mu.shape
    if nodes**2 > _TILE_WASTE * 2 * len(edges):
        return (jax.vmap(_edge_list_force, in_axes=(0, None, None, None))(mu, linear, rectified, edges),)
    tile, bend = _tile(linear, edges, nodes), _tile(rectified, edges, nodes)

    def one(state: Float[Array, "N D1"]) -> Float[Array, "N D1"]:
        return (tile + bend * jax.nn.relu(state @ state.T)) @ state

    return (jax.lax.map(one, mu, batch_size=chunk),)


def _portable_adjoint(
    mu: Batch, cotangent: Batch, linear: Edges, rectified: Edges, *structure: Any, chunk: int = 1
) -> Slopes:
    edges = structure[0]
    _, nodes, _ = mu.shape
    if nodes**2 > _TILE_WASTE * 2 * len(edges):
        _, pull = jax.vjp(lambda *inputs: _portable_force(*inputs, edges)[0], mu, linear, rectified)
        return pull(cotangent)
    tile, bend = _tile(linear, edges, nodes), _tile(rectified, edges, nodes)

    def add(total: Array, inputs: tuple[Batch, Batch]) -> tuple[Array, Batch]:
        state, c = inputs
        s = state @ state.mT
        q = c @ state.mT
        q = q + q.mT
        slope = (tile + bend * jax.nn.relu(s)) @ c + jnp.where(s > 0, bend * q, 0.0) @ state
        return total + jnp.sum(jax.nn.relu(s) * q, axis=0), slope

    chunks = max(size for size in range(1, chunk + 1) if len(mu) % size == 0)
    parts = [value.reshape(-1, chunks, *value.shape[1:]) for value in (mu, cotangent)]
    bend_slope, slope = jax.lax.scan(add, jnp.zeros((nodes, nodes), mu.dtype), (parts[0], parts[1]))
    tile_slope = jnp.einsum("bnd,bmd->nm", cotangent, mu)
    return slope.reshape(mu.shape), _at(tile_slope + tile_slope.T, edges), _at(bend_slope, edges)


def _edge_list_force(state: Array, linear: Edges, rectified: Edges, edges: Array) -> Array:
    one, other = state[edges[:, 0]], state[edges[:, 1]]
    weight = (linear + rectified * jax.nn.relu(jnp.sum(one * other, axis=-1)))[:, None]
    return jnp.zeros_like(state).at[edges[:, 0]].add(weight * other).at[edges[:, 1]].add(weight * one)


def _tile(values: Edges, edges: Array, nodes: int) -> Float[Array, "N N"]:
    upper = jnp.zeros((nodes, nodes), values.dtype).at[edges[:, 0], edges[:, 1]].set(values)
    return upper + upper.T


def _at(matrix: Float[Array, "N N"], edges: Array) -> Edges:
    return matrix[edges[:, 0], edges[:, 1]]


def _portable_tangent(*inputs: Any) -> tuple[Batch]:
    tangents, primals, (edges, *_) = inputs[:3], inputs[3:6], inputs[6:]
    return (jax.jvp(lambda *values: _portable_force(*values, edges)[0], primals, tangents)[1],)


def _compiled_force(mu: Batch, linear: Edges, rectified: Edges, *structure: Any) -> tuple[Batch]:
    target = jax.ffi.ffi_call(f"hkam_force_{mu.dtype}", (jax.ShapeDtypeStruct(mu.shape, mu.dtype),))
    (force,) = target(mu, linear, rectified, *structure[1:])
    return (force,)


def _compiled_adjoint(
    mu: Batch, cotangent: Batch, linear: Edges, rectified: Edges, *structure: Any
) -> Slopes:
    shapes = tuple(jax.ShapeDtypeStruct(value.shape, value.dtype) for value in (mu, linear, rectified))
    target = jax.ffi.ffi_call(f"hkam_adjoint_{mu.dtype}", shapes)
    slope, linear_slope, rectified_slope = target(mu, cotangent, linear, rectified, *structure[1:])
    return slope, linear_slope, rectified_slope


def _on_cpu(compiled: Callable[..., Any], portable: Callable[..., Any]) -> Callable[..., Any]:
    def run(*inputs: Any, implementation: Implementation) -> Any:
        chosen = compiled if implementation != "portable" and compiled_kernel_is_ready() else portable
        return chosen(*inputs)

    return run


def _on_accelerators(portable: Callable[..., Any]) -> Callable[..., Any]:
    def run(*inputs: Any, implementation: Implementation) -> Any:  # noqa: ARG001
        return portable(*inputs, chunk=_CHUNK_ON_ACCELERATORS)

    return run


def _register(
    primitive: Primitive,
    outputs: Callable[..., Any],
    cpu: Callable[..., Any],
    accelerator: Callable[..., Any],
) -> None:
    primitive.multiple_results = True
    primitive.def_abstract_eval(lambda *inputs, implementation: outputs(*inputs))  # noqa: ARG005
    mlir.register_lowering(primitive, mlir.lower_fun(cpu, multiple_results=True), platform="cpu")
    mlir.register_lowering(primitive, mlir.lower_fun(accelerator, multiple_results=True))

    @functools.cache
    def jitted(implementation: Implementation) -> Callable[..., Any]:
        return jax.jit(lambda *inputs: primitive.bind(*inputs, implementation=implementation))

    primitive.def_impl(lambda *inputs, implementation: jitted(implementation)(*inputs))


_register(
    _force_p,
    lambda mu, *_: [mu],
    _on_cpu(_compiled_force, _portable_force),
    _on_accelerators(_portable_force),
)
_register(
    _adjoint_p,
    lambda mu, _, linear, rectified, *__: [mu, linear, rectified],
    _on_cpu(_compiled_adjoint, _portable_adjoint),
    _on_accelerators(_portable_adjoint),
)
_register(
    _tangent_p,
    lambda dmu, *_: [dmu],
    lambda *inputs, implementation: _portable_tangent(*inputs),  # noqa: ARG005
    lambda *inputs, implementation: _portable_tangent(*inputs),  # noqa: ARG005
)


def _force_jvp(primals: Sequence[Any], tangents: Sequence[Any], *, implementation: Implementation) -> Any:
    linear_in = [ad.instantiate_zeros(tangent) for tangent in tangents[:3]]
    outputs = _force_p.bind(*primals, implementation=implementation)
    return outputs, _tangent_p.bind(*linear_in, *primals, implementation=implementation)


def _tangent_transpose(cotangents: Sequence[Any], *inputs: Any, implementation: Implementation) -> list[Any]:
    (cotangent,) = cotangents
    if type(cotangent) is ad.Zero:
        return [None] * len(inputs)
    mu, linear, rectified, *structure = inputs[3:]
    slopes = _adjoint_p.bind(mu, cotangent, linear, rectified, *structure, implementation=implementation)
    wanted = [
        slope if ad.is_undefined_primal(given) else None for slope, given in zip(slopes, inputs, strict=False)
    ]
    return wanted + [None] * (len(inputs) - len(wanted))


def _derivative_of(portable: Callable[..., Any], differentiable: int) -> Callable[..., Any]:
    """Differentiate a derivative (curvature, or gradients of gradients) through the portable form."""

    def rule(primals: Sequence[Any], tangents: Sequence[Any], *, implementation: Implementation) -> Any:  # noqa: ARG001
        moving = [ad.instantiate_zeros(tangent) for tangent in tangents[:differentiable]]
        still = primals[differentiable:]
        return jax.jvp(
            lambda *inputs: list(portable(*inputs, *still)), tuple(primals[:differentiable]), tuple(moving)
        )

    return rule


ad.primitive_jvps[_force_p] = _force_jvp
ad.primitive_jvps[_tangent_p] = _derivative_of(_portable_tangent, 6)
ad.primitive_jvps[_adjoint_p] = _derivative_of(_portable_adjoint, 4)
ad.primitive_transposes[_tangent_p] = _tangent_transpose


def _batching(primitive: Primitive, merged: tuple[int, ...]) -> Callable[..., Any]:
    """Put a further batch axis of the states into the batch they have; loop where anything else has the axis.

    Args:
        primitive: What to batch.
        merged: Positions of the states among the inputs; empty if outputs must stay apart.
    """

    def rule(inputs: Sequence[Any], axes: Sequence[Any], *, implementation: Implementation) -> Any:
        bind = functools.partial(primitive.bind, implementation=implementation)
        batched = [axis is not None for axis in axes]
        size = next(
            value.shape[axis]
            for value, axis, is_batched in zip(inputs, axes, batched, strict=True)
            if is_batched
        )
        front = [
            jnp.moveaxis(value, axis, 0) if is_batched else value
            for value, axis, is_batched in zip(inputs, axes, batched, strict=True)
        ]
        if any(is_batched and position not in merged for position, is_batched in enumerate(batched)):
            moving = [value for value, is_batched in zip(front, batched, strict=True) if is_batched]

            def one(entry: list[Any]) -> Any:
                entries = iter(entry)
                return bind(
                    *(
                        next(entries) if is_batched else value
                        for value, is_batched in zip(front, batched, strict=True)
                    )
                )

            outputs = jax.lax.map(one, moving)
            return outputs, [0] * len(outputs)
        for position in merged:
            value = front[position]
            wide = value if batched[position] else jnp.broadcast_to(value, (size, *value.shape))
            front[position] = wide.reshape(-1, *wide.shape[2:])
        (output,) = bind(*front)
        return [output.reshape(size, -1, *output.shape[1:])], [0]

    return rule


batching.primitive_batchers[_force_p] = _batching(_force_p, (0,))
batching.primitive_batchers[_tangent_p] = _batching(_tangent_p, (0, 3))
batching.primitive_batchers[_adjoint_p] = _batching(_adjoint_p, ())
