"""Damaged copies of stored patterns, to be completed by a memory."""

import torch
from jaxtyping import Float
from torch import Tensor

from chmnet._validation import require_floating, require_non_negative

__all__ = ["add_gaussian_noise", "mask_lower_half"]


def mask_lower_half(frames: Float[Tensor, "B ..."], height_axis: int = 1) -> Float[Tensor, "B ..."]:
    """Frames whose lower half is set to 0, the middle grey of pixels in [-1, 1].

    Args:
        frames: Images, or rows of flattened images.
        height_axis: Axis that runs from the top row to the bottom one. The default is right for [B, H, W, C],
            and for the same images flattened to [B, D], whose lower half is the second half of their
            entries; for [B, C, H, W] it is 2. Of an odd number of rows the middle one is kept.

    Returns:
        A copy.

    Raises:
        TypeError: If the frames are not floating-point.
        ValueError: If they have no such axis, or it is the first.

    Source: Santos et al. (2025), section 5.2.
    """
    require_floating("frames", frames)
    if not 0 < height_axis < frames.ndim:
        raise ValueError(
            f"height_axis must be an axis after the first of frames with shape {tuple(frames.shape)}, "
            f"but is {height_axis}"
        )
    masked = frames.clone()
    height = frames.shape[height_axis]
    masked.narrow(height_axis, height - height // 2, height // 2).zero_()
    return masked


def add_gaussian_noise(
    frames: Float[Tensor, "*B D"], sigma: float = 5.0, *, generator: torch.Generator | None = None
) -> Float[Tensor, "*B D"]:
    """Frames with independent Gaussian noise on every entry.

    Args:
        frames: Frames or embeddings.
        sigma: Standard deviation of the noise, in the frames' units; 5 in the paper.
        generator: Where randomness comes from; torch's own if None.

    Returns:
        A copy.

    Raises:
        TypeError: If the frames are not floating-point.
        ValueError: If ``sigma`` is negative or not finite.

    Source: Santos et al. (2025), section 5.3.
    """
    require_floating("frames", frames)
    require_non_negative("sigma", sigma)
    noise = torch.randn(frames.shape, dtype=frames.dtype, device=frames.device, generator=generator)
    return frames + sigma * noise
