"""The paper's two retrieval tasks on prepared videos: half-masked frames, and noisy embeddings."""

from pathlib import Path

import torch

from chmnet._validation import require_at_least
from chmnet.evaluation.subsampling import evenly_spaced
from chmnet.video.features import load_embeddings, load_products
from chmnet.video.products import InnerProducts, frame_products

__all__ = ["TASKS", "task_products"]

TASKS: tuple[str, str] = ("frames", "embeddings")
"""Names of the tasks."""


def task_products(
    task: str,
    features: Path | str,
    video: str,
    length: int,
    *,
    sigma: float,
    generator: torch.Generator | None = None,
) -> InnerProducts | None:
    """Load the inner products of L evenly spaced frames of a video, and of their damaged copies.

    Args:
        task: ``frames``, half-masked, or ``embeddings``, with noise; one of `TASKS`.
        features: Folder of all features.
        video: Name of the video.
        length: Number L of frames.
        sigma: Standard deviation of the noise on embeddings; frames have none.
        generator: Where the noise comes from; torch's own if None.

    Returns:
        The products, or None if the video has fewer than L frames.

    Raises:
        FileNotFoundError: If the video's features are not prepared there.
        TypeError: If the length is not a whole number.
        ValueError: If the task is not one of `TASKS`, the length is below 1 or ``sigma`` is negative.

    Source: Santos et al. (2025), sections 5.2 and 5.3.
    """
    if task not in TASKS:
        raise ValueError(f"task must be one of {list(TASKS)}, but is {task!r}")
    require_at_least("length", length, 1)
    if task == "frames":
        products = load_products(features, video)
        return products.subset(evenly_spaced(len(products), length)) if length <= len(products) else None
    embeddings = load_embeddings(features, video)
    if length > len(embeddings):
        return None
    return frame_products(embeddings[evenly_spaced(len(embeddings), length)], sigma, generator=generator)
