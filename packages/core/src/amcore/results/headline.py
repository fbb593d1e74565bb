"""The few numbers that the book's text and the summary quote, each under a key."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import numpy as np
import pandas as pd

from amcore.results._writing import without_negative_zero

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

HEADLINE_COLUMNS: tuple[str, ...] = ("key", "label", "value", "std", "n", "unit", "text")
"""The columns of every ``headline.csv``."""


@dataclass(frozen=True)
class Headline:
    """A number that the book's text quotes by its key.

    Args:
        key: Name of the number within the experiment, such as ``cosine_half``.
        label: What it is, in words.
        value: The number.
        std: Its standard deviation, where it is a mean.
        n: How many values the mean is over.
        unit: Unit, empty for none.
        precision: Digits after the point when shown.
    """

    key: str
    label: str
    value: float
    std: float | None = None
    n: int = 1
    unit: str = ""
    precision: int = 3

    @property
    def text(self) -> str:
        """The number as a reader sees it, such as ``0.938 ± 0.012``.

        One that would be rounded to zero is a digit and a power of ten; a spread that would be is left out.
        """
        if not self.key.isidentifier():
            raise ValueError(f"key must be a plain name, but is {self.key!r}")
        text = f"{without_negative_zero(self.value, self.precision):.{self.precision}f}"
        if self.value and not round(self.value, self.precision):
            digit, power = f"{self.value:.0e}".split("e")
            text = f"{digit}·10{str(int(power)).translate(_RAISED)}"
        if self.std is not None and np.isfinite(self.std) and round(self.std, self.precision):
            text += f" ± {self.std:.{self.precision}f}"
        return f"{text} {self.unit}".rstrip()


@dataclass(frozen=True)
class Wording:
    """A few words that a sentence of the book takes, chosen by what was measured.

    Args:
        key: Name within the experiment, such as ``exact_standing``.
        label: What the words say, for a reader of the table.
        text: The words.
    """

    key: str
    label: str
    text: str


def standings(
    key: str,
    label: str,
    differences: Sequence[float] | pd.Series,
    *,
    unit: str = "",
    precision: int = 3,
) -> list[Headline | Wording]:
    """Make a difference's mean (``<key>``), its test (``<key>_p``) and its words (``<key>_words``).

    Args:
        key: The difference's key.
        label: What is held against what.
        differences: One for each independent unit; larger is better.
        unit: Unit of the difference, empty for none.
        precision: Digits after the point when shown.

    Raises:
        ValueError: As `amcore.statistics.standing`.
    """
    from amcore.statistics import standing  # slow to load, and most readers of headlines test nothing

    found = standing(differences)
    std = None if np.isnan(found.std) else found.std
    if np.isnan(found.p):
        test = "one alone, no test"
    else:
        test = f"n = {found.n}, " + ("p < 0.001" if found.p < 0.001 else f"p = {found.p:.3f}")
    return [
        Headline(key, label, found.mean, std=std, n=found.n, unit=unit, precision=precision),
        Wording(f"{key}_p", f"{label}: two-sided t-test over pairs", test),
        Wording(f"{key}_words", f"{label}: in words", found.words),
    ]


def headlines(
    table: pd.DataFrame,
    key: str,
    label: str,
    *,
    value: str = "mean",
    std: str = "std",
    n: str = "n",
    unit: str = "",
    precision: int = 3,
) -> list[Headline]:
    """Make one number of each row of a table, such as `amcore.statistics.summarise` gives.

    Args:
        table: The rows; the index is not read.
        key: The numbers' keys, with columns in braces: ``"{task}_{size}"``.
        label: What the numbers are, likewise.
        value: Column of the numbers.
        std: Column of their standard deviations; without such a column there are none.
        n: Column that says how many values each is over; without it, 1.
        unit: Unit, empty for none; or the column that says it.
        precision: Digits after the point when shown.

    Raises:
        ValueError: If the table has no column that is asked for.

    Example:
        >>> table = pd.DataFrame({"task": ["frames", "digits"], "mean": [0.93, 0.87], "n": [5, 5]})
        >>> [(number.key, number.text) for number in headlines(table, "{task}_cosine", "cosine, {task}")]
        [('frames_cosine', '0.930'), ('digits_cosine', '0.870')]
    """
    asked = {name for text in (key, label) for _, name, _, _ in Formatter().parse(text) if name}
    missing = sorted((asked | {value}) - set(table.columns))
    if missing:
        raise ValueError(f"table must have the columns {missing}, but has {list(table.columns)}")
    return [
        Headline(
            key.format(**row),
            label.format(**row),
            float(row[value]),
            std=float(row[std]) if std in row else None,
            n=int(row.get(n, 1)),
            unit=str(row.get(unit, unit)),
            precision=precision,
        )
        for row in table.to_dict("records")
    ]


def read_headline(path: str | Path) -> pd.DataFrame:
    """Read a ``headline.csv``: one row per number, with the columns of `HEADLINE_COLUMNS`."""
    return pd.read_csv(path, dtype={"key": str, "label": str, "unit": str, "text": str}).fillna({"unit": ""})
