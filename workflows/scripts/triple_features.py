"""Encode one modality of a data set of triples by its frozen encoder; called by the feature rule."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from amcore.files import written_whole
from cmhn.evaluation.features import encode_triples
from cmhn.evaluation.triples import load_triples


def main(name: str, folder: Path, target: Path) -> None:
    """Write the features that the target's name asks for; the file appears when it is whole.

    Args:
        name: Of the data set of triples.
        folder: Data folder.
        target: File to write, named as its modality.
    """
    with written_whole(target) as partial:
        np.save(partial, encode_triples(load_triples(name, folder), target.stem).numpy())


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    torch.set_num_threads(job.threads)
    main(job.wildcards.triples, Path(job.input.data[0]).parents[1], Path(job.output[0]))
