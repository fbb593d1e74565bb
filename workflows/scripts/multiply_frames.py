"""Inner products of one video's frames, and of their half-masked copies with them; called by the feature rules."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from amcore.files import written_whole
from chmnet.video import half_masked_products, open_frames


def main(files: Sequence[Path], target: Path, longest: int) -> None:
    """Write the products; the file appears when it is whole.

    Args:
        files: What holds the frames: prepared arrays, or a video.
        target: File to write.
        longest: Evenly spaced frames taken from a video that is decoded.
    """
    with written_whole(target) as partial:
        half_masked_products(open_frames(files, longest=longest)).save(partial)


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    torch.set_num_threads(job.threads)
    main([Path(path) for path in job.input.frames], Path(job.output.products), job.params.longest)
