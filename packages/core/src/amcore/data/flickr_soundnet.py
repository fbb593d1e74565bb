"""Flickr-SoundNet: frames of videos with their sound, from a folder that holds the original files."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from amcore.data.errors import DataError

_WHAT = "Flickr-SoundNet"
_PICTURES = frozenset({".jpg", ".jpeg", ".png"})
_SOUNDS = frozenset({".wav", ".mp3", ".flac", ".ogg"})


@dataclass(frozen=True)
class FlickrSoundNet:
    """Pictures with a sound.

    Attributes:
        pairs: a row a video: `video` (its number on Flickr), `picture` (path for `load_picture`), `sound` (path
            for `load_sound`), `split` (empty when no list was given).
    """

    pairs: pd.DataFrame


def load_flickr_soundnet(folder: Path | str, lists: dict[str, Path | str] | None = None) -> FlickrSoundNet:
    """The frames and sounds below a folder, paired by the names of their files.

    Both layouts in use are read: `frames/<video>.jpg` beside `audio/<video>.wav`, and `<video>/<video>.jpg`
    beside `<video>/<video>.wav`.

    Args:
        folder: holds the files, at any depth.
        lists: for each split (`train`, `test`, …) the file that lists its videos, one a line, other columns
            after a comma (`flickr_test.csv`, `flickr_144k.csv`). Without lists everything paired is loaded.

    Raises:
        ValueError: a video is in two lists.
        DataError: the folder or a list is missing, a listed video lacks a file, two files have the same name, or
            nothing can be paired.

    Source: Aytar, Vondrick & Torralba (2016), SoundNet; Senocak et al. (2018) for the annotated test set.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{_WHAT}: {folder} is no folder; name the one that holds the original files")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    pictures, sounds = _by_video(files, _PICTURES), _by_video(files, _SOUNDS)
    paired = sorted(pictures.keys() & sounds.keys())
    split = dict.fromkeys(paired, "") if lists is None else _listed(lists)
    for kind, there in (("picture", pictures), ("sound", sounds)):
        missing = [video for video in split if video not in there]
        if missing:
            raise DataError(
                f"{_WHAT}: {len(missing)} listed videos have no {kind}, the first is {missing[0]}"
            )
    if not split:
        raise DataError(f"{_WHAT}: {folder} holds no picture and sound of the same name")
    rows = [(video, str(pictures[video]), str(sounds[video]), part) for video, part in split.items()]
    return FlickrSoundNet(pd.DataFrame(rows, columns=["video", "picture", "sound", "split"]))


def _by_video(files: Iterable[Path], endings: frozenset[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in files:
        if path.suffix.lower() in endings:
            if path.stem in found:
                raise DataError(
                    f"{_WHAT}: {found[path.stem]} and {path} have the same name; name one's folder"
                )
            found[path.stem] = path
    return found


def _listed(lists: dict[str, Path | str]) -> dict[str, str]:
    split: dict[str, str] = {}
    for part, file in lists.items():
        path = Path(file)
        if not path.is_file():
            raise DataError(f"{_WHAT}: the list {path} of split {part} is missing")
        videos = [line.split(",")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
        for video in filter(None, videos):
            if split.setdefault(video, part) != part:
                raise ValueError(f"lists has video {video} in {split[video]} and in {part}, wanted it in one")
    return split
