"""Tux Paint's stamps: pictures with captions in many languages and descriptions spoken by people."""

import hashlib
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Int16, UInt8
from tqdm import tqdm

from amcore.data.dataset import Dataset
from amcore.data.errors import DataError
from amcore.data.formats.arrays import read_array, write_array
from amcore.data.formats.audio import RATE, load_sound
from amcore.data.formats.pictures import WHITE, load_picture
from amcore.data.formats.tables import read_table, write_table
from amcore.data.splits import alike, joined, split_by_group
from amcore.data.transport.fetching import opened
from amcore.data.transport.source import Source

SIDE = 128
ALIKE = 0.97
TEST = 0.25
VALIDATION = 0.10
OUTSIDE_CORE = ("symbols/alphabets/", "symbols/math/")

_WITHOUT_END = ("adeenia_desc_ml.ogg", "anthoorium_desc_ml.ogg")
"""Two recordings of the package itself lack their last page; all words are there."""

_FOLDER = "usr/share/tuxpaint/stamps/"
_CAPTION = re.compile(r"([A-Za-z_@]+)\.utf8=(.*)")
_SOUND = re.compile(r"_desc(?:_([A-Za-z_@]+))?\.(?:ogg|wav)")
_EFFECT = re.compile(r"\.(?:ogg|wav)")
_THUMB = 16

SOURCE = Source(
    name="tuxpaint-stamps-default",
    version="2022.06.04-1",
    kind="debian",
    licence="GPL-2",
    citation="Kendrick and contributors (2002-2022), Tux Paint Stamps",
    archive="tuxpaint-stamps-default_2022.06.04-1_all.deb",
    sha256="6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
    size=160_880_444,
    members=tuple(f"{_FOLDER}*.{ending}" for ending in ("png", "svg", "txt", "ogg", "wav")),
)


@dataclass(frozen=True)
class Stamps:
    """The prepared stamps.

    Attributes:
        images: RGB levels 0 … 255 on white, row i of stamp i.
        samples: all sounds one after another, one channel, 16 bits.
        rate: of the sounds, samples a second.
        stamps: a row per stamp: its `name`, whether it is in the `core` (no letter, no number), its `group` and
            its `split` (empty outside of the core).
        captions: a row per caption: `stamp` (row of `stamps`), `language`, `caption`.
        sounds: a row per sound: `stamp`, `language` (empty for an effect), `kind` (`description` or `effect`),
            `start` and `length` in `samples`.
        triples: a row per picture with caption and description in one language: `stamp`, `language`, `caption`,
            `sound` (row of `sounds`), `core`, `group`, `split`.
    """

    images: UInt8[np.ndarray, "n side side 3"]
    samples: Int16[np.ndarray, " samples"]
    rate: int
    stamps: pd.DataFrame
    captions: pd.DataFrame
    sounds: pd.DataFrame
    triples: pd.DataFrame

    def sound(self, row: int) -> Int16[np.ndarray, " length"]:
        """The samples of one row of `sounds`, memory-mapped.

        Raises:
            IndexError: there is no such row.
        """
        if not 0 <= row < len(self.sounds):
            raise IndexError(f"row must be 0 to {len(self.sounds) - 1}, but is {row}")
        start, length = self.sounds[["start", "length"]].to_numpy()[row].tolist()
        return self.samples[start : start + length]


def load_stamps(folder: Path | str) -> Stamps:
    """The prepared stamps, arrays memory-mapped.

    There is about one speaker per language, the same in training and test: a model may know the voice.

    Args:
        folder: data folder, the one given to `prepare`.

    Raises:
        DataError: the data set is not prepared there.

    Source: Tux Paint Stamps 2022.06.04.
    """
    folder = Path(folder)
    images, samples, rate = (
        read_array(folder, DATASET.name, f"{name}.npy") for name in ("images", "samples", "rate")
    )
    stamps, captions, sounds = (
        read_table(folder, DATASET.name, f"{name}.csv") for name in ("stamps", "captions", "sounds")
    )
    return Stamps(images, samples, int(rate), stamps, captions, sounds, _triples(stamps, captions, sounds))


def group_stamps(
    captions: pd.DataFrame, recordings: pd.DataFrame, features: np.ndarray, threshold: float = ALIKE
) -> list[int]:
    """Groups of stamps that share an English caption or a recording, or that look alike, in chains.

    Args:
        captions: columns `stamp`, `language`, `caption`.
        recordings: columns `stamp` and `recording`, equal for sounds of equal samples.
        features: a row per stamp, by which it looks; those of an image encoder find more of what people would
            call alike than `thumbnails`, on which the prepared groups rest.
        threshold: stamps whose features have a cosine above it stay together.

    Returns:
        the number of each stamp's group.
    """
    english = captions.loc[captions["language"] == "en"]
    return joined(
        len(features),
        (english["stamp"].tolist(), [caption.lower() for caption in english["caption"]]),
        (recordings["stamp"].tolist(), recordings["recording"].tolist()),
        (range(len(features)), alike(features, threshold)),
    )


