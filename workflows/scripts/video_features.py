"""Prepare what the experiments need of one video: inner products or embeddings; called by the feature rules."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from chmnet import half_masked_products, open_frames
from chmnet.embeddings import embed_frames
from chmnet.features import EMBEDDINGS, PRODUCTS


def main(files: Sequence[Path], target: Path, longest: int) -> None:
    """Write the features that the target's name asks for; the file appears when it is whole.

    Args:
        files: What holds the frames: prepared arrays, or a video.
        target: File to write, named as one of the two kinds.
        longest: Evenly spaced frames taken from a video that is decoded.
    """
    frames = open_frames(files, longest=longest)
    partial = target.with_suffix(".part.npy")
    match target.name:
        case name if name == PRODUCTS:
            half_masked_products(frames).save(partial)
        case name if name == EMBEDDINGS:
            np.save(partial, embed_frames(frames).numpy())
        case name:
            raise ValueError(f"target must be named {PRODUCTS} or {EMBEDDINGS}, but came as {name}")
    partial.replace(target)


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    torch.set_num_threads(job.threads)
    main([Path(path) for path in job.input.frames], Path(job.output[0]), job.params.longest)
