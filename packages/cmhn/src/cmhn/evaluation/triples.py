"""Data sets of triples: a caption, a picture and a sound of one thing, row by row."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Int16, UInt8

from amcore.data import load_avsynth, load_stamps
from amcore.data.sets.avsynth import FACTORS
from amcore.data.splits import split_by_combination, split_by_group

__all__ = ["TRIPLES", "Triples", "load_triples"]

_TEST, _VALIDATION = 0.25, 0.1
_SYNTHETIC_TEST = 0.2


@dataclass(frozen=True)
class Triples:
    """Aligned triples.

    Attributes:
        name: Of the data set.
        table: A row per triple: `picture` and `sound` (rows of the arrays), `caption`, `english` (the same in English),
            `language`, `group` (triples that are alike and stay together), `core` (whether it takes part in held-out
            retrieval), `seconds` (length of the sound).
        pictures: RGB levels 0 … 255.
        rate: Of the sounds, samples a second.
    """

    name: str
    table: pd.DataFrame
    pictures: UInt8[np.ndarray, "n side side 3"]
    rate: int
    _sounds: Any

    def __len__(self) -> int:
        return len(self.table)

    def picture(self, row: int) -> UInt8[np.ndarray, "side side 3"]:
        """The picture of a triple."""
        return self.pictures[self.table["picture"].iloc[row]]

    def sound(self, row: int) -> Int16[np.ndarray, "..."]:
        """The samples of a triple's sound, [samples] or [channels, samples]."""
        return self._sounds(int(self.table["sound"].iloc[row]))

    def split(self, seed: int = 0) -> list[str]:
        """A split drawn from a seed, the same for all triples of a group; empty outside of the core.

        Of AVSynth it is by combinations of shape and colour, so that those tested were never seen together.
        """
        core = self.table["core"].to_numpy()
        inside = self.table.loc[core]
        if self.name == "avsynth":
            drawn = split_by_combination(
                inside, ["shape", "colour"], test=_SYNTHETIC_TEST, validation=_VALIDATION, seed=seed
            )
        else:
            drawn = split_by_group(inside["group"].tolist(), test=_TEST, validation=_VALIDATION, seed=seed)
        split = np.full(len(core), "", dtype=object)
        split[core] = drawn
        return split.tolist()


def load_triples(name: str, folder: Path | str) -> Triples:
    """The triples of a prepared data set.

    Args:
        name: `avsynth` or `stamps`.
        folder: Data folder.

    Raises:
        ValueError: If there are no triples of that name.
        DataError: If the data set is not prepared there.
    """
    if name not in TRIPLES:
        raise ValueError(f"name must be one of {sorted(TRIPLES)}, but is {name!r}")
    return TRIPLES[name](Path(folder))


def _avsynth(folder: Path) -> Triples:
    data = load_avsynth(folder)
    rows = np.arange(len(data.scenes))
    factors = data.scenes[list(FACTORS)]
    table = factors.assign(
        picture=rows,
        sound=rows,
        caption=data.scenes["caption"],
        english=data.scenes["caption"],
        language="en",
        # Scenes of equal factors differ only in what no caption says.
        group=[" ".join(map(str, row)) for row in factors.itertuples(index=False, name=None)],
        core=True,
        seconds=data.sounds.shape[2] / data.rate,
    )
    return Triples("avsynth", table, data.images, data.rate, lambda row: data.sounds[row])


def _stamps(folder: Path) -> Triples:
    data = load_stamps(folder)
    english = data.captions[data.captions["language"] == "en"].set_index("stamp")["caption"]
    triples = data.triples
    lengths = data.sounds["length"].to_numpy()[triples["sound"]]
    table = triples[["sound", "caption", "language", "core"]].assign(
        picture=triples["stamp"],
        english=english.loc[triples["stamp"]].to_numpy(),
        group=triples["group"],
        seconds=lengths / data.rate,
    )
    return Triples("stamps", table, data.images, data.rate, data.sound)


TRIPLES = {"avsynth": _avsynth, "stamps": _stamps}
"""What loads the triples of a data set, by its name."""
