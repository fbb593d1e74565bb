"""Features of length 1, whatever the encoder."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cmhn.cosines import unit

__all__ = ["UnitLength"]


class UnitLength(nn.Module):
    """An encoder whose features are scaled to length 1; one of zeros stays so.

    Args:
        encoder: A module with ``prepare`` and ``forward``, as the small encoders are.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def prepare(self, batch: Any) -> Tensor:
        """What the encoder prepares of a raw batch, once, without a gradient."""
        with torch.no_grad():
            return self.encoder.prepare(batch)  # type: ignore[operator]

    def forward(self, prepared: Tensor) -> Float[Tensor, "B D"]:
        """Features of what is prepared."""
        return unit(self.encoder(prepared))

    def encode(self, batch: Any) -> Float[Tensor, "B D"]:
        """Features of a raw batch; raises as the encoder does."""
        return self(self.prepare(batch))
