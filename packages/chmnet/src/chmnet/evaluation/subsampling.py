"""Which frames a discrete memory of a given size keeps."""

import torch
from jaxtyping import Int
from torch import Tensor

from chmnet._validation import require_at_least

__all__ = ["evenly_spaced"]


def evenly_spaced(length: int, count: int) -> Int[Tensor, " N"]:
    """Indices of N frames spread evenly over L, the first and the last among them (the middle one for N = 1).

    Args:
        length: Number L of frames.
        count: Number N of frames to keep, at most L.

    Returns:
        N different indices in order.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If there is nothing to keep, or more than there is.
    """
    require_at_least("length", length, 1)
    require_at_least("count", count, 1)
    if count > length:
        raise ValueError(f"count must be at most the number of frames ({length}), but came as {count}")
    if count == 1:
        return torch.tensor([(length - 1) // 2])
    # Whole-number arithmetic: the choice is the same on every machine.
    return torch.arange(count) * (length - 1) // (count - 1)
