"""Which frames a discrete memory of a given size keeps."""

import torch
from jaxtyping import Int
from torch import Tensor

from amcore import sampling

__all__ = ["evenly_spaced"]


def evenly_spaced(length: int, count: int) -> Int[Tensor, " N"]:
    """Choose N frames spread evenly over L, the first and the last among them (the middle one for N = 1).

    Args:
        length: Number L of frames.
        count: Number N of frames to keep, at most L.

    Returns:
        N different indices in order.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If there is nothing to keep, or more than there is.
    """
    return torch.from_numpy(sampling.evenly_spaced(length, count))
