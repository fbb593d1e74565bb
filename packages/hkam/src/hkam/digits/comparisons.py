"""Edits at full size that differ in one thing: where their oscillators start, or the steps of their training."""

import pandas as pd

from hkam.digits.tables import ABLATION

__all__ = ["compare_steps", "edits_by_start"]


def edits_by_start(rows: pd.DataFrame, *, k: int) -> pd.DataFrame:
    """Return the edits of the tasks with a cue that are to be compared by their start.

    Args:
        rows: As from `measured_accuracies`.
        k: Neighbours of each oscillator.

    Returns:
        Rows of test images, of edits that belong to no group and were trained with the most steps.
    """
    cued = rows["task"].astype(str).str.startswith("associative")
    alike = (rows["split"] == "test") & (rows["k"] == k) & (rows["label"] == "")
    chosen = rows.loc[cued & alike]
    return chosen.loc[chosen["steps"] == chosen["steps"].max()]


def compare_steps(rows: pd.DataFrame) -> pd.DataFrame:
    """Set edits that were trained twice, with few and with more steps of the solver, beside each other.

    Args:
        rows: As from `measured_accuracies`.

    Returns:
        Of test images, ``task``, ``k``, ``D``, ``seed``, ``steps``, ``updates``, the accuracy with the ``training's
        steps`` and the ``adaptive`` one, and the ``difference``, positive where the training's solver reads more
        digits right. Edits of the ablation are not among them.
    """
    edit = ["task", "k", "D", "seed"]
    numbers = rows.groupby([*edit, "start"], observed=True)["steps"].transform("nunique")
    twice = rows.loc[(rows["split"] == "test") & (rows["label"] != ABLATION) & numbers.gt(1)]
    compared = twice.assign(difference=twice["fixed_step"] - twice["adaptive"])
    compared = compared.sort_values([*edit, "steps", "updates"])
    compared = compared.rename(columns={"fixed_step": "training's steps"})
    return compared.loc[:, [*edit, "steps", "updates", "training's steps", "adaptive", "difference"]]
