"""Measurements in the contract's form: one row per measurement."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

METRIC_COLUMNS: tuple[str, ...] = ("variant", "dataset", "split", "seed", "metric", "value", "unit", "n")
"""The first columns of every ``metrics.csv``, in this order."""

_DEFAULTS: dict[str, Any] = {"split": "all", "seed": 0, "unit": "", "n": 1}


def tidy(measurements: pd.DataFrame, **constants: Any) -> pd.DataFrame:
    """Bring measurements into the contract's form: its columns first, then the experiment's factors.

    Args:
        measurements: One row a measurement, with at least ``metric`` and ``value``.
        constants: Columns that are the same for every row, such as ``dataset="mnist"``.

    Returns:
        The same rows with every column of `METRIC_COLUMNS`; ``split``, ``seed``, ``unit`` and ``n`` are
        filled with ``"all"``, 0, ``""`` and 1 where they are not given.

    Raises:
        ValueError: If a column is missing, a value is not finite, or two rows measure the same thing.
    """
    given = measurements.assign(**constants)
    frame = given.assign(**{name: value for name, value in _DEFAULTS.items() if name not in given})
    missing = [column for column in METRIC_COLUMNS if column not in frame]
    if missing:
        raise ValueError(f"metrics must have the columns {missing}, but have {list(given.columns)}")
    values = frame["value"].to_numpy(float)
    if not np.isfinite(values).all():
        bad = frame.loc[~np.isfinite(values), ["variant", "dataset", "metric"]].iloc[0].to_dict()
        raise ValueError(f"metric values must be finite, but {bad} is not")
    factors = [column for column in frame.columns if column not in METRIC_COLUMNS]
    keys = [column for column in (*METRIC_COLUMNS, *factors) if column not in ("value", "unit", "n")]
    repeated = frame.duplicated(keys)
    if repeated.any():
        twice = frame.loc[repeated, keys].iloc[0].to_dict()
        raise ValueError(f"each measurement must stand once, but {twice} stands twice")
    return frame.filter(items=[*METRIC_COLUMNS, *factors])


def read_metrics(path: str | Path) -> pd.DataFrame:
    """Read a ``metrics.csv`` and hold it against the contract.

    Raises:
        ValueError: If the file does not keep the contract (see `tidy`).
    """
    frame = pd.read_csv(path, keep_default_na=False, na_values={"value": [""]})
    return tidy(frame)
