"""The numbers of the paper's tables."""

from importlib.resources import files

import pandas as pd

__all__ = ["paper_accuracies"]


def paper_accuracies() -> pd.DataFrame:
    """Return the paper's numbers, one per row: ``table``, ``row``, ``column``, ``value``, ``unit``, ``source``."""
    with (files("hkam.digits") / "data" / "reference.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)
