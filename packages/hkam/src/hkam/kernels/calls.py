"""Calls of the compiled kernel, which `hkam.kernels.compiled` has registered."""

from typing import Any

import jax

from hkam.kernels.portable import Batch, Edges, Slopes

__all__ = ["compiled_adjoint", "compiled_force"]


def compiled_force(mu: Batch, linear: Edges, rectified: Edges, *structure: Any) -> tuple[Batch]:
    """Compute the forces on a batch of states by the compiled kernel."""
    target = jax.ffi.ffi_call(f"hkam_force_{mu.dtype}", (jax.ShapeDtypeStruct(mu.shape, mu.dtype),))
    (force,) = target(mu, linear, rectified, *structure[1:])
    return (force,)


def compiled_adjoint(mu: Batch, cotangent: Batch, linear: Edges, rectified: Edges, *structure: Any) -> Slopes:
    """Contract the derivative of the forces with a cotangent by the compiled kernel, summed over the batch."""
    shapes = tuple(jax.ShapeDtypeStruct(value.shape, value.dtype) for value in (mu, linear, rectified))
    target = jax.ffi.ffi_call(f"hkam_adjoint_{mu.dtype}", shapes)
    slope, linear_slope, rectified_slope = target(mu, cotangent, linear, rectified, *structure[1:])
    return slope, linear_slope, rectified_slope
