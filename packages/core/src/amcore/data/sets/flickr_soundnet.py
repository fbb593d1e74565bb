"""Flickr-SoundNet: frames of videos with their sound, from a folder that holds the original files."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from amcore.data.errors import DataError
from amcore.data.formats._order import is_hidden, natural_order
from amcore.data.sets._originals import read_lines

_WHAT = "Flickr-SoundNet"
_LONGEST_NAME = 255
_PICTURES = frozenset({".jpg", ".jpeg", ".png"})
_SOUNDS = frozenset({".wav", ".mp3", ".flac", ".ogg"})


@dataclass(frozen=True)
class FlickrSoundNet:
    """Pictures with a sound.

    Attributes:
        pairs: a row per video: `video` (its number on Flickr), `picture` (path for `load_picture`), `sound` (path
            for `load_sound`), `split` (empty when no list was given).
        missing: listed videos without a picture or a sound, in the order of the lists.
    """

    pairs: pd.DataFrame
    missing: tuple[str, ...] = ()


def load_flickr_soundnet(
    folder: Path | str, lists: dict[str, Path | str] | None = None, *, check: bool = True
) -> FlickrSoundNet:
    """The frames and sounds below a folder, paired by the names of their files.

    Both layouts in use are read: `frames/<video>.jpg` beside `audio/<video>.wav`, and `<video>/<video>.jpg`
    beside `<video>/<video>.wav`. Hidden files, such as the resource forks `._<video>.jpg`, are left out.

    Args:
        folder: holds the files, at any depth.
        lists: for each split (`train`, `test`, …) the file that lists its videos, one per line, other columns
            after a comma (`flickr_test.csv`, `flickr_144k.csv`), in UTF-8 or UTF-16. Without lists everything paired
            is loaded, in natural order.
        check: whether to see that every listed video is there. Otherwise those that are gone, as many on Flickr are,
            are left out and kept in `missing`, with a warning that counts them.

    Raises:
        ValueError: a video is in two lists.
        DataError: the folder or a list is missing, a listed video lacks a file, two files have the same name, or
            nothing can be paired.

    Source: Aytar, Vondrick & Torralba (2016), SoundNet; Senocak et al. (2018) for the annotated test set.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{_WHAT}: {folder} is no folder; name the one that holds the original files")
    files = (path for path in folder.rglob("*") if not is_hidden(path, folder) and path.is_file())
    files = sorted(files, key=natural_order)
    pictures, sounds = _by_video(files, _PICTURES), _by_video(files, _SOUNDS)
    split = dict.fromkeys(pictures.keys() & sounds.keys(), "") if lists is None else _listed(lists)
    missing = {}
    for kind, there in (("picture", pictures), ("sound", sounds)):
        missing[kind] = [video for video in split if video not in there]
        if check and (gone := missing[kind]):
            raise DataError(
                f"{_WHAT}: {len(gone)} of {len(split)} listed videos have no {kind}, the first is {gone[0]}; "
                "give a folder that has them, or leave them out with check=False"
            )
    gone = set(missing["picture"]) | set(missing["sound"])
    if len(gone) == len(split):
        listed = f" that is listed, of {len(split)}" if split else ""
        raise DataError(f"{_WHAT}: {folder} holds no picture and sound of the same name{listed}")
    if gone:
        warnings.warn(
            f"{_WHAT}: {len(gone)} of {len(split)} listed videos are left out: {len(missing['picture'])} have no "
            f"picture, {len(missing['sound'])} no sound",
            stacklevel=2,
        )
    kept = [video for video in split if video not in gone]
    if lists is None:
        kept.sort(key=natural_order)
    rows = [(video, str(pictures[video]), str(sounds[video]), split[video]) for video in kept]
    pairs = pd.DataFrame(rows, columns=["video", "picture", "sound", "split"])
    return FlickrSoundNet(pairs, tuple(video for video in split if video in gone))


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
        videos = [line.split(",")[0].strip() for line in read_lines(path, _WHAT)]
        if overlong := next((video for video in videos if len(video) > _LONGEST_NAME), None):
            raise DataError(
                f"{_WHAT}: the list {path} of split {part} holds no names of videos, one per line, but "
                f"{len(overlong)} letters in one"
            )
        for video in filter(None, videos):
            if split.setdefault(video, part) != part:
                raise ValueError(
                    f"lists must have each video once, but has {video} in {split[video]} and in {part}"
                )
    return split
