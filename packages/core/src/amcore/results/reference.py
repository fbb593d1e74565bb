"""A paper's numbers beside ours."""

from collections.abc import Sequence

import pandas as pd


def join_reference(metrics: pd.DataFrame, reference: pd.DataFrame, *, on: Sequence[str]) -> pd.DataFrame:
    """Set a paper's numbers beside ours, joined by key.

    Args:
        metrics: Our values, with the ``on`` columns and ``value``.
        reference: The paper's, with the ``on`` columns, ``value`` and ``source``.
        on: Columns that make the key, such as ``("table", "row", "column")``.

    Returns:
        ``metrics`` with ``paper``, ``difference`` (ours − the paper's) and ``source``; the three are empty
        where the paper has no such number.

    Raises:
        ValueError: If a key stands twice in the reference.
    """
    key = list(on)
    if reference.duplicated(key).any():
        raise ValueError(f"{key} must name each reference value once, but some stand twice")
    theirs = reference.filter(items=[*key, "value", "source"]).rename(columns={"value": "paper"})
    joined = metrics.merge(theirs, on=key, how="left", validate="many_to_one")
    return joined.assign(difference=joined["value"] - joined["paper"])
