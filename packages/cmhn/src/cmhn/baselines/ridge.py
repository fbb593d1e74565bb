"""Ridge regression from each modality to each other."""

from collections.abc import Mapping
from itertools import permutations

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import autocasting, without_autocast
from cmhn._validation import (
    require_known,
    require_matchable,
    require_positive,
    require_precision,
    require_states,
)
from cmhn.cosines import cosines
from cmhn.factorisation import factorise, solve_factorised

__all__ = ["RidgeRegression"]


class RidgeRegression:
    r"""A linear map for each ordered pair, in closed form.

    .. math:: B_{st} = (X_s^\top X_s + \lambda I)^{-1} X_s^\top X_t

    on features less their means; the intercept is not shrunk.

    Args:
        stored: Training triples, a matrix for each modality.
        ridge: λ, in units of a squared feature summed over triples.

    Raises:
        TypeError: If a part is neither float32 nor float64.
        ValueError: If there is no triple, numbers differ, a value is not finite, λ is not above 0, or it is so small
            that the products cannot be inverted.

    Source: Hoerl and Kennard, *Ridge Regression*, 1970.
    """

    def __init__(self, stored: Mapping[str, Tensor], *, ridge: float = 1.0) -> None:
        widths = {name: part.shape[-1] for name, part in stored.items()}
        require_positive("ridge", ridge)
        if require_states("stored", stored, widths) == 0:
            raise ValueError("stored must hold at least one triple, but is empty")
        for name, part in stored.items():
            require_precision(f"stored[{name!r}]", part.dtype)
        self.widths = widths
        self.means = {name: part.mean(dim=0) for name, part in stored.items()}
        centred = {name: part - self.means[name] for name, part in stored.items()}
        self.maps = {}
        factors = {}
        for name, x in centred.items():
            factors[name] = factorise("ridge", x.mT @ x + ridge * torch.eye(x.shape[1]).to(x))
        for source, target in permutations(stored, 2):
            products = centred[source].mT @ centred[target]
            self.maps[source, target] = solve_factorised(products, factors[source])

    def complete(self, source: str, queries: Float[Tensor, "Q _"], target: str) -> Float[Tensor, "Q _"]:
        """The regression's prediction.

        Raises:
            TypeError: If the queries are not of the training triples' type, outside of an autocast region.
            ValueError: If a modality is unknown, both are the same, or the queries do not fit.
        """
        self._require_direction(source, queries, target)
        return self._predict(source, queries, target) + self.means[target]

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """Cosines of candidates with the prediction, both less the mean: the intercept tells no pair from another."""
        self._require_direction(source, queries, target)
        require_matchable(source, queries, target, candidates, self.widths, self._type(target))
        predicted = self._predict(source, queries, target)
        return cosines(predicted, candidates - self.means[target])

    def _predict(self, source: str, queries: Tensor, target: str) -> Tensor:
        with without_autocast(queries):
            return (queries - self.means[source]) @ self.maps[source, target]

    def _require_direction(self, source: str, queries: Tensor, target: str) -> None:
        require_known("target", [target], self.widths)
        require_states("queries", {source: queries}, self.widths, self._type(source), "the training triples'")
        if source == target:
            raise ValueError(f"target must be another modality than the queries', but both are {source!r}")

    def _type(self, name: str) -> torch.dtype | None:
        like = self.means[name]
        return None if autocasting(like) else like.dtype
