"""The one choice of evenly spaced items: frames of a film, images of a split, rows of a memory."""

import numpy as np
from jaxtyping import Int64

from amcore.checks import require_at_least

__all__ = ["evenly_spaced"]


def evenly_spaced(length: int, count: int) -> Int64[np.ndarray, "N"]:
    """Choose items spread evenly over a row, the first and the last among them (of one, the middle one).

    Each is the item nearest to its place; of two that are as near, the one with the even number. Arithmetic is of whole
    numbers, so that the choice is the same on every machine.

    Args:
        length: How many items there are, L.
        count: How many to choose, N of them.

    Returns:
        N different indices in order.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If there is nothing to choose, or more than there is.

    Example:
        >>> evenly_spaced(10, 4).tolist()
        [0, 3, 6, 9]
    """
    length = require_at_least("length", length, 1)
    count = require_at_least("count", count, 1)
    if count > length:
        raise ValueError(f"count must be at most {length}, the number of items, but is {count}")
    if count == 1:
        return np.array([(length - 1) // 2])
    steps = count - 1
    places, beyond = np.divmod(np.arange(count) * (length - 1), steps)
    return places + ((2 * beyond > steps) | ((2 * beyond == steps) & (places % 2 == 1)))
