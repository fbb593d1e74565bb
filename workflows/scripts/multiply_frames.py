"""Inner products of one video's frames, and of their half-masked copies with them; called by the feature rules."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from chmnet.video import half_masked_products, open_frames


def main(files: Sequence[Path], target: Path, longest: int) -> None:
    """Write the products; the file appears when it is whole.

    Args:
        files: What holds the frames: prepared arrays, or a video.
        target: File to write.
        longest: Evenly spaced frames taken from a video that is decoded.
    """
    partial = target.with_suffix(".part.npy")
    half_masked_products(open_frames(files, longest=longest)).save(partial)
    partial.replace(target)


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    torch.set_num_threads(job.threads)
    main([Path(path) for path in job.input.frames], Path(job.output.products), job.params.longest)
