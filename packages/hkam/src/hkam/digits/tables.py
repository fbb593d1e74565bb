"""Accuracies of edits at full size that come with the package, and the cells of the paper's tables that they fill."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from amcore.results import join_reference
from hkam.digits.tasks import EDITING_TASKS

__all__ = [
    "ABLATION",
    "ablation",
    "fewest_weights",
    "measured_accuracies",
    "over_seeds",
    "table_cells",
    "tidy_accuracies",
    "trained_most",
]

_EDIT = ["task", "k", "D", "start", "coupling", "first_weights", "seed"]
ABLATION = "ablation"  # the label of the edits of `ablation`
_TWO_SIDED = 1.96  # standard errors of a 95 % interval


def measured_accuracies() -> pd.DataFrame:
    """Return the accuracies of the edits that were made under the profile `tables`, one row per edit and split.

    Returns:
        ``task``, ``k``, ``D``, ``start``, ``coupling`` (``all pairs``, or ``neighbours`` on a second small world),
        ``first_weights`` (of R and S), ``label`` (of the group of edits, where it has one), ``seed``, ``weights``
        (entries of R and S), ``updates``, ``steps`` (of the training's solver), ``split``; accuracies in percent with
        the adaptive (``adaptive``) and the training's solver (``fixed_step``), and the adaptive one of the classifier
        before the edit (``classifier``); images read (``n``), and what made the row.
        Tasks are ordered as in the paper.
    """
    with (files("hkam.digits") / "data" / "measured.csv").open(encoding="utf-8") as file:
        rows = pd.read_csv(file, keep_default_na=False)
    return rows.assign(task=pd.Categorical(rows["task"], EDITING_TASKS, ordered=True))


def tidy_accuracies(rows: pd.DataFrame) -> pd.DataFrame:
    """Put every accuracy into a row of its own, with the columns of a measurement.

    Args:
        rows: As from `measured_accuracies`.

    Returns:
        ``variant`` (``adaptive`` or ``fixed_step``), ``dataset`` (the task), ``value`` and all that tells of the edit;
        the profile that made it is ``made_by``.
    """
    solvers = ["adaptive", "fixed_step"]
    factors = [name for name in rows if name not in solvers]
    tidy = rows.astype({"task": str}).melt(
        id_vars=factors, value_vars=solvers, var_name="variant", value_name="value"
    )
    return tidy.rename(columns={"task": "dataset", "profile": "made_by"})


def trained_most(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, of edits that were trained more than once, the one whose solver made the most steps, then most updates.

    The edits of the `ablation` stay apart: they have more updates than the others of their task, or fewer.

    Args:
        rows: As from `measured_accuracies`.
    """
    ordered = rows.loc[rows["label"] != ABLATION]
    ordered = ordered.sort_values(["steps", "updates"], kind="stable")
    return ordered.drop_duplicates([*_EDIT, "split"], keep="last").sort_index()


def over_seeds(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Summarise edits that differ in nothing but their seed.

    Args:
        rows: As from `measured_accuracies`.
        by: Columns in which they agree.

    Returns:
        One row per group: ``by``; ``mean``, ``lowest`` and ``highest`` of the adaptive accuracy, the fewest images read
        (``n``), the mean of ``classifier``, and every value of ``seeds``, ``updates``, ``steps``, ``profile`` and
        ``commit``.
    """
    told = {
        "mean": ("adaptive", "mean"),
        "n": ("n", "min"),
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

    The paper prints one row for D = 4 and 6 in the tasks with a cue; both of ours stand beside it. Only edits of eq. 18
    with a learned start are there, and of those that were trained more than once the one `trained_most`.

    Args:
        rows: As from `measured_accuracies`.
        reference: As from `paper_accuracies`.

    Returns:
        What `over_seeds` tells by ``table``, ``task``, ``D``, ``k`` and ``split``, with ``paper``, ``difference``;
        ``reached``: at or above the paper's, rounded to its digit; ``lost`` and ``paper_lost``: by how much edit and
        paper's edit are below their own classifiers; ``interval``: half the 95 % interval of the accuracy, of the
        images of one seed; ``counts``: whether the edit was trained with as many updates as most of its task.

    Source: "Binding threshold units with artificial oscillatory neurons", Tables 2 and 3.
    """
    rows = trained_most(_as_printed(rows))
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
    share = cells["mean"] / 100
    theirs = reference.loc[(reference["table"] == "Table 1") & (reference["row"] == "MNIST")]
    unedited = (cells["split"] + " accuracy").map(theirs.set_index("column")["value"])
    usual = cells.groupby("task", observed=True)["updates"].transform(lambda of: of.mode().iloc[-1])
    return cells.assign(
        difference=cells["mean"] - cells["paper"],
        reached=cells["mean"].round(1) >= cells["paper"],
        lost=cells["classifier"] - cells["mean"],
        paper_lost=unedited - cells["paper"],
        interval=100 * _TWO_SIDED * np.sqrt(share * (1 - share) / cells["n"]),
        counts=cells["updates"] == usual,
    )


def ablation(rows: pd.DataFrame, *, split: str = "test") -> pd.DataFrame:
    """Return the edits that differ in whom κ couples, where the oscillators start, and where R and S begin.

    Args:
        rows: As from `measured_accuracies`.
        split: ``train`` or ``test``.

    Returns:
        What `over_seeds` tells by ``task``, ``coupling``, ``start``, ``first_weights``, ``k`` and ``D``, with
        ``free``: whether all pairs are coupled and the start can move the correction, random and learned.
    """
    chosen = rows.loc[(rows["label"] == ABLATION) & (rows["split"] == split)]
    cells = over_seeds(chosen, ["task", "coupling", "start", "first_weights", "k", "D"])
    return cells.assign(free=(cells["coupling"] == "all pairs") & (cells["start"] == "learned"))


def _as_printed(rows: pd.DataFrame) -> pd.DataFrame:
    """The edits of eq. 18 as it is printed: all pairs coupled, R and S zero at first."""
    return rows.loc[(rows["coupling"] == "all pairs") & (rows["first_weights"] == "zero")]


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
    rows = trained_most(_as_printed(rows))
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
