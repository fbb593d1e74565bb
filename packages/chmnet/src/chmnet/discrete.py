"""The modern Hopfield network: a memory of separate patterns."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from chmnet._validation import require_frames, require_offset, require_positive
from chmnet.network import HopfieldNetwork

__all__ = ["DiscreteHopfield"]


class DiscreteHopfield(HopfieldNetwork):
    r"""A Hopfield network over L stored patterns.

    .. math:: E(q) = -\frac1\beta \log \frac1L \sum_{i=1}^L \exp(\beta x_i^\top q)
              + \tfrac12 \lVert q \rVert^2, \qquad q' = X^\top \mathrm{softmax}(\beta X q)

    Args:
        memory: Patterns X, one a row.
        beta: Inverse temperature β; 1/√D makes the update an attention head.
        offset: Added to each pattern's similarity (`euclidean_offset`); none if None.

    Raises:
        TypeError: If the memory is not floating-point.
        ValueError: If the memory is empty or not finite, β is not above 0, or an offset is not one a pattern.

    Source: Ramsauer et al. (2020); Santos et al. (2025), equations 1 and 2.
    """

    offset: Tensor | None

    def __init__(
        self, memory: Float[Tensor, "L D"], beta: float, *, offset: Float[Tensor, " L"] | None = None
    ) -> None:
        super().__init__()
        require_frames("memory", memory)
        require_positive("beta", beta)
        require_offset(offset, memory)
        self.beta = beta
        self.register_buffer("memory", memory)
        self.register_buffer("offset", offset)
        self.register_buffer("log_weights", torch.full_like(memory[:, 0], -math.log(len(memory))).detach())

    def similarity(self, q: Float[Tensor, "*B D"]) -> Float[Tensor, "*B L"]:
        """X q + b, one similarity a pattern."""
        similarity = q @ self.memory.mT
        return similarity if self.offset is None else similarity + self.offset

    def expectation(self, weights: Float[Tensor, "*B L"]) -> Float[Tensor, "*B D"]:
        """Xᵀ w, a mean of the patterns."""
        return weights @ self.memory
