"""Tables of edits at full size as a reader sees them: their columns, and nothing where nothing was made."""

import pandas as pd

__all__ = ["cell_columns", "fewest_columns", "neighbour_columns"]

_EDIT = ["task", "k", "D"]
_MADE_BY = ["seeds", "updates", "steps", "profile", "commit"]
_QUANTITIES = {
    "mean": "here",
    "interval": "interval",
    "paper": "paper",
    "difference": "difference",
    "lost": "lost",
    "paper_lost": "paper's lost",
}
_FEWEST = {
    "weights": "entries of R and S",
    "mean": "here, %",
    "paper_k": "the paper's k",
    "paper_weights": "the paper's entries",
    "paper": "the paper's, %",
}
_COUNTS = ["k", "D", "entries of R and S", "the paper's k", "the paper's entries"]


def cell_columns(cells: pd.DataFrame, table: str) -> pd.DataFrame:
    """Put each cell of one of the paper's tables into a row, training images beside test images.

    Args:
        cells: As from `table_cells`.
        table: ``Table 2`` or ``Table 3``.

    Returns:
        ``task``, ``k``, ``D``; for each split what is told of a cell, such as ``test: here``; and what made it.
    """
    of_table = cells.loc[cells["table"] == table]
    wide = of_table.pivot(index=[*_EDIT, *_MADE_BY], columns="split", values=list(_QUANTITIES))
    wide.columns = [f"{split}: {_QUANTITIES[quantity]}" for quantity, split in wide.columns]
    order = [f"{split}: {name}" for split in ("train", "test") for name in _QUANTITIES.values()]
    return wide.reset_index().sort_values(_EDIT).loc[:, [*_EDIT, *order, *_MADE_BY]]


def neighbour_columns(means: pd.DataFrame) -> pd.DataFrame:
    """Put the accuracies of each task and D into a row, a column for each number of neighbours.

    Args:
        means: As from `over_seeds`, by task, D and k among others.

    Returns:
        ``task``, ``D``, and the mean accuracy with ``k = 2`` and so on, None where no edit was made.
    """
    wide = means.pivot(index=["task", "D"], columns="k", values="mean").add_prefix("k = ").reset_index()
    return wide.astype(object).where(wide.notna(), None)


def fewest_columns(fewest: pd.DataFrame) -> pd.DataFrame:
    """Name the columns of the edits with the fewest weights for a reader.

    Args:
        fewest: As from `fewest_weights`.

    Returns:
        The same with counts as whole numbers, None where nothing was reached.
    """
    named = fewest.rename(columns=_FEWEST)
    named = named.astype(dict.fromkeys(_COUNTS, "Int64")).astype(object)
    return named.where(named.notna(), None)
