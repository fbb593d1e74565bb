"""Checks at the door: each names the argument, the value that came and what is wanted."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from amcore.checks import (
    LARGEST_SCALE,
    require_at_least,
    require_interval,
    require_mapping,
    require_non_negative,
    require_number,
)
from amcore.torch.checks import (
    has_values,
    require_floating,
    require_positive,
    require_scale,
    requires_grad,
)
from chmnet._exact import double

__all__ = [
    "LARGEST_SCALE",
    "has_values",
    "require_at_least",
    "require_finite",
    "require_floating",
    "require_frames",
    "require_interval",
    "require_mapping",
    "require_mask",
    "require_non_negative",
    "require_number",
    "require_offset",
    "require_patterns",
    "require_positive",
    "require_queries",
    "require_query",
    "require_range",
    "require_scale",
    "require_sizes",
    "require_times",
    "require_type",
    "require_wide",
    "requires_grad",
]


def require_type(name: str, tensor: Tensor, dtype: torch.dtype, whose: str) -> None:
    if tensor.dtype != dtype:
        raise TypeError(f"{name} must have {whose} type {dtype}, but is {tensor.dtype}")


def require_wide(name: str, tensor: Tensor) -> None:
    """Refuse half precision where sums over many frames would be lost in it."""
    require_floating(name, tensor)
    if tensor.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"{name} must be of torch.float32 or torch.float64, but is {tensor.dtype}")


def require_finite(name: str, tensor: Tensor, largest: float = math.inf) -> float:
    """Refuse NaN and Inf without a second tensor of the same size: both survive a minimum and a maximum.

    Args:
        name: What the tensor is called.
        tensor: Any floating-point tensor.
        largest: The largest size of an entry that does not overflow later.

    Returns:
        The size of the largest entry; 0 where there is none to be seen.
    """
    if tensor.numel() == 0 or not has_values(tensor):
        return 0.0
    # Both at once: on an accelerator each look costs a wait.
    size = max(map(abs, torch.stack(torch.aminmax(tensor.detach())).tolist()))
    if not math.isfinite(size):
        raise ValueError(f"{name} must be finite, but holds NaN or Inf")
    if size > largest:
        raise ValueError(
            f"{name} must hold numbers of at most {largest:.3g} in size, since larger ones overflow, "
            f"but holds one of {size:.3g}: scale it"
        )
    return size


def require_frames(name: str, frames: Tensor) -> float:
    """A finite matrix with entries; gives the size of the largest."""
    require_floating(name, frames)
    if frames.ndim != 2 or 0 in frames.shape:
        raise ValueError(
            f"{name} must be a matrix with at least one row and one column, "
            f"but has shape {tuple(frames.shape)}"
        )
    return require_finite(name, frames)


def require_patterns(name: str, patterns: Tensor, width: int) -> None:
    """What a layer takes: batches of sequences of its width."""
    require_floating(name, patterns)
    if patterns.ndim != 3 or patterns.shape[-1] != width:
        raise ValueError(
            f"{name} must have three axes and width {width}, but has shape {tuple(patterns.shape)}"
        )


def require_query(query: Tensor, memory: Tensor, largest: float = math.inf) -> None:
    require_floating("q", query)
    width = memory.shape[-1]
    if query.ndim == 0 or query.shape[-1] != width:
        raise ValueError(
            f"q must have the memory's width {width} as its last axis, but has shape {tuple(query.shape)}"
        )
    require_type("q", query, memory.dtype, "the memory's")
    require_finite("q", query, largest)


def require_queries(queries: Tensor | Callable[[Tensor], Tensor], frames: Tensor) -> None:
    """Queries that are given must be one per frame; those to be made cannot be known yet."""
    if callable(queries) and not isinstance(queries, Tensor):
        return
    require_floating("queries", queries)
    if queries.shape != frames.shape:
        raise ValueError(
            f"queries must be one per frame, shape {tuple(frames.shape)}, but has shape {tuple(queries.shape)}"
        )
    require_finite("queries", queries)


def require_offset(offset: Tensor | None, memory: Tensor) -> float:
    """One finite number a row; gives the size of the largest."""
    if offset is None:
        return 0.0
    require_floating("offset", offset)
    if offset.shape != memory.shape[:1]:
        raise ValueError(
            f"offset must be one per row of the memory, shape {tuple(memory.shape[:1])}, "
            f"but has shape {tuple(offset.shape)}"
        )
    return require_finite("offset", offset)


def require_range(name: str, memory: Tensor, size: float, beta: float, offset: float) -> float:
    """Refuse a memory whose similarities to its own rows, times β, overflow; gives the largest entry of a query.

    Half precision counts as float32, which it is computed in.
    """
    if not has_values(memory):
        return math.inf
    # The sixteenth leaves room for the terms of an energy and for queries that overshoot the rows.
    limit = torch.finfo(torch.promote_types(memory.dtype, torch.float32)).max / 16
    beta = max(float(beta), 1.0)
    width = memory.shape[-1]
    if beta * (width * size * size + offset) > limit:
        raise ValueError(
            f"{name} must have similarities that stay in range when β = {beta:.3g} multiplies them, "
            f"but holds numbers of {size:.3g}"
            + (f" and offsets of {offset:.3g}" if offset else "")
            + ": scale it"
        )
    return min((limit / width) ** 0.5, limit / (beta * width * max(size, 1.0)))


def require_mask(mask: Tensor | None, memory: Tensor) -> None:
    """Whether each pattern of a batch is there; at least one per sequence."""
    if mask is None:
        return
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        kind = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(f"mask must be a tensor of torch.bool, True where a pattern is there, but is {kind}")
    if mask.shape != memory.shape[:2]:
        raise ValueError(
            f"mask must be one per pattern, shape {tuple(memory.shape[:2])}, but has shape {tuple(mask.shape)}"
        )
    if has_values(mask) and not bool(mask.any(dim=1).all()):
        raise ValueError("mask must leave at least one pattern of each sequence, but leaves none of one")


def require_times(name: str, times: Any) -> Tensor:
    """Two times or more, strictly increasing, as a tensor; numbers in a list are taken as they are."""
    if not isinstance(times, Tensor):
        try:
            times = torch.tensor(times, dtype=torch.float64, device="cpu")
        except (TypeError, ValueError, RuntimeError, OverflowError):
            raise TypeError(f"{name} must be numbers in a row, but is {times!r:.80}") from None
    require_floating(name, times)
    if times.ndim != 1 or len(times) < 2:
        raise ValueError(f"{name} must be at least two in a row, but has shape {tuple(times.shape)}")
    if not has_values(times):
        raise ValueError(f"{name} must hold numbers, but came from the meta device or from a trace")
    require_finite(name, times)
    if not bool((double(times).diff() > 0).all()):
        raise ValueError(f"{name} must increase strictly, but do not")
    return times.detach()


def require_sizes(name: str, sizes: Any) -> list[int]:
    """Several sizes, which are looked at where they are used; a single one is taken as one."""
    if isinstance(sizes, Iterable) and not isinstance(sizes, str):
        return list(sizes)
    return [require_at_least(name, sizes, 1)]
