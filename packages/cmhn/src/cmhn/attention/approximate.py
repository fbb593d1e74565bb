"""Attention over the nearest patterns alone, found by a FAISS index. Needs the extra ``cmhn[faiss]``."""

from importlib.util import find_spec
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from amcore.sampling import evenly_spaced
from cmhn._validation import require_at_least, require_matrix
from cmhn.attention import Attention, Recall
from cmhn.attention.neighbours import largest_products

__all__ = ["ApproximateAttention"]


class ApproximateAttention(Attention):
    r"""The softmax over the k patterns that an index finds for a query, instead of over all N.

    .. math:: \log \sum_{i \in \text{found}} e^{\langle q, m_i \rangle} \le \log \sum_{i=1}^N e^{\langle q, m_i \rangle}

    The error is the weight of what was not found: small where β is large, and measured by ``recall`` and by the
    difference of the log-partitions. The index is of the patterns it was built from; others are refused, so build it
    again when the memory changes.

    Args:
        patterns: The patterns to index.
        k: How many patterns answer a query.
        factory: FAISS's description of an index: ``"HNSW32,Flat"`` finds fast and is slow to build,
            ``"IVF1024,Flat"`` needs training on the patterns, ``"Flat"`` is exact.
        search: Settings of the search, such as ``"efSearch=64"`` or ``"nprobe=16"``; the index's own if None.

    Raises:
        ImportError: If the extra is not installed.
        TypeError: If the patterns are not floating-point or k is not a whole number.
        ValueError: If the patterns are no finite matrix, k is not in [1, N], or FAISS does not know the description.

    Source: Johnson, Douze and Jégou, *Billion-scale similarity search with GPUs*, 2019.
    """

    def __init__(
        self,
        patterns: Float[Tensor, "N D"],
        k: int = 64,
        *,
        factory: str = "HNSW32,Flat",
        search: str | None = None,
    ) -> None:
        if find_spec("faiss") is None:
            raise ImportError("ApproximateAttention needs faiss: install it with `pip install 'cmhn[faiss]'`")
        import faiss

        require_matrix("patterns", patterns)
        require_at_least("k", k, 1)
        if k > len(patterns):
            raise ValueError(f"k must be at most the number of patterns {len(patterns)}, but is {k}")
        self.k = k
        self._shape = tuple(patterns.shape)
        self._fingerprint = _fingerprint(patterns)
        rows = patterns.detach().float().cpu().contiguous().numpy()
        try:
            self._index: Any = faiss.index_factory(patterns.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
            if search is not None:
                faiss.ParameterSpace().set_index_parameters(self._index, search)
        except RuntimeError as error:
            raise ValueError(
                f"factory and search must be descriptions that FAISS knows, but are {factory!r}, {search!r}"
            ) from error
        self._index.train(rows)
        self._index.add(rows)

    def neighbours(self, queries: Float[Tensor, "B D"]) -> Int[Tensor, "B k"]:
        """Indices of the patterns found for each query; −1 where the index found fewer than k."""
        _, found = self._index.search(queries.detach().float().cpu().contiguous().numpy(), self.k)
        return torch.from_numpy(found).to(queries.device)

    def recall(self, queries: Float[Tensor, "B D"], patterns: Float[Tensor, "N D"]) -> float:
        """Share of the true k nearest patterns (largest products) that the index finds.

        Args:
            queries: At least one.
            patterns: The patterns that were indexed.

        Raises:
            ValueError: If there is no query, or the patterns are others.
        """
        self._check(patterns)
        if len(queries) == 0:
            raise ValueError("queries must hold at least one query, but are empty")
        _, truth = largest_products(queries, patterns, self.k)
        found = self.neighbours(queries)
        return float((truth[:, :, None] == found[:, None]).any(dim=2).cpu().double().mean())

    def attend(
        self,
        queries: Float[Tensor, "B D"],
        patterns: Float[Tensor, "N D"],
        *,
        offset: Float[Tensor, " N"] | None = None,
        mean: bool = True,
        partition: bool = True,
    ) -> Recall:
        """Answer queries; see `Attention`. Products are taken anew, so gradients flow through what was found.

        Raises:
            ValueError: If the patterns are others, or there is an offset: the index finds by products alone.
        """
        if offset is not None:
            raise ValueError(
                "offset must be None for ApproximateAttention, whose index finds by products alone"
            )
        self._check(patterns)
        if len(queries) == 0:
            return Recall(queries if mean else None, queries.sum(dim=1) if partition else None)
        found = self.neighbours(queries)
        near = patterns[found.clamp(min=0)]
        logits = (near @ queries[:, :, None])[:, :, 0]
        logits = logits.masked_fill(found < 0, -torch.inf)
        return Recall(
            (logits.softmax(dim=1)[:, None] @ near)[:, 0] if mean else None,
            logits.logsumexp(dim=1) if partition else None,
        )

    def _check(self, patterns: Tensor) -> None:
        if tuple(patterns.shape) != self._shape or not torch.equal(_fingerprint(patterns), self._fingerprint):
            raise ValueError(
                f"patterns must be those that were indexed, of shape {self._shape}, but are others, of shape "
                f"{tuple(patterns.shape)}: build the index again"
            )


def _fingerprint(patterns: Tensor) -> Tensor:
    # A few rows spread over the memory: a changed memory is told from the indexed one without reading it whole.
    rows = torch.from_numpy(evenly_spaced(len(patterns), min(64, len(patterns)))).to(patterns.device)
    return patterns.detach()[rows].clone()
