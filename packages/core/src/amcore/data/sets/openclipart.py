"""OpenClipart: drawings in the public domain whose title names what they show."""

import html
import re
from collections import Counter
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

SIDE = 128

_FOLDER = "usr/share/openclipart/svg/"
_TITLE = re.compile(r"<dc:title[^>]*>(.*?)</dc:title>", re.DOTALL)
_PREFIX = re.compile(r"clipart by [^-]* - ", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<=[^\W\d_])[\s#]*\d+$")
_LETTERS = 3

SOURCE = Source(
    name="openclipart-svg",
    version="1:0.18+dfsg-19",
    kind="debian",
    licence="public domain",
    citation="Open Clip Art Library (2005), release 0.18",
    archive="openclipart-svg_1%3a0.18+dfsg-19_all.deb",
    sha256="989712d90d57dfa3230049f553bb43b76c30ee4d4b8c5f6e106e33f7db5cbdc5",
    size=24_919_068,
    members=(_FOLDER + "*.svg",),
)


@dataclass(frozen=True)
class OpenClipart:
    """The prepared drawings.

    Attributes:
        images: RGB levels 0 … 255 on white.
        drawings: a row per image: `file`, and the `caption` cleaned from its title.
    """

    images: UInt8[np.ndarray, "n side side 3"]
    drawings: pd.DataFrame


def load_openclipart(folder: Path | str) -> OpenClipart:
    """The prepared drawings, memory-mapped.

    Args:
        folder: data folder, the one given to `prepare`.

    Raises:
        DataError: the data set is not prepared there.

    Source: Open Clip Art Library, release 0.18.
    """
    folder = Path(folder)
    images = read_array(folder, DATASET.name, "images.npy")
    return OpenClipart(images, read_table(folder, DATASET.name, "drawings.csv"))


def read_title(text: str) -> str:
    """The first title in the metadata of an SVG document, white space joined; empty without one."""
    found = _TITLE.search(text)
    return " ".join(html.unescape(found[1]).split()) if found else ""


def clean_title(title: str) -> str:
    """A title as a caption: without its author, file ending, joining signs and trailing number."""
    words = _PREFIX.sub("", title).removesuffix(".svg")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words)
    words = " ".join(re.sub(r"[_\-]+", " ", words).split())
    return _NUMBERED.sub("", words).lower()


def _prepare(target: Path, side: int = SIDE) -> None:
    if side < 1:
        raise ValueError(f"side must be at least 1, but is {side}")
    with opened(SOURCE) as members:
        root = members / _FOLDER
        titles = {
            str(path.relative_to(root)): read_title(path.read_text(encoding="utf-8", errors="replace"))
            for path in sorted(root.rglob("*.svg"))
        }
        # A title over several files names their collection, not what they show.
        uses = Counter(title.lower() for title in titles.values())
        captions = {file: clean_title(title) for file, title in titles.items() if uses[title.lower()] == 1}
        named = {
            file: caption for file, caption in captions.items() if sum(map(str.isalpha, caption)) >= _LETTERS
        }
        images, rows = [], []
        for file, caption in tqdm(named.items(), desc="draw openclipart", disable=None, leave=False):
            try:
                images.append(load_picture(root / file, side))
            except ValueError:
                # Some drawings are empty, or white on white.
                continue
            rows.append((file, caption))
    if not rows:
        raise DataError(
            f"{SOURCE.label}: none of {len(titles)} drawings has a title of its own and can be drawn"
        )
    write_array(target / "images.npy", (len(rows), side, side, 3), np.dtype(np.uint8), images)
    write_table(target / "drawings.csv", pd.DataFrame(rows, columns=["file", "caption"]))


DATASET = Dataset(
    name="openclipart",
    summary="drawings whose own title names them",
    sources=lambda **_: (SOURCE,),
    files=lambda **_: ("images.npy", "drawings.csv"),
    write=_prepare,
)
