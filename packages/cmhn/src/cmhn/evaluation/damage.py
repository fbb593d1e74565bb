"""Cues as they come: captions that have lost letters."""

import numpy as np

__all__ = ["drop_letters"]


def drop_letters(text: str, share: float, *, random: np.random.Generator) -> str:
    """A text without some of its characters, drawn at random; one is always left.

    Args:
        text: The text.
        share: Of the characters that go, rounded.
        random: Where the draw comes from.

    Raises:
        ValueError: If the share is not in [0, 1).
    """
    if not 0 <= share < 1:
        raise ValueError(f"share must lie in [0, 1), but is {share}")
    lost = min(round(share * len(text)), max(0, len(text) - 1))
    gone = set(random.choice(len(text), size=lost, replace=False).tolist()) if lost else set()
    return "".join(letter for place, letter in enumerate(text) if place not in gone)
