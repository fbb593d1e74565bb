"""Tables beside prepared arrays: plain CSV whose words are never taken for numbers or gaps."""

import csv
from pathlib import Path

import pandas as pd

from amcore.data.errors import DataError

_MOST_COLUMNS = 1000


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table without its index, lines ended the same way on every system.

    Raises:
        OSError: the file cannot be written.
    """
    table.to_csv(path, index=False, lineterminator="\n")


def read_table(folder: Path, dataset: str, name: str) -> pd.DataFrame:
    """Read `<folder>/<dataset>/<name>`. An empty cell is an empty word; `None` and `NA` stay words.

    Raises:
        DataError: the file is not there or is no table.
    """
    path = Path(folder) / dataset / name
    remedy = f"prepare it with `python -m amcore.data fetch {dataset} --folder {folder}`"
    if not path.is_file():
        raise DataError(f"{dataset}: {path} is missing; {remedy}")
    try:
        _check_width(path)
        table = pd.read_csv(path, keep_default_na=False)
        # Of rows that are longer than the header pandas makes an index.
        if not isinstance(table.index, pd.RangeIndex):
            raise ValueError("its rows are longer than its header")
        return table
    except (OSError, ValueError, OverflowError, MemoryError, csv.Error) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{dataset}: {path} is damaged ({reason}); delete it and {remedy}") from error


def _check_width(path: Path) -> None:
    """Refuse repeated names, which pandas takes the square of their number of steps to tell apart."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        names, first = next(rows, []), next(rows, [])
    if len(set(names)) < len(names):
        raise ValueError("two of its columns have the same name")
    if max(len(names), len(first)) > _MOST_COLUMNS:
        raise ValueError(f"it has over {_MOST_COLUMNS} columns")
