"""Patterns of pixels: drawn as text, and with some of their pixels damaged."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

__all__ = ["drawn_patterns", "random_pixels"]

_PIXELS = {"#": 1.0, ".": -1.0}


def drawn_patterns(drawing: str) -> Float[Array, "P pixels"]:
    """Read patterns that stand side by side in a text, ``#`` for 1 and ``.`` for −1.

    Args:
        drawing: One row of pixels of every pattern a line, with spaces between patterns; empty lines do not count.

    Returns:
        The patterns from left to right, each row by row.

    Raises:
        ValueError: If a line has another number of pixels or patterns than the first, or another sign.

    Example:
        >>> drawn_patterns('''
        ... #.  ##
        ... .#  ..
        ... ''').tolist()
        [[1.0, -1.0, -1.0, 1.0], [1.0, 1.0, -1.0, -1.0]]
    """
    lines = [line.split() for line in drawing.splitlines() if line.strip()]
    widths = [[len(row) for row in line] for line in lines]
    if not lines or any(width != widths[0] for width in widths):
        raise ValueError(
            f"drawing must have the same patterns in every line, but has rows of {widths} pixels"
        )
    strange = sorted({pixel for line in lines for row in line for pixel in row} - set(_PIXELS))
    if strange:
        raise ValueError(f"drawing must consist of '#' and '.', but has {strange}")
    return jnp.array(
        [[_PIXELS[pixel] for row in pattern for pixel in row] for pattern in zip(*lines, strict=True)]
    )


def random_pixels(random: np.random.Generator, pixels: int, chosen: int) -> Bool[np.ndarray, "pixels"]:
    """Choose some pixels of a pattern at random.

    Args:
        random: Where the numbers come from.
        pixels: How many pixels there are.
        chosen: How many to choose.

    Returns:
        Whether each pixel is chosen.

    Raises:
        ValueError: If there are fewer pixels than are to be chosen.
    """
    if not 0 <= chosen <= pixels:
        raise ValueError(f"chosen must be between 0 and {pixels}, but is {chosen}")
    return random.permutation(pixels) < chosen
