"""How well a memory gives back what was stored: cosine similarity, recall@k, median rank."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Real
from scipy.stats import rankdata

__all__ = ["cosine_similarity", "median_rank", "rank_of_truth", "recall_at"]


def cosine_similarity(
    retrieved: Real[np.ndarray, "*batch D"], truth: Real[np.ndarray, "*batch D"]
) -> Float[np.ndarray, "*batch"]:
    """Cosine of the angle between each retrieved pattern and its truth.

    A pattern of zero length has no direction; its similarity is 0, so a memory that answers with
    nothing scores as one that answers at random.

    Args:
        retrieved: Patterns that came back, one per row.
        truth: Patterns that should have come back, in the same order.

    Returns:
        One similarity a row, in [-1, 1].

    Raises:
        ValueError: If the two shapes differ.
    """
    if retrieved.shape != truth.shape:
        raise ValueError(
            f"retrieved and truth must have one shape, but are {retrieved.shape} and {truth.shape}"
        )
    retrieved, truth = np.asarray(retrieved, float), np.asarray(truth, float)
    # Each row is scaled by its largest entry first: its length can then neither overflow nor vanish.
    units = []
    for rows in (retrieved, truth):
        largest = np.abs(rows).max(axis=-1, keepdims=True, initial=0.0)
        scaled = np.divide(rows, largest, out=np.zeros_like(rows), where=largest > 0)
        length = np.linalg.norm(scaled, axis=-1, keepdims=True)
        units.append(np.divide(scaled, length, out=np.zeros_like(scaled), where=length > 0))
    return np.asarray(np.clip(np.einsum("...d,...d->...", *units), -1.0, 1.0))


def rank_of_truth(scores: Real[np.ndarray, "Q C"], truth: Int[np.ndarray, " Q"]) -> Float[np.ndarray, " Q"]:
    """Rank of the true candidate of each query, 1 being the best.

    Candidates that tie share the mean of their ranks, so a constant score earns the rank of chance and
    not the first.

    Args:
        scores: Similarity of each query with each candidate; larger is better.
        truth: Index of the true candidate of each query.

    Returns:
        One rank a query, in [1, C].

    Raises:
        ValueError: If the scores are not finite, no candidate exists, or an index lies outside them.
    """
    queries, candidates = scores.shape
    if len(truth) != queries:
        raise ValueError(f"truth must hold one index a query ({queries}), but holds {len(truth)}")
    if queries == 0:
        return np.empty(0)
    if candidates == 0:
        raise ValueError("scores must have at least one candidate, but its second axis is empty")
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite, but hold NaN or Inf")
    if truth.min() < 0 or truth.max() >= candidates:
        raise ValueError(f"truth must lie in [0, {candidates - 1}], but spans [{truth.min()}, {truth.max()}]")
    return rankdata(-scores, method="average", axis=1)[np.arange(queries), truth]


def recall_at(ranks: Real[np.ndarray, " Q"], k: int | Sequence[int]) -> dict[int, float]:
    """Share of queries whose truth is among the first ``k`` candidates (recall@k).

    Args:
        ranks: Rank of the truth of each query, as `rank_of_truth` gives it.
        k: One cut-off or several, each at least 1.

    Returns:
        Recall in [0, 1] for each cut-off.

    Raises:
        ValueError: If there is no query, or a cut-off is below 1.
    """
    cutoffs = [k] if isinstance(k, int) else list(k)
    if len(ranks) == 0:
        raise ValueError("ranks must hold at least one query, but is empty")
    if any(cutoff < 1 for cutoff in cutoffs):
        raise ValueError(f"k must be at least 1, but is {k}")
    return {cutoff: float(np.mean(ranks <= cutoff)) for cutoff in cutoffs}


def median_rank(ranks: Real[np.ndarray, " Q"]) -> float:
    """Median over queries of the rank of the truth; 1 is perfect, (C + 1) / 2 is chance.

    Raises:
        ValueError: If there is no query.
    """
    if len(ranks) == 0:
        raise ValueError("ranks must hold at least one query, but is empty")
    return float(np.median(ranks))
