"""Recall@k and the median rank of each direction, over all galleries together; and what chance earns."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from amcore.metrics import median_rank, recall_at
from cmhn.baselines import Matcher
from cmhn.ranking import Gallery, chance_recall, directions, ranks

__all__ = ["CUTOFFS", "chance_scores", "direction_scores"]

CUTOFFS: tuple[int, ...] = (1, 5, 10)
"""The k of recall@k."""


def direction_scores(
    matcher: Matcher, states: Mapping[str, Tensor], galleries: Sequence[Gallery]
) -> pd.DataFrame:
    """Measure a matcher in every direction.

    Args:
        matcher: What scores pairs.
        states: A matrix for each modality, one item per row.
        galleries: Each query looks for its own item within its gallery.

    Returns:
        A row per direction (``source``, ``target``) and ``metric``, with ``value``, ``unit`` and the number of
        queries ``n``.

    Raises:
        ValueError: If there is no gallery, or a score is not finite.
    """
    _require_galleries(galleries)
    rows = []
    for source, target in directions(list(states)):
        found = np.concatenate([ranks(matcher, states, gallery, source, target) for gallery in galleries])
        values = {f"recall@{k}": value for k, value in recall_at(found, CUTOFFS).items()}
        values["median rank"] = median_rank(found)
        rows += [(source, target, metric, value, len(found)) for metric, value in values.items()]
    return _table(rows)


def chance_scores(modalities: Sequence[str], galleries: Sequence[Gallery]) -> pd.DataFrame:
    """Return what answers drawn at random earn on average, in the form of `direction_scores`.

    Args:
        modalities: Names of the modalities.
        galleries: The galleries.

    Raises:
        ValueError: If there is no gallery.
    """
    _require_galleries(galleries)
    queries = [len(gallery.rows) for gallery in galleries]
    values = {
        f"recall@{k}": np.average([chance_recall(gallery, k) for gallery in galleries], weights=queries)
        for k in CUTOFFS
    }
    candidates = [len(gallery.rows) - gallery.twins().sum(axis=1) for gallery in galleries]
    values["median rank"] = np.median((np.concatenate(candidates) + 1) / 2)
    return _table(
        [
            (source, target, metric, float(value), sum(queries))
            for metric, value in values.items()
            for source, target in directions(modalities)
        ]
    )


def _require_galleries(galleries: Sequence[Gallery]) -> None:
    if not galleries:
        raise ValueError("galleries must hold at least one gallery, but are empty")


def _table(rows: list[tuple[str, str, str, float, int]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["source", "target", "metric", "value", "n"])
    return table.assign(unit=np.where(table["metric"] == "median rank", "", "share"))
