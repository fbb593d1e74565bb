"""Checks of tensors at the door, and whether code may look at what they hold."""

from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor

from amcore import checks

__all__ = ["has_values", "require_floating", "require_positive", "require_scale", "requires_grad"]

_TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def has_values(*tensors: Tensor) -> bool:
    """Tell whether code may branch on what tensors hold; all checks and loops that do so ask here.

    Not while `torch.compile`, `torch.export` or `torch.jit` trace, nor under `torch.func`'s transforms, nor on the
    meta device: there a tensor stands for many, or for none.
    """
    if torch.compiler.is_compiling() or torch.jit.is_tracing():  # type: ignore[attr-defined]
        return False
    return not any(
        tensor.is_meta
        or isinstance(tensor, FakeTensor)
        # There is no public question for torch.func's tensors.
        or torch._C._functorch.is_functorch_wrapped_tensor(tensor)  # type: ignore[attr-defined]
        for tensor in tensors
    )


def requires_grad(*tensors: Tensor) -> bool:
    """Tell whether a gradient will be asked for."""
    return torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)


def require_floating(name: str, tensor: Any) -> None:
    """Refuse what is no dense tensor of floating-point numbers.

    Raises:
        TypeError: If it is none.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, but is {type(tensor).__name__}")
    if tensor.layout != torch.strided:
        raise TypeError(f"{name} must be a dense tensor, but is {tensor.layout}: call to_dense() first")
    if not tensor.is_floating_point():
        raise TypeError(f"{name} must be a floating-point tensor, but is {tensor.dtype}")
    if tensor.dtype not in _TYPES:
        raise TypeError(f"{name} must be a floating-point tensor of 16, 32 or 64 bits, but is {tensor.dtype}")


def require_positive(name: str, value: Any) -> None:
    """Refuse what is no finite number above 0; of a tensor whose value is not there only that it is a number.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is not finite, or not above 0.
    """
    checks.require_number(name, value)
    if not isinstance(value, Tensor) or has_values(value):
        checks.require_positive(name, value)


def require_scale(name: str, value: Any) -> None:
    """Refuse a factor of what is exponentiated that overflows; of a tensor as `require_positive` does.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is not between 2⁻³² and 2³².
    """
    checks.require_number(name, value)
    if not isinstance(value, Tensor) or has_values(value):
        checks.require_scale(name, value)
