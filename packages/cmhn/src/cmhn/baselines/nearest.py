"""Nearest neighbour through the stored triples: no training at all."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import autocasting
from cmhn._validation import require_known, require_matchable, require_states
from cmhn.cosines import cosines, products, unit

__all__ = ["NearestTriple"]


class NearestTriple:
    """The stored triple whose part in the query's modality is nearest (by cosine), and its other parts.

    Args:
        stored: The triples, a matrix for each modality.

    Raises:
        TypeError: If a part is not a floating-point tensor.
        ValueError: If there is no triple, numbers differ or a value is not finite.
    """

    def __init__(self, stored: Mapping[str, Tensor]) -> None:
        widths = {name: part.shape[-1] for name, part in stored.items()}
        if require_states("stored", stored, widths) == 0:
            raise ValueError("stored must hold at least one triple, but is empty")
        self.stored = dict(stored)
        self.widths = widths
        self._directions = {name: unit(part) for name, part in stored.items()}

    def complete(self, source: str, queries: Float[Tensor, "Q _"], target: str) -> Float[Tensor, "Q _"]:
        """The missing part of the nearest triple.

        Raises:
            TypeError: If the queries are not of the stored triples' type, outside of an autocast region.
            ValueError: If a modality is unknown, or the queries do not fit.
        """
        require_known("target", [target], self.widths)
        require_states("queries", {source: queries}, self.widths, self._type(source), "the stored")
        like = self._directions[source]
        return self.stored[target][products(queries.to(like.dtype), like).argmax(dim=1)]

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """Cosines of candidates with the missing part of the nearest triple; raises as `complete`."""
        require_matchable(source, queries, target, candidates, self.widths, self._type(target))
        found = self.complete(source, queries, target)
        return cosines(found, candidates.to(found.dtype))

    def _type(self, name: str) -> torch.dtype | None:
        like = self.stored[name]
        return None if autocasting(like) else like.dtype
