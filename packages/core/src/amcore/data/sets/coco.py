"""COCO captions with Karpathy's split, from a folder that holds the original files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from amcore.data.sets._originals import identifier, read_json, records, require_files, text, understood

KARPATHY = "dataset_coco.json"
_WHAT = "COCO captions"
# Karpathy's `restval` is what is left of the validation set; all who use his split train on it.
_SPLITS = {"train": "train", "restval": "train", "val": "validation", "test": "test"}


@dataclass(frozen=True)
class CocoCaptions:
    """Pictures with about five captions each.

    Attributes:
        pictures: a row per picture: `cocoid`, `path` (for `load_picture`), `split` (`train`, `validation`, `test`).
        captions: a row per caption: `picture` (row of `pictures`), `caption`.
    """

    pictures: pd.DataFrame
    captions: pd.DataFrame


def load_coco(folder: Path | str, *, check: bool = True) -> CocoCaptions:
    """The captions of `dataset_coco.json`, and where their pictures are.

    Identifiers may be whole numbers, floats without a fraction, or digits as text.

    Args:
        folder: holds `dataset_coco.json`, `train2014/` and `val2014/`.
        check: whether to see that every picture is there.

    Raises:
        DataError: the file is missing or another one, a value is null or of another type, a picture comes twice, as in
            two splits, or has no captions, or its file is missing.

    Source: Chen et al. (2015), Microsoft COCO Captions; Karpathy & Fei-Fei (2015) for the split (113,287
        pictures to train, 5,000 to validate, 5,000 to test).
    """
    folder = Path(folder)
    content = read_json(folder / KARPATHY, _WHAT)
    pictures, captions = [], []
    seen: dict[int | str, str] = {}
    with understood(f"{_WHAT}: {folder / KARPATHY} is not Karpathy's file of COCO"):
        for row, image in enumerate(records(content, "images")):
            number, part = identifier(image, "cocoid"), text(image, "split")
            if part not in _SPLITS:
                raise ValueError(f"split must be one of {', '.join(_SPLITS)}, but is {part!r}")
            path = str(folder / text(image, "filepath") / text(image, "filename"))
            for key in (number, path):
                if key in seen:
                    raise ValueError(f"image {key} comes twice, in {seen[key]} and in {part}")
                seen[key] = part
            pictures.append((number, path, _SPLITS[part]))
            captions += [(row, _words(sentence)) for sentence in records(image, "sentences")]
            if not captions or captions[-1][0] != row:
                raise ValueError(f"image {number} has no captions")
    table = pd.DataFrame(pictures, columns=["cocoid", "path", "split"])
    if check:
        require_files(table["path"].tolist(), _WHAT)
    return CocoCaptions(table, pd.DataFrame(captions, columns=["picture", "caption"]))


def _words(sentence: dict[str, Any]) -> str:
    words = " ".join(text(sentence, "raw").split())
    if not words:
        raise ValueError("a caption has no words")
    return words
