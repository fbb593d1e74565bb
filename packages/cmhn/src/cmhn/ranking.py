"""Ranks of the right items within galleries."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from amcore.metrics import rank_of_truth
from cmhn.baselines.matcher import Matcher

__all__ = ["Gallery", "chance_recall", "directions", "mean_reciprocal_rank", "ranks"]


@dataclass(frozen=True)
class Gallery:
    """Items among which retrieval takes place.

    Args:
        rows: The items, as rows of the features.
        groups: What each item is; others of the query's own group are no wrong answers, and are left out.

    Raises:
        ValueError: If there are fewer than two groups, or not one per row.
    """

    rows: Int[np.ndarray, " n"]
    groups: Sequence[Hashable]

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.groups) or len(set(self.groups)) < 2:
            raise ValueError(
                f"a gallery must name a group for each of its {len(self.rows)} rows, and two groups at least, "
                f"but names {len(self.groups)} of {len(set(self.groups))} groups"
            )

    def of(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The features of its items."""
        rows = torch.from_numpy(np.asarray(self.rows))
        return {name: feature[rows] for name, feature in features.items()}

    def twins(self) -> np.ndarray:
        """Whether two items share a group without being the same, [n, n]."""
        groups = np.unique(np.array([repr(group) for group in self.groups]), return_inverse=True)[1]
        return (groups[:, None] == groups) & ~np.eye(len(groups), dtype=bool)


def directions(names: Sequence[str]) -> list[tuple[str, str]]:
    """All ordered pairs of modalities: what is asked with, what is asked for."""
    return list(permutations(names, 2))


@torch.no_grad()
def ranks(
    matcher: Matcher, features: Mapping[str, Tensor], gallery: Gallery, source: str, target: str
) -> Float[np.ndarray, " n"]:
    """The rank of each query's own item among the gallery's items of other groups, 1 being the best.

    Args:
        matcher: What scores pairs.
        features: A matrix for each modality, an item a row.
        gallery: The items that ask and are asked for.
        source: The modality that is asked with.
        target: The modality that is asked for.

    Raises:
        ValueError: If a score is not finite.
    """
    items = gallery.of(features)
    scores = matcher.scores(source, items[source], target, items[target]).cpu().double().numpy()
    # Below every other score, a twin cannot stand before the truth.
    scores = np.where(gallery.twins(), scores.min() - 1, scores)
    return rank_of_truth(scores, np.arange(len(scores)))


def chance_recall(gallery: Gallery, k: int) -> float:
    """Recall@k of an answer drawn at random from each query's candidates."""
    candidates = len(gallery.rows) - gallery.twins().sum(axis=1)
    return float(np.minimum(k / candidates, 1).mean())


def mean_reciprocal_rank(
    matcher: Matcher, features: Mapping[str, Tensor], galleries: Sequence[Gallery]
) -> float:
    """The mean of 1 / rank over all queries, directions and galleries: what choices on validation go by.

    Args:
        matcher: What scores pairs.
        features: A matrix for each modality, an item a row.
        galleries: At least one.

    Raises:
        ValueError: If there is no gallery, or a score is not finite.
    """
    if not galleries:
        raise ValueError("galleries must hold at least one gallery to take a mean over, but are empty")
    found = [
        1 / ranks(matcher, features, gallery, source, target)
        for gallery in galleries
        for source, target in directions(list(features))
    ]
    return float(np.concatenate(found).mean())
