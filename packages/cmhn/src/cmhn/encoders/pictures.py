"""A frozen image encoder. Needs the extra ``cmhn[pictures]``."""

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from amcore.torch.pictures import PICTURE_WIDTH, PictureNetwork
from cmhn._validation import require_at_least

__all__ = ["PictureEncoder"]


class PictureEncoder(nn.Module):
    """EfficientNet-Lite0, trained on ImageNet, up to the mean of its last feature map; frozen.

    See `amcore.torch.pictures.PictureNetwork` for the weights and their source.

    Args:
        batch: Pictures encoded at once.

    Raises:
        ImportError: If the extra is not installed.
        TypeError: If ``batch`` is not a whole number.
        ValueError: If it is below 1.
    """

    width = PICTURE_WIDTH

    def __init__(self, batch: int = 32) -> None:
        super().__init__()
        self.batch = require_at_least("batch", batch, 1)
        self.network = PictureNetwork()
        self.eval()

    def encode(self, batch: UInt8[np.ndarray, "B H W 3"]) -> Float[Tensor, "B 1280"]:
        """Compute the features of pictures, RGB levels 0 … 255; a memory-mapped array is read a few at a time.

        Raises:
            TypeError: If the pictures are not bytes.
            ValueError: If they are not RGB pictures.
        """
        return self.network.encode("batch", batch, batch=self.batch)
