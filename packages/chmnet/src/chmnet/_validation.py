"""Checks at the door: each names the argument, the value that came and what is wanted."""

import math
from collections.abc import Callable
from numbers import Integral

import torch
from torch import Tensor

__all__ = [
    "require_at_least",
    "require_finite",
    "require_floating",
    "require_frames",
    "require_interval",
    "require_non_negative",
    "require_offset",
    "require_positive",
    "require_queries",
    "require_query",
]


def require_floating(name: str, tensor: Tensor) -> None:
    if not tensor.is_floating_point():
        raise TypeError(f"{name} must be a floating-point tensor, but came as {tensor.dtype}")


def require_finite(name: str, tensor: Tensor) -> None:
    """Refuse NaN and Inf without a second tensor of the same size: both survive a minimum and a maximum."""
    if tensor.numel() == 0:
        return
    lowest, highest = torch.aminmax(tensor.detach())
    if not (torch.isfinite(lowest) & torch.isfinite(highest)):
        raise ValueError(f"{name} must be finite, but holds NaN or Inf")


def require_frames(name: str, frames: Tensor) -> None:
    require_floating(name, frames)
    if frames.ndim != 2 or 0 in frames.shape:
        raise ValueError(
            f"{name} must be a matrix with at least one row and one column, "
            f"but came with shape {tuple(frames.shape)}"
        )
    require_finite(name, frames)


def require_query(query: Tensor, memory: Tensor) -> None:
    require_floating("q", query)
    width = memory.shape[-1]
    if query.ndim == 0 or query.shape[-1] != width:
        raise ValueError(
            f"q must have the memory's width {width} as its last axis, "
            f"but came with shape {tuple(query.shape)}"
        )
    if query.dtype != memory.dtype:
        raise TypeError(f"q must have the memory's type {memory.dtype}, but came as {query.dtype}")
    require_finite("q", query)


def require_queries(queries: Tensor | Callable[[Tensor], Tensor], frames: Tensor) -> None:
    """Queries that are given must be one a frame; those to be made cannot be known yet."""
    if not isinstance(queries, Tensor):
        return
    require_floating("queries", queries)
    if queries.shape != frames.shape:
        raise ValueError(
            f"queries must be one a frame, shape {tuple(frames.shape)}, "
            f"but came with shape {tuple(queries.shape)}"
        )
    require_finite("queries", queries)


def require_offset(offset: Tensor | None, memory: Tensor) -> None:
    if offset is None:
        return
    require_floating("offset", offset)
    if offset.shape != memory.shape[:1]:
        raise ValueError(
            f"offset must be one a row of the memory, shape {tuple(memory.shape[:1])}, "
            f"but came with shape {tuple(offset.shape)}"
        )
    require_finite("offset", offset)


def require_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be finite and above 0, but came as {value}")


def require_non_negative(name: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be finite and at least 0, but came as {value}")


def require_at_least(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, but came as {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, but came as {value}")


def require_interval(name: str, interval: tuple[float, float]) -> None:
    start, stop = interval
    if not (math.isfinite(start) and math.isfinite(stop) and start < stop):
        raise ValueError(f"{name} must be finite with its start below its end, but came as {interval}")
