"""Half precision: memories are computed in float32 at least, and an autocast region does not change that."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import torch
from torch import Tensor

__all__ = ["autocasting", "in_own_precision", "wide", "without_autocast"]

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


def autocasting(tensor: Tensor) -> bool:
    """Whether products of such tensors are being cast; never for a device that knows no autocast."""
    kind = tensor.device.type
    return kind != "meta" and torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)


def without_autocast(tensor: Tensor) -> AbstractContextManager[Any]:
    """A region in which products of such tensors are not cast, as PyTorch's own losses have."""
    return torch.autocast(tensor.device.type, enabled=False) if autocasting(tensor) else nullcontext()


def wide(tensor: Tensor) -> Tensor:
    """A tensor in float32 where it came in half precision, and as it is otherwise."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def in_own_precision(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Let a method of what has a memory run, inside an autocast region, in the memory's type.

    Queries are cast to it. β multiplies every error of a product, so half precision is for encoders.
    """

    @wraps(method)
    def run(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        like: Tensor = self.memory  # type: ignore[attr-defined]
        if not autocasting(like):
            return method(self, *args, **kwargs)
        with torch.autocast(like.device.type, enabled=False):
            given: Any = [_cast(argument, like.dtype) for argument in args]
            named: Any = {name: _cast(argument, like.dtype) for name, argument in kwargs.items()}
            return method(self, *given, **named)  # type: ignore[call-arg]

    return run


def _cast(argument: Any, dtype: torch.dtype) -> Any:
    return argument.to(dtype) if isinstance(argument, Tensor) and argument.is_floating_point() else argument