def thumbnails(images: UInt8[np.ndarray, "n side side 3"], side: int = _THUMB) -> np.ndarray:
    """Darkness of small copies of pictures on white, a row each: the plainest features of how they look.

    Raises:
        ValueError: `side` does not divide that of the pictures.
    """
    count, full = images.shape[:2]
    if side < 1 or full % side:
        raise ValueError(f"side must be a divisor of the pictures' {full} pixels, but is {side}")
    step = full // side
    rows = [
        (WHITE - image.astype(np.float64)).reshape(side, step, side, step, 3).mean(axis=(1, 3)).ravel()
        for image in images
    ]
    return np.array(rows).reshape(count, -1)


def _triples(stamps: pd.DataFrame, captions: pd.DataFrame, sounds: pd.DataFrame) -> pd.DataFrame:
    spoken = sounds.assign(sound=np.arange(len(sounds)))
    spoken = spoken.loc[spoken["kind"] == "description", ["stamp", "language", "sound"]]
    triples = captions.merge(spoken, on=["stamp", "language"], validate="one_to_one")
    about = stamps[["core", "group", "split"]].assign(stamp=np.arange(len(stamps)))
    return triples.merge(about, on="stamp", validate="many_to_one").sort_values("sound", ignore_index=True)


def _prepare(target: Path, side: int = SIDE, rate: int = RATE, seed: int = 0) -> None:
    if side < _THUMB or side % _THUMB:
        raise ValueError(f"side must be a multiple of {_THUMB}, but is {side}")
    with opened(SOURCE) as members:
        root = members / _FOLDER
        names = [
            str(path.relative_to(root).with_suffix("")) for path in root.rglob("*.txt") if _picture(path)
        ]
        names.sort()
        captions = _captions(root, names)
        images = (_image(root / f"{name}.txt", side) for name in _shown(names, "draw"))
        write_array(target / "images.npy", (len(names), side, side, 3), np.dtype(np.uint8), images)
        sounds, pieces = _sounds(root, names, rate)
    write_array(target / "samples.npy", (sum(map(len, pieces)),), np.dtype(np.int16), pieces)
    write_array(target / "rate.npy", (), np.dtype(np.int64), [np.array(rate)])
    features = thumbnails(np.load(target / "images.npy", mmap_mode="r"))
    described = sounds.loc[sounds["kind"] == "description", :]
    core = [not name.startswith(OUTSIDE_CORE) for name in names]
    table = pd.DataFrame({"name": names, "core": core, "group": group_stamps(captions, described, features)})
    inside = table["core"].to_numpy()
    table["split"] = ""
    table.loc[inside, "split"] = split_by_group(
        table.loc[inside, "group"].tolist(), test=TEST, validation=VALIDATION, seed=seed
    )
    write_table(target / "stamps.csv", table)
    write_table(target / "captions.csv", captions)
    write_table(target / "sounds.csv", sounds.drop(columns="recording"))


def _picture(caption: Path) -> Path | None:
    """The picture beside a caption: the bitmap if there is one, since people drew it for its size."""
    return next((path for end in (".png", ".svg") if (path := caption.with_suffix(end)).is_file()), None)


def _image(caption: Path, side: int) -> UInt8[np.ndarray, "side side 3"]:
    path = _picture(caption)
    try:
        return load_picture(path or caption, side)
    except ValueError as error:
        raise DataError(f"{SOURCE.label}: {error}") from error


def _captions(root: Path, names: list[str]) -> pd.DataFrame:
    rows = []
    for stamp, name in enumerate(names):
        first, *others = (root / f"{name}.txt").read_text(encoding="utf-8-sig").splitlines()
        words = {"en": first.strip()}
        for line in others:
            if (found := _CAPTION.fullmatch(line.strip())) and found[2].strip():
                words[found[1]] = found[2].strip()
        rows += [(stamp, language, caption) for language, caption in words.items()]
    return pd.DataFrame(rows, columns=["stamp", "language", "caption"])


def _sounds(root: Path, names: list[str], rate: int) -> tuple[pd.DataFrame, list[np.ndarray]]:
    rows, pieces, start = [], [], 0
    for stamp, name in enumerate(_shown(names, "decode")):
        base = root / name
        for path in sorted(base.parent.iterdir()):
            ending = path.name.removeprefix(base.name)
            spoken = _SOUND.fullmatch(ending) if path.name.startswith(base.name) else None
            if spoken is None and (ending == path.name or not _EFFECT.fullmatch(ending)):
                continue
            piece = _recording(path, rate)
            # Of the samples: some files differ in their tags alone.
            digest = hashlib.sha256(piece.tobytes()).hexdigest()
            language, kind = ((spoken[1] or "en"), "description") if spoken else ("", "effect")
            rows.append((stamp, language, kind, start, len(piece), digest))
            pieces.append(piece)
            start += len(piece)
    return pd.DataFrame(rows, columns=["stamp", "language", "kind", "start", "length", "recording"]), pieces


def _recording(path: Path, rate: int) -> np.ndarray:
    if path.name not in _WITHOUT_END:
        return load_sound(path, rate)
    with warnings.catch_warnings(action="ignore"):
        return load_sound(path, rate, accept_damage=True)


def _shown(names: list[str], doing: str) -> Iterator[str]:
    yield from tqdm(names, desc=f"{doing} stamps", disable=None, leave=False)


DATASET = Dataset(
    name="stamps",
    summary="950 pictures with captions in 78 languages and spoken descriptions",
    sources=lambda **_: (SOURCE,),
    files=lambda **_: ("images.npy", "samples.npy", "rate.npy", "stamps.csv", "captions.csv", "sounds.csv"),
    write=_prepare,
)
