"""The patterns with the largest products with a query, a tile at a time."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

__all__ = ["largest_products"]

_TILE = 65_536


def largest_products(
    queries: Float[Tensor, "B D"],
    patterns: Float[Tensor, "N D"],
    k: int,
    offset: Float[Tensor, " N"] | None = None,
) -> tuple[Float[Tensor, "B k"], Int[Tensor, "B k"]]:
    """The k largest ⟨q, m_i⟩ + b_i of each query, and their indices i.

    Args:
        queries: One per row.
        patterns: One per row; at least k.
        k: How many.
        offset: Added to each pattern's product; none if None.

    Returns:
        Products, the largest first, and indices; no [B, N] is kept.

    Raises:
        ValueError: If there are fewer than k patterns.
    """
    if not 1 <= k <= len(patterns):
        raise ValueError(f"k must be in [1, {len(patterns)}], but is {k}")
    best = queries.new_empty(len(queries), 0)
    where = torch.empty(len(queries), 0, dtype=torch.long, device=queries.device)
    for start in range(0, len(patterns), _TILE):
        products = queries @ patterns[start : start + _TILE].mT
        if offset is not None:
            products = products + offset[start : start + _TILE]
        found = products.topk(min(k, products.shape[1]), dim=1)
        best = torch.cat([best, found.values], dim=1)
        where = torch.cat([where, found.indices + start], dim=1)
        kept = best.topk(min(k, best.shape[1]), dim=1)
        best, where = kept.values, where.gather(1, kept.indices)
    return best, where
