"""Numbers that casting a module must not round, and devices that have no float64."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["alike", "double", "evenly_placed", "from_bits", "kept_wide", "to_bits", "with_float64"]

_WITHOUT_FLOAT64 = ("mps",)


def with_float64(device: torch.device | str | None) -> torch.device | None:
    """A device, or the CPU in the place of one that has no float64."""
    if device is None:
        return None
    device = torch.device(device)
    return torch.device("cpu") if device.type in _WITHOUT_FLOAT64 else device


def double(tensor: Tensor) -> Tensor:
    """A tensor in float64, where its device has that; on the CPU otherwise."""
    return tensor.to(with_float64(tensor.device)).to(torch.float64)


def alike(tensor: Tensor, like: Tensor) -> Tensor:
    """A tensor in the type and on the device of another; cast first, for a device that has no float64."""
    return tensor.to(like.dtype).to(like.device)


def evenly_placed(interval: tuple[float, float], count: int) -> Tensor:
    """Return times in float64 from start to end of an interval, on the device of the ``with torch.device`` around.

    Each is rounded once: (1·(n − k) + 2·k) / n and not 1 + k · (1 / n). So a frame at the middle of one of L intervals
    is on an edge of N bins where the fractions are equal, and never beside it.
    """
    start, end = interval
    last = max(count - 1, 1)
    steps = torch.arange(count, dtype=torch.float64, device=torch.get_default_device())
    times = (start * (last - steps) + end * steps) / last
    # With ends that are no short fractions the products are rounded, too.
    times[0], times[-1] = start, (end if count > 1 else start)
    return times


def to_bits(times: Tensor) -> Tensor:
    """The bits of float64 times as whole numbers: ``.to(dtype)`` casts no whole number, and every device has them."""
    return double(times.detach()).contiguous().view(torch.int64)


def from_bits(bits: Tensor) -> Tensor:
    """The times that `to_bits` was given.

    Raises:
        TypeError: If the bits were cast after all, as ``Module.type`` does.
    """
    if bits.dtype != torch.int64:
        raise TypeError(
            f"times of a basis are kept as torch.int64, but were cast to {bits.dtype}: cast modules with to()"
        )
    return bits.to(with_float64(bits.device)).view(torch.float64)


def kept_wide(move: Callable[[Tensor], Tensor], *kept: Tensor | None) -> Callable[[Tensor], Any]:
    """What moves the tensors of a module (``Module._apply``), but leaves some of them, and their gradients, wide.

    They are float32 at least; a device that refuses float64 is given float32.
    """
    special = [tensor for tensor in kept if tensor is not None]
    special += [tensor.grad for tensor in special if tensor.is_leaf and tensor.grad is not None]

    def run(tensor: Tensor) -> Tensor:
        if not any(tensor is one for one in special):
            return move(tensor)
        try:
            moved = move(tensor)
        except TypeError:
            if tensor.dtype != torch.float64:
                raise
            return move(tensor.float())
        dtype = torch.promote_types(moved.dtype, torch.float32)
        return moved if moved.dtype == dtype else tensor.to(moved.device, dtype)

    return run
