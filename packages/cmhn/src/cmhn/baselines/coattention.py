"""A ViLBERT-like matcher: two streams of tokens that attend to each other."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from amcore.torch.autocast import own_type
from amcore.torch.settings import Settled
from cmhn._validation import (
    require_at_least,
    require_matchable,
    require_pairs,
    require_states,
    require_widths,
)
from cmhn.losses import symmetric_cross_entropy

__all__ = ["CoAttentionMatcher"]


class _Stream(nn.Module):
    """Attention to the other stream, then a feed-forward layer, both with residuals."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, mine: Tensor, other: Tensor) -> Tensor:
        attended, _ = self.attention(mine, other, other, need_weights=False)
        mine = self.first(mine + attended)
        return self.second(mine + self.feed_forward(mine))


class CoAttentionMatcher(Settled):
    """A score for a pair of items that looks at both at once.

    Features become a few tokens of a modality's own; in each layer the tokens of each side attend to the other's; the
    two streams' means, multiplied entry by entry, give the score, as in ViLBERT's alignment head. Trained with the same
    in-batch contrast as CLIP, over all B² pairs of a batch. A pair costs a forward pass, so nothing can be indexed.

    Args:
        widths: Width of each modality's features.
        tokens: Tokens an item.
        token_width: Width of a token.
        heads: Attention heads.
        layers: Co-attention layers.
        pairs_at_once: Pairs in one forward pass.

    Raises:
        TypeError: If a count is not a whole number.
        ValueError: If a count is below 1, or the heads do not share the width of a token evenly.

    Source: Lu et al., *ViLBERT: Pretraining Task-Agnostic Visiolinguistic Representations*, 2019, sections 2.2 and 3.
    """

    def __init__(
        self,
        widths: Mapping[str, int],
        *,
        tokens: int = 4,
        token_width: int = 64,
        heads: int = 4,
        layers: int = 2,
        pairs_at_once: int = 16_384,
    ) -> None:
        super().__init__()
        require_widths("widths", widths)
        counts = {"tokens": tokens, "token_width": token_width, "heads": heads}
        for name, count in {**counts, "layers": layers, "pairs_at_once": pairs_at_once}.items():
            require_at_least(name, count, 1)
        if token_width % heads:
            raise ValueError(f"token_width must be a multiple of heads ({heads}), but is {token_width}")
        self.widths = dict(widths)
        self.tokens = tokens
        self.heads = heads
        self.pairs_at_once = pairs_at_once
        self.embeddings = nn.ModuleDict(
            {name: nn.Linear(width, tokens * token_width) for name, width in widths.items()}
        )
        self.norms = nn.ModuleDict({name: nn.LayerNorm(token_width) for name in widths})
        self.streams = nn.ModuleDict(
            {name: nn.ModuleList(_Stream(token_width, heads) for _ in range(layers)) for name in widths}
        )
        self.head = nn.Linear(token_width, 1)

    def tokenise(self, name: str, features: Float[Tensor, "B _"]) -> Float[Tensor, "B T K"]:
        """An item's tokens."""
        return self.norms[name](self.embeddings[name](features).unflatten(1, (self.tokens, -1)))

    def loss(self, states: Mapping[str, Tensor]) -> Float[Tensor, ""]:
        """The mean over pairs of modalities of the symmetric cross-entropy over all pairs of items.

        Raises:
            TypeError: If a state is not of the matcher's type, outside of an autocast region.
            ValueError: If a state does not fit, or there are fewer than two modalities, or no item.
        """
        batch = require_states("states", states, self.widths, own_type(self), "the matcher's")
        require_pairs("states", states, batch)
        losses = [
            symmetric_cross_entropy(self.scores(c, states[c], d, states[d]))
            for c, d in combinations(states, 2)
        ]
        return torch.stack(losses).mean()

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """The score of every pair, some pairs at a time.

        Raises:
            TypeError: If a feature is not of the matcher's type, outside of an autocast region.
            ValueError: If a modality is unknown, or a feature does not fit.
        """
        require_matchable(source, queries, target, candidates, self.widths, own_type(self))
        left, right = self.tokenise(source, queries), self.tokenise(target, candidates)
        i, j = torch.meshgrid(
            torch.arange(len(left), device=left.device),
            torch.arange(len(right), device=left.device),
            indexing="ij",
        )
        scores = [
            self._match(source, left[rows], target, right[columns])
            for rows, columns in zip(
                i.flatten().split(self.pairs_at_once), j.flatten().split(self.pairs_at_once), strict=True
            )
        ]
        return torch.cat(scores).reshape(len(left), len(right))

    def settings(self) -> dict[str, Any]:
        """The number of heads, which shows in no shape."""
        return {"heads": self.heads}

    def _match(self, source: str, x: Tensor, target: str, y: Tensor) -> Tensor:
        streams = (cast(nn.ModuleList, self.streams[name]) for name in (source, target))
        for mine, theirs in zip(*streams, strict=True):
            x, y = mine(x, y), theirs(y, x)
        return self.head(x.mean(dim=1) * y.mean(dim=1))[:, 0]
