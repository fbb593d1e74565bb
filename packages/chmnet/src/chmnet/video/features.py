"""What is prepared once of every video, and read by every experiment: inner products and embeddings."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from amcore.data import load_video
from amcore.data.formats.video import inspect_video
from chmnet.video.products import InnerProducts

__all__ = ["EMBEDDINGS", "PRODUCTS", "load_embeddings", "load_products", "open_frames"]

PRODUCTS = "products.npy"
"""File of a video's `InnerProducts`, half-masked frames for queries."""

EMBEDDINGS = "embeddings.npy"
"""File of a video's frame embeddings as the encoder gives them, [L, W]."""


def open_frames(files: Sequence[Path | str], *, longest: int = 4096) -> UInt8[np.ndarray, "L H W 3"]:
    """The frames of a video, as bytes.

    Args:
        files: One prepared array, which is memory-mapped; several, which are strung together; or one video that PyAV
            decodes.
        longest: Evenly spaced frames taken from a video that is decoded; all it has where they are fewer.

    Raises:
        ValueError: If no file is given.
        DataError: If a video is missing or cannot be decoded.
        ImportError: If a video is to be decoded and PyAV is not installed.
    """
    paths = [Path(file) for file in files]
    if not paths:
        raise ValueError("files must name at least one file, but is empty")
    if paths[0].suffix != ".npy":
        return load_video(paths[0], frames=min(longest, inspect_video(paths[0]).frames))
    arrays = [np.load(path, mmap_mode="r", allow_pickle=False) for path in paths]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def load_products(folder: Path | str, video: str) -> InnerProducts:
    """Inner products of a video's frames, queries being the frames with their lower half at 0.

    Args:
        folder: Folder of all features.
        video: Name of the video.

    Raises:
        FileNotFoundError: If the video's products are not prepared there.
        ValueError: If the file holds something else.
    """
    return InnerProducts.load(Path(folder) / video / PRODUCTS)


def load_embeddings(folder: Path | str, video: str) -> Float[Tensor, "L W"]:
    r"""Embeddings of a video's frames, each moved and scaled to mean 0 and variance 1 over its entries.

    .. math:: x_\ell \leftarrow (x_\ell - \bar x_\ell) / \mathrm{std}(x_\ell)

    The paper's embeddings leave a Q-former, whose last step is this normalisation; noise of σ = 5 means five standard
    deviations of an entry there and here.

    Args:
        folder: Folder of all features.
        video: Name of the video.

    Raises:
        FileNotFoundError: If the video's embeddings are not prepared there.
        ValueError: If the file holds something else.

    Source: Santos et al. (2025), section 5.3; Li et al., BLIP-2, 2023 (the Q-former).
    """
    path = Path(folder) / video / EMBEDDINGS
    embeddings = np.load(path, allow_pickle=False)
    if embeddings.ndim != 2:
        raise ValueError(f"{path} must hold embeddings [L, W], but holds shape {embeddings.shape}")
    raw = torch.from_numpy(embeddings)
    return torch.nn.functional.layer_norm(raw, raw.shape[1:])
