"""Frame embeddings by a frozen, pretrained image encoder. Needs the extra ``chmnet[embeddings]``."""

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from amcore.torch.pictures import PictureNetwork
from chmnet._validation import require_at_least

__all__ = ["embed_frames"]


def embed_frames(
    frames: UInt8[np.ndarray, "T H W 3"], *, encoder: PictureNetwork | None = None, batch: int | None = None
) -> Float[Tensor, "T 1280"]:
    """Embed each frame; about 30 ms a frame of 224 × 224 on one core.

    Args:
        frames: RGB levels 0 … 255, a memory-mapped array at will: a batch is read at a time. The encoder was
            trained at 224 × 224.
        encoder: The encoder, wherever it has been moved to; a new one if None.
        batch: Frames encoded at once; the device decides if None.

    Returns:
        One row per frame.

    Raises:
        ImportError: If the extra is not installed.
        TypeError: If the frames are not bytes.
        ValueError: If they are not RGB frames or ``batch`` is below 1.
    """
    if batch is not None:
        batch = require_at_least("batch", batch, 1)
    network = PictureNetwork() if encoder is None else encoder
    return network.encode("frames", frames, batch=batch)
