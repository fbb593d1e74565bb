"""What an encoder is: anything with ``encode``."""

from typing import Any, Protocol, runtime_checkable

from torch import Tensor

__all__ = ["Encoder"]


@runtime_checkable
class Encoder(Protocol):
    """Turns a batch of raw inputs of one modality into features.

    No subclassing: an object with this method will do, and where it is an ``nn.Module`` its parameters are
    trained, moved and saved with the network that holds it.

    Source: proposal, section 3.1, the maps f^(c).
    """

    def encode(self, batch: Any) -> Tensor:
        """Features [B, d_c] of a batch of B inputs."""
        ...
