"""Accuracies of edits at full size that come with the package, and the cells of the paper's tables that they fill."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from amcore.results import join_reference
from hkam.digits.tasks import EDITING_TASKS

__all__ = [
    "fewest_weights",
    "measured_accuracies",
    "over_seeds",
    "table_cells",
    "trained_most",
]

_EDIT = ["task", "k", "D", "start", "seed"]


def measured_accuracies() -> pd.DataFrame:
    """Return the accuracies of the edits that were made under the profile `tables`, one row an edit and split.

    Returns:
        ``task``, ``k``, ``D``, ``start``, ``seed``, ``weights`` (entries of R and S), ``updates``, ``steps`` (of the
        training's solver), ``split``; accuracies in percent with the adaptive (``adaptive``) and the training's solver
        (``fixed_step``), and the adaptive one of the classifier before the edit (``classifier``); images read (``n``),
        and what made the row.
        Tasks are ordered as in the paper.
    """
    with (files("hkam.digits") / "data" / "measured.csv").open(encoding="utf-8") as file:
        rows = pd.read_csv(file)
    return rows.assign(task=pd.Categorical(rows["task"], EDITING_TASKS, ordered=True))


def trained_most(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, of edits that were trained more than once, the one whose solver made the most steps, then most updates.

    Args:
        rows: As from `measured_accuracies`.
    """
    ordered = rows.sort_values(["steps", "updates"], kind="stable")
    return ordered.drop_duplicates([*_EDIT, "split"], keep="last").sort_index()


def over_seeds(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Summarise edits that differ in nothing but their seed.

    Args:
        rows: As from `measured_accuracies`.
        by: Columns in which they agree.

    Returns:
        One row a group: ``by``; ``mean``, ``lowest`` and ``highest`` of the adaptive accuracy, the mean of
        ``classifier``, and every value of ``seeds``, ``updates``, ``steps``, ``profile`` and ``commit``.
    """
    told = {
        "mean": ("adaptive", "mean"),
        "lowest": ("adaptive", "min"),
        "highest": ("adaptive", "max"),
        "classifier": ("classifier", "mean"),
        "seeds": ("seed", _spelt),
        "updates": ("updates", _spelt),
        "steps": ("steps", _spelt),
        "profile": ("profile", _spelt),
        "commit": ("commit", lambda commits: _spelt(commit[:7] for commit in commits)),
    }
    wanted = {name: how for name, how in told.items() if name not in by}
    return rows.groupby(list(by), observed=True).agg(**wanted).reset_index()


def table_cells(rows: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Set the mean over seeds of every accuracy that the paper prints too beside the paper's.

    The paper prints one row for D = 4 and 6 in the tasks with a cue; both of ours stand beside it. Only edits with a
    learned start count, and of those that were trained more than once the one `trained_most`.

    Args:
        rows: As from `measured_accuracies`.
        reference: As from `paper_accuracies`.

    Returns:
        What `over_seeds` tells by ``table``, ``task``, ``D``, ``k`` and ``split``, with ``paper``, ``difference`` and
        ``reached``: at or above the paper's, rounded to its digit.

    Source: "Binding threshold units with artificial oscillatory neurons", Tables 2 and 3.
    """
    rows = trained_most(rows)
    task = rows["task"].astype(str)
    cued = task.str.startswith("associative")
    keyed = rows.assign(
        table=np.where(cued, "Table 3", "Table 2"),
        row="k=" + rows["k"].astype(str) + np.where(cued, " D=4,6", " D=" + rows["D"].astype(str)),
        column=task + " " + rows["split"] + " accuracy",
        value=rows["adaptive"],
    )
    joined = join_reference(keyed, reference, on=("table", "row", "column"))
    printed = joined.loc[joined["paper"].notna() & (joined["start"] == "learned")]
    cells = over_seeds(printed, ["table", "task", "D", "k", "split", "paper"])
    return cells.assign(
        difference=cells["mean"] - cells["paper"], reached=cells["mean"].round(1) >= cells["paper"]
    )


def fewest_weights(rows: pd.DataFrame, reference: pd.DataFrame, *, accuracy: float) -> pd.DataFrame:
    """Return every task's edit with the fewest entries of R and S that reaches an accuracy, here and in the paper.

    Means over seeds count, rounded to the digit that the paper prints, of edits with a learned start.

    Args:
        rows: As from `measured_accuracies`.
        reference: As from `paper_accuracies`.
        accuracy: Wanted of test images, in percent.

    Returns:
        By ``task``: ``k``, ``D``, ``weights`` (of several with as few, the one with the smallest D), ``mean`` and
        ``seeds``; of the paper's ``paper_k``, ``paper_weights`` and ``paper``. What was not reached is missing.
    """
    rows = trained_most(rows)
    ours = over_seeds(
        rows.loc[(rows["split"] == "test") & (rows["start"] == "learned")], ["task", "k", "D", "weights"]
    )
    reached = ours.loc[ours["mean"].round(1) >= accuracy].sort_values(["weights", "D"])
    reached = reached.drop_duplicates("task").set_index("task")[["k", "D", "weights", "mean", "seeds"]]

    per_neighbour = rows["weights"].iloc[0] // rows["k"].iloc[0]
    theirs = reference.loc[
        reference["table"].isin(["Table 2", "Table 3"]) & reference["column"].str.endswith(" test accuracy")
    ]
    theirs = theirs.assign(
        task=theirs["column"].str.removesuffix(" test accuracy"),
        paper_k=theirs["row"].str.extract(r"k=(\d+)", expand=False).astype(int),
        paper=theirs["value"],
    )
    theirs = theirs.loc[theirs["paper"] >= accuracy].sort_values("paper_k", kind="stable")
    theirs = theirs.assign(paper_weights=per_neighbour * theirs["paper_k"])
    theirs = theirs.drop_duplicates("task").set_index("task")[["paper_k", "paper_weights", "paper"]]
    made = set(rows["task"])
    tasks = pd.Index([task for task in EDITING_TASKS if task in made], name="task")
    return reached.reindex(tasks).join(theirs).reset_index()


def _spelt(values: Iterable[Any]) -> str:
    """Every value once, in order."""
    return ", ".join(str(value) for value in sorted(set(values)))
