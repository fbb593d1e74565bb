"""Embeddings of one video's frames by the pretrained image encoder; called by the feature rules."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from amcore.files import written_whole
from chmnet.video import open_frames
from chmnet.video.embeddings import embed_frames


def main(files: Sequence[Path], target: Path, longest: int) -> None:
    """Write the embeddings; the file appears when it is whole.

    Args:
        files: What holds the frames: prepared arrays, or a video.
        target: File to write.
        longest: Evenly spaced frames taken from a video that is decoded.
    """
    with written_whole(target) as partial:
        np.save(partial, embed_frames(open_frames(files, longest=longest)).numpy())


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    torch.set_num_threads(job.threads)
    main([Path(path) for path in job.input.frames], Path(job.output.embeddings), job.params.longest)
