"""What is retrieved from what: galleries of held-out triples, each of one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int

from cmhn._validation import require_at_least
from cmhn.evaluation.triples import Triples
from cmhn.ranking import Gallery, chance_recall

__all__ = ["RetrievalTask", "gallery_table", "language_galleries"]


@dataclass(frozen=True)
class RetrievalTask:
    """One draw of what is learnt from and of what is looked for.

    Args:
        triples: The data set.
        seed: What the split was drawn from.
        stored: Rows of the training triples.
        validation: Galleries by which choices are made, by language.
        tests: Galleries that are reported, by language.
    """

    triples: Triples
    seed: int
    stored: Int[np.ndarray, " n"]
    validation: Mapping[str, Gallery]
    tests: Mapping[str, Gallery]

    @classmethod
    def drawn(cls, triples: Triples, seed: int, *, groups: int = 2) -> "RetrievalTask":
        """Draw a task from a seed.

        Args:
            triples: The data set.
            seed: Seed of its split.
            groups: Fewest groups of a language that make a gallery.

        Raises:
            TypeError: If ``groups`` is not a whole number.
            ValueError: If ``groups`` is below 2, or no language has so many.
        """
        split = triples.split(seed)
        stored = np.array([row for row, part in enumerate(split) if part == "train"], dtype=int)
        validation, tests = (
            language_galleries(triples, split, part, groups=groups) for part in ("validation", "test")
        )
        if not validation or not tests:
            raise ValueError(f"groups must be few enough for galleries of {triples.name}, but is {groups}")
        return cls(triples, seed, stored, validation, tests)


def language_galleries(
    triples: Triples, split: Sequence[str], part: str, *, groups: int = 2
) -> dict[str, Gallery]:
    """Make a gallery of each language that has enough groups in a part of a split.

    Args:
        triples: The data set.
        split: The part that each triple is in.
        part: The part that galleries are made of.
        groups: Fewest groups that make a gallery.

    Returns:
        Galleries by language, in alphabetical order.

    Raises:
        TypeError: If ``groups`` is not a whole number.
        ValueError: If ``groups`` is below 2, or the split does not name a part for each triple.
    """
    require_at_least("groups", groups, 2)
    if len(split) != len(triples):
        raise ValueError(f"split must name {len(triples)} parts, one per triple, but names {len(split)}")
    found = {}
    for language, rows in sorted(triples.table.groupby("language").indices.items()):
        inside = np.array([row for row in rows if split[row] == part], dtype=int)
        named = triples.table["group"].iloc[inside].tolist()
        if len(set(named)) >= groups:
            found[str(language)] = Gallery(inside, named)
    return found


def gallery_table(task: RetrievalTask) -> pd.DataFrame:
    """Tabulate the tested galleries of a task: a row per language, with what an answer drawn at random would earn."""
    return pd.DataFrame(
        {
            "data set": task.triples.name,
            "gallery": language,
            "stored triples": len(task.stored),
            "tested triples": len(gallery.rows),
            "groups": len(set(gallery.groups)),
            "recall@1 by chance": chance_recall(gallery, 1),
        }
        for language, gallery in task.tests.items()
    )
