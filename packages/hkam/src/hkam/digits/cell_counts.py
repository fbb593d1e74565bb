"""How many cells of the paper's tables were made, and how many of them are as good as the paper's."""

import pandas as pd

__all__ = ["count_cells"]

_TABLES = {"Table 2": ("second", 1), "Table 3": ("third", 2)}
"""The key of each table, and how many of our cells stand beside one of the paper's: D = 4 and 6 share a row."""


def count_cells(cells: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Count the cells of the paper's Tables 2 and 3.

    Only cells that were trained with equal updates are counted against the paper. What an edit loses against its own
    classifier is compared to the digit that the paper prints.

    Args:
        cells: As from `table_cells`.
        reference: As from `paper_accuracies`.

    Returns:
        Five rows per table, with the ``key`` by which each is quoted: ``value``; ``label``, what it counts; and ``n``,
        out of how many.
    """
    rows = []
    for table, (key, each) in _TABLES.items():
        made = cells.loc[cells["table"] == table]
        counted = made.loc[made["counts"]]
        wanted = each * len(reference.loc[reference["table"] == table])
        kept = counted["lost"].round(1) <= counted["paper_lost"].round(1)
        of = f"accuracies of {table}"
        rows += [
            (f"{key}_cells", f"{of} made, of {wanted}", len(made), wanted),
            (f"{key}_wanted", f"{of} wanted", wanted, 1),
            (f"{key}_counted", f"{of} with equal updates", len(counted), 1),
            (f"{key}_reached", f"{of} at or above the paper's", int(counted["reached"].sum()), len(counted)),
            (f"{key}_kept", f"{of} that lose no more than the paper's", int(kept.sum()), len(counted)),
        ]
    return pd.DataFrame(rows, columns=["key", "label", "value", "n"])
