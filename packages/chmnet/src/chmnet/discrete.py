"""The modern Hopfield network: a memory of separate patterns."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import wide, without_autocast
from chmnet._settings import require_kind
from chmnet._validation import require_frames
from chmnet.network import HopfieldNetwork

__all__ = ["DiscreteHopfield"]


class DiscreteHopfield(HopfieldNetwork):
    r"""A Hopfield network over L stored patterns.

    .. math:: E(q) = -\frac1\beta \log \frac1L \sum_{i=1}^L \exp(\beta x_i^\top q)
              + \tfrac12 \lVert q \rVert^2, \qquad q' = X^\top \mathrm{softmax}(\beta X q)

    Args:
        memory: Patterns X, one per row.
        beta: Inverse temperature β; 1/√D makes the update an attention head.
        offset: Added to each pattern's similarity (`euclidean_offset`); none if None.

    Raises:
        TypeError: If the memory is not floating-point.
        ValueError: If the memory is empty or not finite, β is not above 0, an offset is
            not one per pattern, or β times similarities would leave their type's range.

    Source: Ramsauer et al. (2020); Santos et al. (2025), equations 1 and 2.
    """

    offset: Tensor | None

    def __init__(
        self, memory: Float[Tensor, "L D"], beta: float, *, offset: Float[Tensor, " L"] | None = None
    ) -> None:
        super().__init__()
        require_frames("memory", memory)
        weights = torch.full_like(wide(memory[:, 0]), -math.log(len(memory))).detach()
        self._hold("memory", memory, beta, offset, weights)

    def similarity(self, q: Float[Tensor, "*B D"]) -> Float[Tensor, "*B L"]:
        """X q + b, one similarity a pattern."""
        with without_autocast(self.memory):
            similarity = wide(q) @ wide(self.memory).mT
        return similarity if self.offset is None else similarity + self.offset

    def expectation(self, weights: Float[Tensor, "*B L"]) -> Float[Tensor, "*B D"]:
        """Xᵀ w, a mean of the patterns."""
        with without_autocast(self.memory):
            return weights @ wide(self.memory)

    def settings(self) -> dict[str, Any]:
        """β, which a ``state_dict`` carries."""
        return {"kind": "DiscreteHopfield", "beta": float(self.beta)}

    def _restore(self, settings: dict[str, Any] | None, found: dict[str, Tensor]) -> None:
        if settings is not None:
            require_kind(settings, "DiscreteHopfield")
        self._restore_memory(self.beta if settings is None else settings["beta"], found)
