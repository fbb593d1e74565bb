"""The forces as JAX primitives: how they run on each backend, differentiate, transpose and take a batch."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from hkam.kernels.calls import compiled_adjoint, compiled_force
from hkam.kernels.compiled import compiled_kernel_is_ready
from hkam.kernels.fused import MOST_COLUMNS, fused_adjoint, fused_force, fused_kernel_is_ready
from hkam.kernels.portable import fits_a_tile, portable_adjoint, portable_force, portable_tangent

__all__ = ["Implementation", "force_p"]

Implementation = Literal["auto", "compiled", "fused", "portable"]

_TILES_AT_ONCE = (
    2**29
)  # bytes of N × N tiles on accelerators, where many samples at once keep the device busy


# Three primitives, so that each transformation finds the batch where it is: `vmap` widens the batch of the force, and
# only then does `grad` ask for its adjoint, which sums the weights' gradients over that batch. `jax.custom_vjp` would
# take the adjoint of one sample first and leave one gradient per sample and edge to be added afterwards.
force_p = Primitive("oscillator_force")  # mu, R, S, graph -> F
_tangent_p = Primitive(
    "oscillator_force_tangent"
)  # dmu, dR, dS, mu, R, S, graph -> dF, linear in the first three
_adjoint_p = Primitive("oscillator_force_adjoint")  # mu, cotangent, R, S, graph -> dmu, dR, dS


def _on_cpu(
    compiled: Callable[..., Any], fused: Callable[..., Any], portable: Callable[..., Any]
) -> Callable[..., Any]:
    def run(*inputs: Any, implementation: Implementation) -> Any:
        if implementation == "fused":
            return fused(*inputs, interpret=True)
        chosen = compiled if implementation != "portable" and compiled_kernel_is_ready() else portable
        return chosen(*inputs)

    return run


def _on_cuda(edges_at: int, fused: Callable[..., Any], portable: Callable[..., Any]) -> Callable[..., Any]:
    def run(*inputs: Any, implementation: Implementation) -> Any:
        _, nodes, columns = inputs[0].shape
        fitting = columns <= MOST_COLUMNS and fits_a_tile(nodes, inputs[edges_at])
        if implementation == "fused" or (
            implementation != "portable" and fitting and fused_kernel_is_ready()
        ):
            return fused(*inputs)
        return _on_accelerators(portable)(*inputs, implementation=implementation)

    return run


def _on_accelerators(portable: Callable[..., Any]) -> Callable[..., Any]:
    def run(*inputs: Any, implementation: Implementation) -> Any:  # noqa: ARG001
        mu, *_ = inputs
        samples, nodes, _ = mu.shape
        fitting = _TILES_AT_ONCE // (nodes**2 * mu.dtype.itemsize)
        return portable(*inputs, chunk=max(1, min(samples, fitting)))

    return run


def _register(
    primitive: Primitive,
    outputs: Callable[..., Any],
    **platforms: Callable[..., Any],
) -> None:
    primitive.multiple_results = True
    primitive.def_abstract_eval(lambda *inputs, implementation: outputs(*inputs))  # noqa: ARG005
    for platform, run in platforms.items():
        where = None if platform == "other" else platform
        mlir.register_lowering(primitive, mlir.lower_fun(run, multiple_results=True), platform=where)

    @functools.cache
    def jitted(implementation: Implementation) -> Callable[..., Any]:
        return jax.jit(lambda *inputs: primitive.bind(*inputs, implementation=implementation))

    primitive.def_impl(lambda *inputs, implementation: jitted(implementation)(*inputs))


_register(
    force_p,
    lambda mu, *_: [mu],
    cpu=_on_cpu(compiled_force, fused_force, portable_force),
    cuda=_on_cuda(3, fused_force, portable_force),
    other=_on_accelerators(portable_force),
)
_register(
    _adjoint_p,
    lambda mu, _, linear, rectified, *__: [mu, linear, rectified],
    cpu=_on_cpu(compiled_adjoint, fused_adjoint, portable_adjoint),
    cuda=_on_cuda(4, fused_adjoint, portable_adjoint),
    other=_on_accelerators(portable_adjoint),
)
_register(
    _tangent_p,
    lambda dmu, *_: [dmu],
    other=lambda *inputs, implementation: portable_tangent(*inputs),  # noqa: ARG005
)


def _force_jvp(primals: Sequence[Any], tangents: Sequence[Any], *, implementation: Implementation) -> Any:
    linear_in = [ad.instantiate_zeros(tangent) for tangent in tangents[:3]]
    outputs = force_p.bind(*primals, implementation=implementation)
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


ad.primitive_jvps[force_p] = _force_jvp
ad.primitive_jvps[_tangent_p] = _derivative_of(portable_tangent, 6)
ad.primitive_jvps[_adjoint_p] = _derivative_of(portable_adjoint, 4)
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
            if not wide.size:
                return [wide], [0]
            front[position] = wide.reshape(-1, *wide.shape[2:])
        (output,) = bind(*front)
        return [output.reshape(size, -1, *output.shape[1:])], [0]

    return rule


batching.primitive_batchers[force_p] = _batching(force_p, (0,))
batching.primitive_batchers[_tangent_p] = _batching(_tangent_p, (0, 3))
batching.primitive_batchers[_adjoint_p] = _batching(_adjoint_p, ())
