"""easy-VQA: questions about single coloured shapes, with pictures."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import UInt8
from tqdm import tqdm

from amcore.data.dataset import Dataset
from amcore.data.errors import DataError
from amcore.data.formats.arrays import read_array, write_array
from amcore.data.formats.pictures import load_picture
from amcore.data.formats.tables import read_table, write_table
from amcore.data.transport.fetching import opened
from amcore.data.transport.source import Source

SIDE = 64
SPLITS = ("train", "test")

_FOLDER = "easy_vqa/data/"

SOURCE = Source(
    name="easy-vqa",
    version="1.0",
    kind="pypi",
    licence="MIT",
    citation="Zhou (2019), easy-VQA",
    archive="easy_vqa-1.0-py3-none-any.whl",
    sha256="fcb51b309b78c7b00f97b64cdbcbcf5c105f94da1b39c0796cee5a787c4f650f",
    size=3_215_672,
    members=(_FOLDER + "*/images/*.png", _FOLDER + "*/questions.json"),
)


@dataclass(frozen=True)
class EasyVQA:
    """The prepared questions.

    Attributes:
        images: of each split, `train` and `test`: RGB levels 0 … 255.
        questions: a row per question: `split`, `image` (row of that split's images), `question`, `answer`.
    """

    images: dict[str, UInt8[np.ndarray, "_ side side 3"]]
    questions: pd.DataFrame


def load_easy_vqa(folder: Path | str) -> EasyVQA:
    """The prepared questions and pictures, memory-mapped. No picture is in both splits.

    Many questions can be answered without the picture: show the accuracy of the question alone beside any other.

    Args:
        folder: data folder, the one given to `prepare`.

    Raises:
        DataError: the data set is not prepared there.

    Source: Zhou (2019), easy-VQA 1.0.
    """
    folder = Path(folder)
    images = {split: read_array(folder, DATASET.name, f"{split}_images.npy") for split in SPLITS}
    return EasyVQA(images, read_table(folder, DATASET.name, "questions.csv"))


def _prepare(target: Path, side: int = SIDE) -> None:
    if side < 1:
        raise ValueError(f"side must be at least 1, but is {side}")
    rows = []
    with opened(SOURCE) as members:
        for split in SPLITS:
            folder = members / _FOLDER / split
            files = sorted((folder / "images").glob("*.png"), key=lambda path: int(path.stem))
            number = {int(path.stem): row for row, path in enumerate(files)}
            for question, answer, image in json.loads((folder / "questions.json").read_text()):
                if image not in number:
                    raise DataError(f"{SOURCE.label}: {split} asks about image {image}, which is missing")
                rows.append((split, number[image], question, answer))
            shown = tqdm(files, desc=f"read {split}", disable=None, leave=False)
            pieces = (load_picture(path, side) for path in shown)
            shape = (len(files), side, side, 3)
            write_array(target / f"{split}_images.npy", shape, np.dtype(np.uint8), pieces)
    columns = ["split", "image", "question", "answer"]
    write_table(target / "questions.csv", pd.DataFrame(rows, columns=columns))


DATASET = Dataset(
    name="easy_vqa",
    summary="questions about coloured shapes, with pictures",
    sources=lambda **_: (SOURCE,),
    files=lambda **_: (*(f"{split}_images.npy" for split in SPLITS), "questions.csv"),
    write=_prepare,
)
