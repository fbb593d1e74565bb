"""Softmax attention over stored patterns: plain, in tiles, or by PyTorch's fused kernel."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from cmhn._validation import exporting, has_values, require_at_least, requires_grad
from cmhn.attention.protocol import Attention, Recall

__all__ = [
    "AdaptiveAttention",
    "FusedAttention",
    "PlainAttention",
    "TiledAttention",
]


@dataclass(frozen=True)
class PlainAttention(Attention):
    """softmax(Q Mᵀ) M in three calls; keeps [B, N]."""

    def attend(
        self,
        queries: Float[Tensor, "B D"],
        patterns: Float[Tensor, "N D"],
        *,
        offset: Float[Tensor, " N"] | None = None,
        mean: bool = True,
        partition: bool = True,
    ) -> Recall:
        """Answer queries; see `Attention`."""
        logits = queries @ patterns.mT
        if offset is not None:
            logits = logits + offset
        return Recall(
            logits.softmax(dim=1) @ patterns if mean else None,
            logits.logsumexp(dim=1) if partition else None,
        )


@dataclass(frozen=True)
class TiledAttention(Attention):
    """Patterns a tile at a time, with a running log-sum-exp: never keeps [B, N], forward or backward.

    Where a gradient is wanted, each tile is computed again on the way back.

    Args:
        patterns_at_once: Patterns in a tile.
        queries_at_once: Queries in a tile.

    Raises:
        TypeError: If a count is not a whole number.
        ValueError: If a count is below 1.

    Source: Milakov and Gimelshein, *Online normalizer calculation for softmax*, 2018.
    """

    patterns_at_once: int = 8192
    queries_at_once: int = 512

    def __post_init__(self) -> None:
        require_at_least("patterns_at_once", self.patterns_at_once, 1)
        require_at_least("queries_at_once", self.queries_at_once, 1)

    def attend(
        self,
        queries: Float[Tensor, "B D"],
        patterns: Float[Tensor, "N D"],
        *,
        offset: Float[Tensor, " N"] | None = None,
        mean: bool = True,
        partition: bool = True,
    ) -> Recall:
        """Answer queries; see `Attention`."""
        answers = [
            self._some(few, patterns, offset, mean)
            # split gives one empty piece for no query at all
            for few in queries.split(self.queries_at_once)
        ]
        return Recall(
            torch.cat([sums / total[:, None] for _, total, sums in answers]) if mean else None,
            torch.cat([most + total.log() for most, total, _ in answers]) if partition else None,
        )

    def _some(
        self, queries: Tensor, patterns: Tensor, offset: Tensor | None, mean: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        most = queries.new_full((queries.shape[0],), -torch.inf)
        total = torch.zeros_like(most)
        sums = torch.zeros_like(queries)
        # What traces a graph decides itself what to keep and what to compute again.
        again = requires_grad(queries, patterns) and has_values(queries, patterns)
        tiles = patterns.split(self.patterns_at_once)
        offsets = [None] * len(tiles) if offset is None else offset.split(self.patterns_at_once)
        for tile, shift in zip(tiles, offsets, strict=True):
            if again:
                most, total, sums = checkpoint(
                    _add_tile, queries, tile, shift, most, total, sums, mean, use_reentrant=False
                )
            else:
                most, total, sums = _add_tile(queries, tile, shift, most, total, sums, mean)
        return most, total, sums


def _add_tile(
    queries: Tensor,
    tile: Tensor,
    offset: Tensor | None,
    most: Tensor,
    total: Tensor,
    sums: Tensor,
    mean: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    logits = queries @ tile.mT
    if offset is not None:
        logits = logits + offset
    # The maximum only keeps exponentials in range; its value cancels, and so does its gradient.
    higher = torch.maximum(most, logits.detach().amax(dim=1))
    kept = (most - higher).exp()
    weights = (logits - higher[:, None]).exp()
    if mean:
        sums = sums * kept[:, None] + weights @ tile
    return higher, total * kept + weights.sum(dim=1), sums


@dataclass(frozen=True)
class FusedAttention(Attention):
    """PyTorch's fused kernel for the mean, and tiles for the partition sum, which the kernel does not give back.

    Args:
        partition_by: What takes the partition sum where it is wanted.
    """

    partition_by: Attention = TiledAttention()

    def attend(
        self,
        queries: Float[Tensor, "B D"],
        patterns: Float[Tensor, "N D"],
        *,
        offset: Float[Tensor, " N"] | None = None,
        mean: bool = True,
        partition: bool = True,
    ) -> Recall:
        """Answer queries; see `Attention`."""
        answer = None
        if mean:
            keys = patterns[None, None]
            answer = torch.nn.functional.scaled_dot_product_attention(
                queries[None, None],
                keys,
                keys,
                attn_mask=None if offset is None else offset[None, None, None],
                scale=1.0,
            )[0, 0]
        if not partition:
            return Recall(answer, None)
        by_tiles = self.partition_by.attend(queries, patterns, offset=offset, mean=False)
        return Recall(answer, by_tiles.log_partition)


@dataclass(frozen=True)
class AdaptiveAttention(Attention):
    """Plain while [B, N] is small, in tiles above that: what a memory uses unless told otherwise.

    Plain in a graph that is exported, where B may be left open.

    Args:
        entries: The largest B × N that is kept at once; 2²⁴ float32 are 64 MiB.

    Raises:
        TypeError: If ``entries`` is not a whole number.
        ValueError: If it is below 1.
    """

    entries: int = 2**24

    def __post_init__(self) -> None:
        require_at_least("entries", self.entries, 1)

    def attend(
        self,
        queries: Float[Tensor, "B D"],
        patterns: Float[Tensor, "N D"],
        *,
        offset: Float[Tensor, " N"] | None = None,
        mean: bool = True,
        partition: bool = True,
    ) -> Recall:
        """Answer queries; see `Attention`."""
        small = exporting() or len(queries) * len(patterns) <= self.entries
        chosen = PlainAttention() if small else TiledAttention()
        return chosen.attend(queries, patterns, offset=offset, mean=mean, partition=partition)
