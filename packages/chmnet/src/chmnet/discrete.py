"""The modern Hopfield network: a memory of separate patterns."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from chmnet._validation import require_frames, require_positive
from chmnet.network import HopfieldNetwork

__all__ = ["DiscreteHopfield"]


class DiscreteHopfield(HopfieldNetwork):
    r"""A Hopfield network over L stored patterns.

    .. math:: E(q) = -\frac1\beta \log \frac1L \sum_{i=1}^L \exp(\beta x_i^\top q)
              + \tfrac12 \lVert q \rVert^2, \qquad q' = X^\top \mathrm{softmax}(\beta X q)

    Args:
        memory: Patterns X, one a row.
        beta: Inverse temperature β; 1/√D makes the update an attention head.

    Raises:
        TypeError: If the memory is not floating-point.
        ValueError: If the memory is empty or not finite, or β is not above 0.

    Source: Ramsauer et al. (2020); Santos et al. (2025), equations 1 and 2.
    """

    def __init__(self, memory: Float[Tensor, "L D"], beta: float) -> None:
        super().__init__()
        require_frames("memory", memory)
        require_positive("beta", beta)
        self.beta = beta
        self.register_buffer("memory", memory)
        self.register_buffer("log_weights", torch.full_like(memory[:, 0], -math.log(len(memory))).detach())

    def similarity(self, q: Float[Tensor, "*B D"]) -> Float[Tensor, "*B L"]:
        """X q, one similarity a pattern."""
        return q @ self.memory.mT

    def expectation(self, weights: Float[Tensor, "*B L"]) -> Float[Tensor, "*B D"]:
        """Xᵀ w, a mean of the patterns."""
        return weights @ self.memory
