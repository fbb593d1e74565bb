"""Cues as they come: captions that have lost letters."""

from collections.abc import Sequence

import numpy as np

__all__ = ["damage_captions", "drop_letters"]


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


def damage_captions(
    captions: Sequence[str],
    english: Sequence[str],
    languages: Sequence[str],
    share: float,
    *,
    random: np.random.Generator,
) -> tuple[list[str], list[str]]:
    """Take letters out of captions and out of their English forms.

    A caption that is English is damaged once, and not twice in different ways.

    Args:
        captions: Captions in the languages that are spoken.
        english: The same in English.
        languages: Code of each caption's language; English is ``en``.
        share: Of the characters that go, rounded.
        random: Where the draws come from.

    Returns:
        The damaged captions, and their damaged English forms.

    Raises:
        ValueError: If the numbers of texts differ, or the share is not in [0, 1).
    """
    if not len(captions) == len(english) == len(languages):
        raise ValueError(
            f"captions, english and languages must be equally many, but are {len(captions)}, {len(english)} "
            f"and {len(languages)}"
        )
    own = [drop_letters(caption, share, random=random) for caption in captions]
    translated = [
        text if language == "en" else drop_letters(whole, share, random=random)
        for text, whole, language in zip(own, english, languages, strict=True)
    ]
    return own, translated
