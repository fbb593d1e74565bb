"""Nearest neighbour through the stored triples: no training at all."""

from collections.abc import Mapping

from jaxtyping import Float
from torch import Tensor, nn

from cmhn._validation import require_states

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
        self._directions = {name: nn.functional.normalize(part, dim=1) for name, part in stored.items()}

    def complete(self, source: str, queries: Float[Tensor, "Q _"], target: str) -> Float[Tensor, "Q _"]:
        """The missing part of the nearest triple."""
        nearest = (queries @ self._directions[source].mT).argmax(dim=1)
        return self.stored[target][nearest]

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """Cosines of candidates with the missing part of the nearest triple."""
        found = nn.functional.normalize(self.complete(source, queries, target), dim=1)
        return found @ nn.functional.normalize(candidates, dim=1).mT
