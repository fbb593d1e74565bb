"""CLIP's objective: one projection a modality, aligned by InfoNCE."""

import math
from collections.abc import Mapping
from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from amcore.torch.autocast import own_type
from cmhn._validation import (
    require_at_least,
    require_matchable,
    require_pairs,
    require_scale,
    require_states,
    require_widths,
)
from cmhn.cosines import products, unit
from cmhn.losses import symmetric_cross_entropy

__all__ = ["ContrastiveProjection"]


class ContrastiveProjection(nn.Module):
    r"""Linear projections to a common sphere.

    .. math:: \mathcal{L} = \mathrm{mean}_{c < d}\; \mathrm{CE}_\text{sym}
              \bigl( \tau^{-1} \langle u_i^{(c)}, u_j^{(d)} \rangle \bigr), \qquad
              u^{(c)} = P_c x^{(c)} / \lVert P_c x^{(c)} \rVert

    Args:
        widths: Width of each modality's features.
        dimension: Width of the common space.
        temperature: Where τ starts; it is learnt, and kept above 0.01 as CLIP does.

    Raises:
        TypeError: If a width is not a whole number.
        ValueError: If a width or the dimension is below 1, or τ is not above 0.

    Source: Radford et al., *Learning Transferable Visual Models From Natural Language Supervision*, 2021, section 2.3.
    """

    def __init__(self, widths: Mapping[str, int], dimension: int = 256, *, temperature: float = 0.07) -> None:
        super().__init__()
        require_widths("widths", widths)
        require_at_least("dimension", dimension, 1)
        require_scale("temperature", temperature)
        self.widths = dict(widths)
        self.projections = nn.ModuleDict(
            {name: nn.Linear(width, dimension, bias=False) for name, width in widths.items()}
        )
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)))

    def embed(self, name: str, features: Float[Tensor, "B _"]) -> Float[Tensor, "B K"]:
        """Features on the common sphere."""
        return unit(self.projections[name](features))

    def loss(self, states: Mapping[str, Tensor]) -> Float[Tensor, ""]:
        """The mean over pairs of modalities of the symmetric InfoNCE.

        Raises:
            TypeError: If a state is not of the projections' type, outside of an autocast region.
            ValueError: If a state does not fit, or there are fewer than two modalities, or no item.
        """
        batch = require_states("states", states, self.widths, own_type(self), "the projections'")
        require_pairs("states", states, batch)
        embedded = {name: self.embed(name, state) for name, state in states.items()}
        scale = self.log_scale.clamp(max=math.log(100)).exp()
        losses = [
            symmetric_cross_entropy(products(scale * embedded[c], embedded[d]))
            for c, d in combinations(embedded, 2)
        ]
        return torch.stack(losses).mean()

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
