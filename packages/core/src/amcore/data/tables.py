"""Tables beside prepared arrays: plain CSV whose words are never taken for numbers or gaps."""

from pathlib import Path

import pandas as pd

from amcore.data.errors import DataError


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
        return pd.read_csv(path, keep_default_na=False)
    except (OSError, ValueError, OverflowError, MemoryError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{dataset}: {path} is damaged ({reason}); delete it and {remedy}") from error
