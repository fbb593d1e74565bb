"""Retrieval over lengths and sizes: the paper's figures 2 and 3 from inner products."""

from collections.abc import Callable, Hashable, Iterable, Mapping

import pandas as pd
from jaxtyping import Float
from torch import Tensor

from chmnet._exact import double
from chmnet._validation import require_at_least
from chmnet.evaluation.comparison import compare_products
from chmnet.evaluation.retrieval import Memory
from chmnet.video.products import InnerProducts

__all__ = ["doubling_sizes", "sweep_lengths"]


def doubling_sizes(smallest: int, largest: int) -> list[int]:
    """Sizes that double from the smallest, and the largest.

    Raises:
        TypeError: If a size is not a whole number.
        ValueError: If the smallest is below 1, or above the largest.
    """
    require_at_least("smallest", smallest, 1)
    require_at_least("largest", largest, smallest)
    sizes = [smallest]
    while sizes[-1] * 2 < largest:
        sizes.append(sizes[-1] * 2)
    return sizes if sizes[-1] == largest else [*sizes, largest]


def sweep_lengths(
    products: Mapping[int, InnerProducts],
    memories: Callable[[int], Mapping[Hashable, Memory]],
    names: Iterable[str],
    *,
    steps: int = 1,
) -> pd.DataFrame:
    """Retrieval by many memories of one video, at several of its lengths.

    Args:
        products: For each length L the inner products of L frames and their damaged copies.
        memories: Gives for a length what builds each memory, named by a tuple of factors.
        names: What the factors are called.
        steps: Number of updates.

    Returns:
        A row for each length and memory: ``L``, the factors, the mean over frames of the cosine similarity
        (``value``), and the number of frames (``n``).

    Raises:
        TypeError: As `compare_products`.
        ValueError: As `compare_products`, or if names and factors differ in number.

    Source: Santos et al. (2025), sections 5.2 and 5.3, figures 2 and 3.
    """
    names = list(names)
    rows = []
    for length, here in products.items():
        for factors, similarity in compare_products(here, memories(length), steps=steps).items():
            row = dict(zip(names, factors if isinstance(factors, tuple) else (factors,), strict=True))
            rows.append({"L": length, **row, "value": _mean(similarity), "n": length})
    return pd.DataFrame(rows, columns=["L", *names, "value", "n"])


def _mean(similarity: Float[Tensor, " L"]) -> float:
    return float(double(similarity).mean())
