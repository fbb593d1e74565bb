"""Two runs of the same experiments, number by number."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from amcore.results.tidy import METRIC_COLUMNS, read_metrics

_MEASURED = ("value", "unit", "n")


def compare_results(
    ours: str | Path, theirs: str | Path, *, rtol: float = 0.0, atol: float = 0.0
) -> pd.DataFrame:
    """Compare every ``metrics.csv`` below two results folders, measurement by measurement.

    Args:
        ours: A results folder, such as ``results/smoke``; or that of one package, or of one experiment.
        theirs: Another one of the same kind.
        rtol: Relative tolerance: what differs by at most ``atol + rtol × |theirs|`` is equal.
        atol: Absolute tolerance.

    Returns:
        One row per measurement that differs: ``file``, ``measurement`` (what it is of), ``ours``, ``theirs`` and
        ``difference`` (ours − theirs); the number that one side lacks is NaN. Empty where all are equal.

    Raises:
        ValueError: If a tolerance is negative, a folder holds no metrics, or a file does not keep the contract.
    """
    if rtol < 0 or atol < 0:
        raise ValueError(f"rtol and atol must be at least 0, but are {rtol} and {atol}")
    folders = Path(ours), Path(theirs)
    rows = []
    for file in sorted(set.union(*map(_metrics_files, folders))):
        left, right = (_values(folder / file) for folder in folders)
        for measurement in dict.fromkeys([*left, *right]):
            pair = left.get(measurement, np.nan), right.get(measurement, np.nan)
            if not abs(pair[0] - pair[1]) <= atol + rtol * abs(pair[1]):
                rows.append((file, measurement, *pair, pair[0] - pair[1]))
    return pd.DataFrame(rows, columns=["file", "measurement", "ours", "theirs", "difference"])


def _metrics_files(folder: Path) -> set[str]:
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("metrics.csv")}
    if not found:
        raise ValueError(f"{folder} must be a folder of results, but holds no metrics.csv")
    return found


def _values(path: Path) -> dict[str, float]:
    """Return the numbers of a file by what they are of; none where there is no such file."""
    if not path.is_file():
        return {}
    frame = read_metrics(path)
    factors = [column for column in frame.columns if column not in _MEASURED]
    names = (_name(zip(factors, row, strict=True)) for row in frame[factors].itertuples(index=False))
    return dict(zip(names, frame["value"].astype(float), strict=True))


def _name(factors: Iterable[tuple[str, object]]) -> str:
    """Return a measurement's name: the values of the contract's columns, then the other factors as ``name=value``."""
    return ", ".join(
        str(value) if column in METRIC_COLUMNS else f"{column}={value}"
        for column, value in factors
        if str(value)
    )
