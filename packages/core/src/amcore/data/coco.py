"""COCO captions with Karpathy's split, from a folder that holds the original files."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from amcore.data._originals import read_json, require_files
from amcore.data.errors import DataError

KARPATHY = "dataset_coco.json"
_WHAT = "COCO captions"
# Karpathy's `restval` is what is left of the validation set; all who use his split train on it.
_SPLITS = {"train": "train", "restval": "train", "val": "validation", "test": "test"}


@dataclass(frozen=True)
class CocoCaptions:
    """Pictures with about five captions each.

    Attributes:
        pictures: a row a picture: `cocoid`, `path` (for `load_picture`), `split` (`train`, `validation`, `test`).
        captions: a row a caption: `picture` (row of `pictures`), `caption`.
    """

    pictures: pd.DataFrame
    captions: pd.DataFrame


def load_coco(folder: Path | str, *, check: bool = True) -> CocoCaptions:
    """The captions of `dataset_coco.json`, and where their pictures are.

    Args:
        folder: holds `dataset_coco.json`, `train2014/` and `val2014/`.
        check: whether to see that every picture is there.

    Raises:
        DataError: the file is missing, is another one, or a picture is missing.

    Source: Chen et al. (2015), Microsoft COCO Captions; Karpathy & Fei-Fei (2015) for the split (113,287
        pictures to train, 5,000 to validate, 5,000 to test).
    """
    folder = Path(folder)
    content = read_json(folder / KARPATHY, _WHAT)
    pictures, captions = [], []
    try:
        for row, image in enumerate(content["images"]):
            path = folder / image["filepath"] / image["filename"]
            pictures.append((int(image["cocoid"]), str(path), _SPLITS[image["split"]]))
            captions += [(row, " ".join(sentence["raw"].split())) for sentence in image["sentences"]]
    except (KeyError, TypeError) as error:
        raise DataError(f"{_WHAT}: {folder / KARPATHY} is not Karpathy's file of COCO ({error!r})") from error
    table = pd.DataFrame(pictures, columns=["cocoid", "path", "split"])
    if check:
        require_files(table["path"].tolist(), _WHAT)
    return CocoCaptions(table, pd.DataFrame(captions, columns=["picture", "caption"]))
