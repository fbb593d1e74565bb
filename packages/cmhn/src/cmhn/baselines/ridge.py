"""Ridge regression from each modality to each other."""

from collections.abc import Mapping
from itertools import permutations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cmhn._validation import require_positive, require_states

__all__ = ["RidgeRegression"]


class RidgeRegression:
    r"""A linear map for each ordered pair, in closed form.

    .. math:: B_{st} = (X_s^\top X_s + \lambda I)^{-1} X_s^\top X_t

    on features less their means; the intercept is not shrunk.

    Args:
        stored: Training triples, a matrix for each modality.
        ridge: λ, in units of a squared feature summed over triples.

    Raises:
        TypeError: If a part is not a floating-point tensor.
        ValueError: If there is no triple, numbers differ, a value is not finite or λ is not above 0.

    Source: Hoerl and Kennard, *Ridge Regression*, 1970.
    """

    def __init__(self, stored: Mapping[str, Tensor], *, ridge: float = 1.0) -> None:
        widths = {name: part.shape[-1] for name, part in stored.items()}
        require_positive("ridge", ridge)
        if require_states("stored", stored, widths) == 0:
            raise ValueError("stored must hold at least one triple, but is empty")
        self.means = {name: part.mean(dim=0) for name, part in stored.items()}
        centred = {name: part - self.means[name] for name, part in stored.items()}
        self.maps = {}
        factors = {}
        for name, x in centred.items():
            factors[name] = torch.linalg.cholesky(x.mT @ x + ridge * torch.eye(x.shape[1]).to(x))
        for source, target in permutations(stored, 2):
            products = centred[source].mT @ centred[target]
            self.maps[source, target] = torch.cholesky_solve(products, factors[source])

    def complete(self, source: str, queries: Float[Tensor, "Q _"], target: str) -> Float[Tensor, "Q _"]:
        """The regression's prediction."""
        return (queries - self.means[source]) @ self.maps[source, target] + self.means[target]

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """Cosines of candidates with the prediction, both less the mean: the intercept tells no pair from another."""
        predicted = (queries - self.means[source]) @ self.maps[source, target]
        shifted = candidates - self.means[target]
        return nn.functional.normalize(predicted, dim=1) @ nn.functional.normalize(shifted, dim=1).mT
