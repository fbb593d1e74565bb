"""Half precision: memories are computed in float32 at least, and an autocast region does not change that."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import torch
from torch import Tensor, nn

__all__ = ["autocasting", "cast", "in_own_precision", "own_type", "wide", "without_autocast"]

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


def autocasting(tensor: Tensor) -> bool:
    """Tell whether products of such tensors are being cast; never for a device that knows no autocast."""
    kind = tensor.device.type
    return kind != "meta" and torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)


def without_autocast(tensor: Tensor) -> AbstractContextManager[Any]:
    """Return a region in which products of such tensors are not cast, as PyTorch's own losses have."""
    return torch.autocast(tensor.device.type, enabled=False) if autocasting(tensor) else nullcontext()


def own_type(module: nn.Module) -> torch.dtype | None:
    """Return the type that a module's inputs must have: its parameters', or any (None) inside an autocast region."""
    like = next(module.parameters())
    return None if autocasting(like) else like.dtype


def wide(tensor: Tensor) -> Tensor:
    """Return a tensor in float32 where it came in half precision, and as it is otherwise."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def in_own_precision(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Let a method of what has a memory run, inside an autocast region, in the memory's type.

    What it is given is cast to that type. Energies are differences of large numbers and β multiplies every error of a
    product, so half precision is for encoders.

    Args:
        method: Of an object whose ``memory`` is a tensor, or has a tensor ``patterns``.
    """

    @wraps(method)
    def run(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        memory: Any = self.memory  # type: ignore[attr-defined]
        like: Tensor = memory if isinstance(memory, Tensor) else memory.patterns
        if not autocasting(like):
            return method(self, *args, **kwargs)
        with torch.autocast(like.device.type, enabled=False):
            given: Any = [cast(argument, like.dtype) for argument in args]
            named: Any = {name: cast(argument, like.dtype) for name, argument in kwargs.items()}
            return method(self, *given, **named)  # type: ignore[call-arg]

    return run


def cast(argument: Any, dtype: torch.dtype) -> Any:
    """Return a floating-point tensor, or a mapping of them, in another type; anything else stays as it is."""
    if isinstance(argument, Mapping):
        return {name: cast(value, dtype) for name, value in argument.items()}
    return argument.to(dtype) if isinstance(argument, Tensor) and argument.is_floating_point() else argument
