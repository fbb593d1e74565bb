"""Where to put the edges of rectangular bins: resources go where the signal changes."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import wide, without_autocast
from chmnet._exact import double
from chmnet._validation import require_at_least, require_frames, require_non_negative

__all__ = [
    "equal_change_edges",
    "equal_change_edges_of_products",
    "optimal_edges",
    "optimal_edges_of_products",
]


@torch.no_grad()
def optimal_edges(frames: Float[Tensor, "L D"], count: int, *, unit_norm: bool = True) -> Float[Tensor, " E"]:
    r"""Edges of the N segments whose means are nearest to their frames, by dynamic programming.

    .. math:: \min_{e_0 < \dots < e_N} \sum_n \sum_{\ell \in [e_n, e_{n+1})}
              \lVert x_\ell - \bar x_n \rVert^2

    O(L²·D + N·L²) time and a few arrays L × L.

    Args:
        frames: Frames in order of time, taken to be at the midpoints of L equal intervals.
        count: Number N of segments, at most L.
        unit_norm: Whether frames are first scaled to length 1. Without, bright frames are worth more segments than
            dark ones, though the cosine that retrieval is judged by does not see brightness.

    Returns:
        N + 1 edges on [0, 1], for `RectangularBasis.from_edges`.

    Raises:
        TypeError: If the frames are not floating-point or the count is not whole.
        ValueError: If the frames are empty or not finite, or the count is not in [1, L].

    Source: Bellman, On the approximation of curves by line segments using dynamic programming, 1961.
    """
    require_frames("frames", frames)
    with without_autocast(frames):
        gram = wide(frames) @ wide(frames).mT
    return optimal_edges_of_products(gram, count, unit_norm=unit_norm)


@torch.no_grad()
def optimal_edges_of_products(
    gram: Float[Tensor, "L L"], count: int, *, unit_norm: bool = True
) -> Float[Tensor, " E"]:
    """`optimal_edges` where only the frames' inner products X Xᵀ are at hand.

    Args:
        gram: Inner products of the frames.
        count: Number N of segments, at most L.
        unit_norm: Whether frames are first scaled to length 1.

    Raises:
        TypeError: If the products are not floating-point or the count is not whole.
        ValueError: If the products are not finite, or the count is not in [1, L].
    """
    length = _require_allocation(gram, count)
    gram = double(gram)
    if unit_norm:
        norms = gram.diagonal().clamp(min=0).sqrt()
        scale = torch.where(norms > 0, 1 / norms, 0.0)
        gram = scale[:, None] * gram * scale
    cost = _segment_costs(gram).mT.contiguous()
    best, choices, total = cost[:, 0], [], torch.empty_like(cost)
    for _ in range(count - 1):
        torch.add(cost, best, out=total)
        best, choice = total.min(dim=1)
        choices.append(choice)
    edges = [length]
    for choice in reversed(choices):
        edges.append(int(choice[edges[-1]]))
    edges.append(0)
    return torch.tensor(edges[::-1], dtype=torch.float64) / length


def _segment_costs(gram: Tensor) -> Tensor:
    """Squared distance of the frames i … j − 1 from their mean, [L + 1, L + 1]; infinite for i ≥ j."""
    length = len(gram)
    total = gram.new_zeros(length + 1, length + 1)
    total[1:, 1:] = gram.cumsum(0).cumsum(1)
    squares = torch.nn.functional.pad(gram.diagonal().cumsum(0), (1, 0))
    # Σ_{k,l ∈ [i,j)} x_k·x_l from the four corners of a square of sums.
    corner = total.diagonal()
    summed = corner[None] + corner[:, None] - total - total.mT
    index = torch.arange(length + 1, device=gram.device)
    size = index[None] - index[:, None]
    cost = squares[None] - squares[:, None] - summed / size.clamp(min=1)
    return torch.where(size > 0, cost.clamp(min=0), torch.inf)


@torch.no_grad()
def equal_change_edges(
    frames: Float[Tensor, "L D"], count: int, *, power: float = 0.5
) -> Float[Tensor, " E"]:
    r"""Edges that share out the signal's change evenly.

    .. math:: \sum_{\ell \in \text{segment}} \lVert x_{\ell + 1} - x_\ell \rVert^{\text{power}} \approx \text{const}

    Power 0 gives uniform bins, 1 equal arc lengths. O(L·D).

    Args:
        frames: Frames in order of time, taken to be at the midpoints of L equal intervals.
        count: Number N of segments, at most L; each holds a frame at least.
        power: How much change counts, at least 0.

    Returns:
        N + 1 edges on [0, 1], for `RectangularBasis.from_edges`.

    Raises:
        TypeError: If the frames are not floating-point or the count is not whole.
        ValueError: If the frames are empty or not finite, the count is not in [1, L] or the power is negative.
    """
    require_frames("frames", frames)
    steps = [(after - before).norm() for before, after in pairwise(map(wide, frames))]
    return _equal_change(torch.stack([wide(frames.new_zeros(())), *steps]), count, power)


@torch.no_grad()
def equal_change_edges_of_products(
    gram: Float[Tensor, "L L"], count: int, *, power: float = 0.5
) -> Float[Tensor, " E"]:
    """`equal_change_edges` where only the frames' inner products X Xᵀ are at hand.

    Args:
        gram: Inner products of the frames.
        count: Number N of segments, at most L; each holds a frame at least.
        power: How much change counts, at least 0.

    Raises:
        TypeError: If the products are not floating-point or the count is not whole.
        ValueError: If the products are not finite, the count is not in [1, L] or the power is negative.
    """
    require_frames("gram", gram)
    square = double(gram.diagonal())
    squared = square[1:] + square[:-1] - 2 * double(gram.diagonal(1))
    return _equal_change(torch.cat([square.new_zeros(1), squared.clamp(min=0).sqrt()]), count, power)


def _equal_change(change: Tensor, count: int, power: float) -> Tensor:
    length = _require_allocation(change[:, None], count)
    require_non_negative("power", power)
    change = double(change)
    # The first frame changes from nothing: it counts as much as its neighbours do on average.
    change[0] = change[1:].mean() if length > 1 else 1.0
    amount = change**power if float(change.sum()) > 0 else torch.ones_like(change)
    share = amount.cumsum(0) / amount.sum()
    wanted = torch.arange(1, count, dtype=torch.float64, device=share.device) / count
    # The 1e-9 keeps equal shares equal: a sum that falls short of n/N by rounding counts as having reached it.
    inner = (torch.searchsorted(share, wanted - 1e-9) + 1).tolist()
    edges = [0]
    for position, edge in enumerate(inner, start=1):
        edges.append(min(max(edge, edges[-1] + 1), length - (count - position)))
    return torch.tensor([*edges, length], dtype=torch.float64) / length


def _require_allocation(frames: Tensor, count: int) -> int:
    require_frames("frames", frames)
    require_at_least("count", count, 1)
    if count > len(frames):
        raise ValueError(f"count must be at most the number of frames ({len(frames)}), but is {count}")
    return len(frames)
