"""The associative bridge: slots addressed by one modality that give back another."""

import math
from collections.abc import Mapping
from itertools import permutations
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from amcore.torch.autocast import own_type, wide, without_autocast
from amcore.torch.settings import Settled
from cmhn._validation import (
    require_at_least,
    require_known,
    require_matchable,
    require_pairs,
    require_scale,
    require_states,
    require_widths,
)
from cmhn.cosines import cosines
from cmhn.losses import symmetric_cross_entropy

__all__ = ["MemoryBridge"]


class MemoryBridge(Settled):
    r"""A value memory for each modality, and for each ordered pair a key memory that addresses it.

    .. math:: \alpha_s = \mathrm{softmax}\bigl(r \cos(x^{(s)}, K_{st})\bigr), \quad
              \alpha_t = \mathrm{softmax}\bigl(r \cos(x^{(t)}, V_t)\bigr), \quad \hat x^{(t)} = \alpha_s V_t

    .. math:: \mathcal{L} = \underbrace{\lVert x^{(t)} - \alpha_t V_t \rVert^2 / d_t}_\text{save}
              + \underbrace{\mathrm{KL}(\alpha_t \Vert \alpha_s)}_\text{bridge}
              + \underbrace{\mathrm{CE}_\text{sym}\bigl(\tau^{-1} \cos(\hat x^{(t)}_i, x^{(t)}_j)\bigr)}_\text{task}

    averaged over ordered pairs. The last term stands for the loss of the paper's own task: it is the contrast that
    every baseline here is trained on.

    Args:
        widths: Width of each modality's features.
        slots: Slots of each memory.
        radius: r, the sharpness of addressing.
        temperature: Where τ starts; it is learnt.

    Raises:
        TypeError: If a width or the number of slots is not a whole number.
        ValueError: If a count is below 1, or r or τ is not above 0.

    Source: Kim et al., *Multi-Modality Associative Bridging Through Memory: Speech Sound Recollected From Face Video*,
    2021.
    """

    def __init__(
        self, widths: Mapping[str, int], slots: int = 128, *, radius: float = 16.0, temperature: float = 0.07
    ) -> None:
        super().__init__()
        require_widths("widths", widths)
        require_at_least("slots", slots, 1)
        require_scale("radius", radius)
        require_scale("temperature", temperature)
        self.widths = dict(widths)
        self.radius = float(radius)
        self.values = nn.ParameterDict(
            {name: nn.Parameter(torch.randn(slots, width) / width**0.5) for name, width in widths.items()}
        )
        self.keys = nn.ParameterDict(
            {
                f"{source}->{target}": nn.Parameter(
                    torch.randn(slots, widths[source]) / widths[source] ** 0.5
                )
                for source, target in permutations(widths, 2)
            }
        )
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)))

    def complete(self, source: str, queries: Float[Tensor, "Q _"], target: str) -> Float[Tensor, "Q _"]:
        """x̂^(t), what the slots that the queries address hold of another modality.

        Raises:
            TypeError: If the queries are not of the slots' type, outside of an autocast region.
            ValueError: If a modality is unknown, both are the same, or the queries do not fit.
        """
        require_known("target", [target], self.widths)
        require_states("queries", {source: queries}, self.widths, own_type(self), "the slots'")
        if source == target:
            raise ValueError(f"target must be another modality than the queries', but both are {source!r}")
        return self._read(self._address(queries, self.keys[f"{source}->{target}"]), target)

    def loss(self, states: Mapping[str, Tensor]) -> Float[Tensor, ""]:
        """Save, bridge and task, averaged over ordered pairs of modalities.

        Raises:
            TypeError: If a state is not of the slots' type, outside of an autocast region.
            ValueError: If a state does not fit, or there are fewer than two modalities, or no item.
        """
        batch = require_states("states", states, self.widths, own_type(self), "the slots'")
        require_pairs("states", states, batch)
        scale = self.log_scale.clamp(max=math.log(100)).exp()
        losses = []
        for source, target in permutations(states, 2):
            truth, values = wide(states[target]), self.values[target]
            by_source = self._address(states[source], self.keys[f"{source}->{target}"])
            by_target = self._address(truth, values)
            save = (truth - self._read(by_target, target)).square().mean()
            bridge = nn.functional.kl_div(by_source, by_target, reduction="batchmean", log_target=True)
            task = symmetric_cross_entropy(scale * cosines(self._read(by_source, target), truth))
            losses.append(save + bridge + task)
        return torch.stack(losses).mean()

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """Cosines of candidates with what the queries bring back."""
        require_matchable(source, queries, target, candidates, self.widths, own_type(self))
        return cosines(self.complete(source, queries, target), candidates)

    def _address(self, features: Tensor, slots: Tensor) -> Tensor:
        return (self.radius * cosines(features, slots)).log_softmax(dim=1)

    def _read(self, address: Tensor, target: str) -> Tensor:
        with without_autocast(address):
            return address.exp() @ wide(self.values[target])

    def settings(self) -> dict[str, Any]:
        """The sharpness of addressing, which is not learnt."""
        return {"radius": self.radius}
