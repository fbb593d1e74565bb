"""CLOOB: Hopfield retrieval of the batch's embeddings, aligned by InfoLOOB."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from amcore.torch.autocast import own_type, without_autocast
from amcore.torch.settings import Settled
from cmhn._validation import (
    require_at_least,
    require_matchable,
    require_pairs,
    require_scale,
    require_states,
    require_widths,
)
from cmhn.cosines import products, unit

__all__ = ["CLOOB"]


class CLOOB(Settled):
    r"""Projections as CLIP's, with a modern Hopfield network between them and the objective.

    For two modalities with embeddings X, Y (rows on the sphere) as stored patterns,

    .. math:: U_x = \overline{\mathrm{softmax}(\beta X X^\top) X}, \quad
              U_y = \overline{\mathrm{softmax}(\beta Y X^\top) X}, \quad
              V_x = \overline{\mathrm{softmax}(\beta X Y^\top) Y}, \quad
              V_y = \overline{\mathrm{softmax}(\beta Y Y^\top) Y}

    .. math:: \mathcal{L} = -\frac1B \sum_i \log \frac{e^{\tau^{-1} \langle U_{x,i}, U_{y,i} \rangle}}
              {\sum_{j \ne i} e^{\tau^{-1} \langle U_{x,i}, U_{y,j} \rangle}}
              -\frac1B \sum_i \log \frac{e^{\tau^{-1} \langle V_{x,i}, V_{y,i} \rangle}}
              {\sum_{j \ne i} e^{\tau^{-1} \langle V_{x,j}, V_{y,i} \rangle}}

    where the bar is normalisation. The true pair is left out of the denominator, so the objective does not saturate.
    Scores are cosines of the embeddings, without retrieval, as in the paper's evaluation.

    Args:
        widths: Width of each modality's features.
        dimension: Width of the common space.
        beta: The Hopfield network's inverse temperature; 8 in the paper.
        inverse_temperature: τ⁻¹, fixed; 30 in the paper.

    Raises:
        TypeError: If a width is not a whole number.
        ValueError: If a width or the dimension is below 1, or a temperature is not above 0.

    Source: Fürst et al., *CLOOB: Modern Hopfield Networks with InfoLOOB Outperform CLIP*, 2021, section 2.
    """

    def __init__(
        self,
        widths: Mapping[str, int],
        dimension: int = 256,
        *,
        beta: float = 8.0,
        inverse_temperature: float = 30.0,
    ) -> None:
        super().__init__()
        require_widths("widths", widths)
        require_at_least("dimension", dimension, 1)
        require_scale("beta", beta)
        require_scale("inverse_temperature", inverse_temperature)
        self.widths = dict(widths)
        self.beta = float(beta)
        self.inverse_temperature = float(inverse_temperature)
        self.projections = nn.ModuleDict(
            {name: nn.Linear(width, dimension, bias=False) for name, width in widths.items()}
        )

    def embed(self, name: str, features: Float[Tensor, "B _"]) -> Float[Tensor, "B K"]:
        """Features on the common sphere."""
        return unit(self.projections[name](features))

    def loss(self, states: Mapping[str, Tensor]) -> Float[Tensor, ""]:
        """The mean over pairs of modalities of the two InfoLOOB terms.

        Raises:
            TypeError: If a state is not of the projections' type, outside of an autocast region.
            ValueError: If a state does not fit, or there are fewer than two modalities or items.
        """
        batch = require_states("states", states, self.widths, own_type(self), "the projections'")
        require_pairs("states", states, batch, 2)
        embedded = {name: self.embed(name, state) for name, state in states.items()}
        with without_autocast(next(iter(embedded.values()))):
            losses = [self._pair(embedded[c], embedded[d]) for c, d in combinations(embedded, 2)]
        return torch.stack(losses).mean()

    def settings(self) -> dict[str, Any]:
        """Both temperatures, which are not learnt."""
        return {"beta": self.beta, "inverse_temperature": self.inverse_temperature}

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """Cosines in the common space.

        Raises:
            TypeError: If a feature is not of the projections' type, outside of an autocast region.
            ValueError: If a modality is unknown, or a feature does not fit.
        """
        require_matchable(source, queries, target, candidates, self.widths, own_type(self))
        return products(self.embed(source, queries), self.embed(target, candidates))

    def _pair(self, x: Tensor, y: Tensor) -> Tensor:
        u_x, u_y = self._retrieve(x, x), self._retrieve(y, x)
        v_x, v_y = self._retrieve(x, y), self._retrieve(y, y)
        return self._info_loob(u_x @ u_y.mT) + self._info_loob(v_y @ v_x.mT)

    def _retrieve(self, queries: Tensor, stored: Tensor) -> Tensor:
        return unit((self.beta * queries @ stored.mT).softmax(dim=1) @ stored)

    def _info_loob(self, cosines: Tensor) -> Tensor:
        logits = self.inverse_temperature * cosines
        true = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
        others = logits.masked_fill(true, -torch.inf).logsumexp(dim=1)
        return (others - logits.diagonal()).mean()
