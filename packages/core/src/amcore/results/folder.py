"""The folder of one experiment."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from amcore.results._writing import SIGNIFICANT, without_negative_zero
from amcore.results.headline import HEADLINE_COLUMNS, Headline, Wording
from amcore.results.samples import Sample, write_samples
from amcore.results.tidy import tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_OF_A_TEST = {"p": "p", "p_holm": "p, corrected", "effect_size": "effect size"}
_LEAST_P = 0.001
_BAR_COLOUR = "#d1603d55"  # translucent: legible on a light page and on a dark one


class ResultsFolder:
    """Writes what an experiment found into its folder, in the contract's form.

    Args:
        path: The experiment's folder; made if it is not there.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    def metrics(self, measurements: pd.DataFrame, **constants: Any) -> pd.DataFrame:
        """Write ``metrics.csv`` (see `tidy` for the arguments) and return the tidy table."""
        frame = tidy(measurements, **constants)
        frame.to_csv(self.path / "metrics.csv", index=False, float_format=SIGNIFICANT, lineterminator="\n")
        return frame

    def figure(self, figure: "Figure", name: str) -> None:
        """Write ``<name>.svg`` and ``<name>.png``."""
        from amcore.plotting import save_figure

        save_figure(figure, self.path / name)

    def table(self, frame: pd.DataFrame, name: str, *, precision: int = 3, bars: Sequence[str] = ()) -> None:
        """Write ``<name>.csv`` with full numbers and ``<name>.md`` as the book shows it.

        The book's table has words for the columns of a test, ``yes`` and ``no`` for booleans and nothing for NaN.

        Args:
            frame: The table; its index is not written.
            name: File name without suffix.
            precision: Digits after the point as shown.
            bars: Columns whose cells also show their value as a bar, on one scale for all of them.

        Raises:
            ValueError: If a column of ``bars`` is not in the table.
        """
        missing = [column for column in bars if column not in frame]
        if missing:
            raise ValueError(f"bars must name columns of the table, but {missing} are none of {list(frame)}")
        frame.to_csv(self.path / f"{name}.csv", index=False, float_format=SIGNIFICANT, lineterminator="\n")
        rounded = _readable(frame)
        for column in rounded.select_dtypes("floating"):
            rounded[column] = without_negative_zero(rounded[column], precision)
        shown = _with_bars(rounded, name, precision, bars) if bars else _plain(rounded, precision)
        (self.path / f"{name}.md").write_text(f"{shown}\n", encoding="utf-8")

    def headline(self, *numbers: Headline | Wording) -> None:
        """Write ``headline.csv``, one row per number or wording; a wording has no value.

        Raises:
            ValueError: If two share a key, or a number is not finite.
        """
        keys = [number.key for number in numbers]
        if len(set(keys)) < len(keys):
            raise ValueError(f"headline keys must differ, but are {keys}")
        for number in numbers:
            if isinstance(number, Headline) and not np.isfinite(number.value):
                raise ValueError(f"headline {number.key!r} must be finite, but is {number.value}")
        rows = [{**asdict(number), "text": number.text} for number in numbers]
        frame = pd.DataFrame(rows, columns=list(HEADLINE_COLUMNS))
        frame.to_csv(self.path / "headline.csv", index=False, float_format=SIGNIFICANT, lineterminator="\n")

    def samples(self, name: str, samples: Sequence[Sample], *, rate: int) -> None:
        """Write ``<name>_<i>.png`` and ``<name>_<i>.wav`` of each sample, and ``<name>.md`` that shows and plays them.

        Args:
            name: File name without suffix.
            samples: What is to be seen and heard, in order.
            rate: Of the sounds, samples a second.

        Raises:
            ValueError: If the rate is below 1, or a sound is not of 16 bits.
        """
        write_samples(self.path, name, samples, rate=rate)


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    shown = frame.copy()
    for column in frame.select_dtypes("bool"):
        shown[column] = np.where(frame[column], "yes", "no")
    for column in [name for name in _OF_A_TEST if name.startswith("p") and name in frame]:
        shown[column] = [
            "" if pd.isna(p) else f"< {_LEAST_P:g}" if p < _LEAST_P else f"{p:.3f}" for p in frame[column]
        ]
    return shown.rename(columns=_OF_A_TEST)


def _plain(frame: pd.DataFrame, precision: int) -> str:
    return str(frame.to_markdown(index=False, floatfmt=f".{precision}f", missingval=""))


def _with_bars(frame: pd.DataFrame, name: str, precision: int, bars: Sequence[str]) -> str:
    values = frame[list(bars)].to_numpy(float)
    lowest, highest = np.nanmin(values), np.nanmax(values)
    styled = Styler(frame, uuid=name, cell_ids=False, precision=precision, na_rep="").hide(axis="index")
    # Bars begin at zero, on one scale for all columns.
    styled = styled.bar(
        subset=list(bars),
        axis=None,
        color=_BAR_COLOUR,
        align="mid",
        vmin=min(0.0, lowest),
        vmax=max(0.0, highest),
    )
    # Markdown ends a block of HTML at the first empty line.
    return "\n".join(line for line in styled.to_html().splitlines() if line.strip())
