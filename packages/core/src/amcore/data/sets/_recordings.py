"""Recordings of a simulator: each name one long video, kept as evenly spaced frames and a manifest."""

import csv
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from tqdm import tqdm

from amcore.data.errors import DataError
from amcore.data.formats.arrays import read_array, write_array
from amcore.data.formats.video import choose_frames, resize_frame

MANIFEST = "recordings.csv"
RECORDED = 4096
"""Moments of every recording, however many of them are kept: fewer frames are a subsample of more."""


def installed_version(package: str, declared: str) -> str:
    """The version of a simulator that renders here, or the declared one where none is installed.

    Another version may render other frames, so the data set's recipe must name the one at work.
    """
    try:
        return version(package)
    except PackageNotFoundError:
        return declared


def check_names(names: Sequence[str], known: Collection[str]) -> None:
    """Refuse an unknown name, a repeated one, or none at all.

    Raises:
        ValueError: says which name came and which are known.
    """
    for name in names:
        if name not in known:
            raise ValueError(f"names must hold some of {', '.join(known)}, but holds {name!r}")
    if not names or len(set(names)) != len(names):
        raise ValueError(f"names must name at least one recording and none twice, but is {list(names)}")


def record(
    target: Path,
    names: Sequence[str],
    screens: Callable[[str], Iterator[np.ndarray]],
    *,
    frames: int,
    size: int,
) -> None:
    """Write `<name>.npy`, [frames, size, size, 3], for every name, and the manifest.

    Frame i of T kept is moment round(i (R − 1) / (T − 1)) of the R recorded. One frame at a time is in memory.

    Args:
        target: folder to write to.
        names: of the recordings.
        screens: gives the endless screens [height, width, 3] of a name.
        frames: how many to keep of each.
        size: side of a frame, in pixels.

    Raises:
        ImportError: PyAV is not installed.
        ValueError: `frames` is not from 1 to `RECORDED`, or `size` is below one.
    """
    chosen = choose_frames(RECORDED, frames, "a recording")
    if size < 1:
        raise ValueError(f"size must be at least 1, but is {size}")
    for name in names:
        squares = _kept(screens(name), chosen, size, name)
        write_array(target / f"{name}.npy", (frames, size, size, 3), np.dtype(np.uint8), squares)
    with (target / MANIFEST).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "frames"))
        writer.writerows((name, frames) for name in names)


def load_recordings(
    folder: Path | str, dataset: str, names: Sequence[str] | None, known: Collection[str]
) -> dict[str, np.ndarray]:
    """Prepared recordings by name, memory-mapped; all in the manifest's order where no names are given.

    Raises:
        ValueError: an unknown name.
        DataError: the data set, or a recording, is not prepared there.
    """
    if names is None:
        path = Path(folder) / dataset / MANIFEST
        if not path.is_file():
            remedy = f"python -m amcore.data fetch {dataset} --folder {folder}"
            raise DataError(f"{dataset}: {path} is missing; prepare it with `{remedy}`")
        with path.open(newline="") as file:
            names = [row["name"] for row in csv.DictReader(file)]
    check_names(names, known)
    return {name: read_array(Path(folder), dataset, f"{name}.npy") for name in names}


def _kept(screens: Iterator[np.ndarray], chosen: list[int], size: int, name: str) -> Iterator[np.ndarray]:
    wanted = set(chosen)
    moments = tqdm(range(chosen[-1] + 1), desc=f"record {name}", disable=None, leave=False)
    # The range comes first: `zip` must not ask the simulator for a screen that nobody wants.
    for moment, screen in zip(moments, screens, strict=False):
        if moment in wanted:
            yield resize_frame(screen, size)
