"""Accuracies of finished edits: side by side, beside the paper's, and digit by digit."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer

from amcore.results import join_reference
from hkam.digits.starts import shown_digits
from hkam.digits.tasks import EDITING_TASKS, edited_labels
from hkam.digits.titles import task_key
from hkam.graphs import watts_strogatz_graph

__all__ = [
    "EDIT_FACTORS",
    "accuracies_beside_the_paper",
    "accuracy_table",
    "best_edits",
    "digit_accuracies",
    "edit_accuracies",
    "model_sizes",
    "quoted_edits",
]


EDIT_FACTORS = ("dataset", "k", "D", "start", "seed", "weights", "updates", "edit")
"""What tells edits apart in their measurements."""

_UNITS, _COLUMNS = 1094, 5  # of the networks of the paper's Table 4


def edit_accuracies(measurements: pd.DataFrame) -> pd.DataFrame:
    """Put the accuracies of every edit into one row, in the order of the paper's tasks.

    Args:
        measurements: Those of all edits, with `EDIT_FACTORS`, ``metric``, ``variant``, ``split`` and ``value``.

    Returns:
        `EDIT_FACTORS`; a column for each solver and split, such as ``adaptive test``; and ``solver difference``, by
        which the training's solver reads more of the test images right than the adaptive one.
    """
    accuracies = measurements[measurements["metric"] == "accuracy"]
    table = accuracies.pivot_table(index=list(EDIT_FACTORS), columns=["variant", "split"], values="value")
    table = table.reset_index()
    table.columns = [" ".join(filter(None, column)) for column in table.columns]
    table["solver difference"] = table["fixed step test"] - table["adaptive test"]
    order = table["dataset"].map(list(EDITING_TASKS).index)
    return table.assign(order=order).sort_values(["order", "start", "k", "D", "seed"], ignore_index=True)


def accuracy_table(accuracies: pd.DataFrame) -> pd.DataFrame:
    """Return what is shown of the accuracies of all edits.

    Args:
        accuracies: As from `edit_accuracies`.
    """
    columns = ["adaptive train", "adaptive test", "fixed step test", "solver difference"]
    factors = [name for name in EDIT_FACTORS if name != "edit"]
    return accuracies.loc[:, [*factors, *columns]].rename(columns={"dataset": "task"})


def quoted_edits(accuracies: pd.DataFrame) -> pd.DataFrame:
    """Return the first edit of each task and start, with the ``key`` by which its numbers are quoted.

    Args:
        accuracies: As from `edit_accuracies`.
    """
    first = accuracies.drop_duplicates(["dataset", "start"])
    start = ("_" + first["start"]).where(first["start"] != "learned", "")
    return first.assign(key=first["dataset"].map(task_key) + start)


def accuracies_beside_the_paper(rows: pd.DataFrame, reference: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Set the test accuracies of edits beside those of the paper's Tables 2 and 3.

    Args:
        rows: As from `edit_accuracies`.
        reference: As from `paper_accuracies`.

    Returns:
        A table of the tasks without a cue (``Table 2``) and one of those with a cue (``Table 3``, where the paper
        prints one row for D = 4 and 6); the paper's number and the difference are None where it has none.
    """
    cued = rows["dataset"].str.startswith("associative")
    k, D = rows["k"].astype(str), rows["D"].astype(str)
    keyed = rows.assign(
        table=np.where(cued, "Table 3", "Table 2"),
        row="k=" + k + " D=" + np.where(cued, "4,6", D),
        column=rows["dataset"] + " test accuracy",
        value=rows["adaptive test"],
    )
    names = {"dataset": "task", "value": "here, %", "paper": "paper, %"}
    joined = join_reference(keyed, reference, on=("table", "row", "column")).rename(columns=names)
    shown = ["task", "k", "D", "start", "seed", "updates", "weights", "here, %", "paper, %", "difference"]
    found = {}
    for table in ("Table 2", "Table 3"):
        part: pd.DataFrame = joined.loc[joined["table"] == table, shown].reset_index(drop=True)
        part = part.astype({"paper, %": object, "difference": object})
        found[table] = part.where(part.notna(), None)
    return found


def model_sizes(reference: pd.DataFrame) -> pd.DataFrame:
    """Count what the paper's Table 4 counts, R and S on the edges of the graph and μ(0), beside its numbers.

    Args:
        reference: As from `paper_accuracies`.

    Returns:
        One row for each k: both counts, their ``value``, the same ``rounded`` to 10⁴, and the ``paper``'s.

    Source: "Binding threshold units with artificial oscillatory neurons", Table 4 (N = 1094, D = 4).
    """
    rows = [
        {
            "k": k,
            "entries of R and S": 2 * watts_strogatz_graph(_UNITS, k, seed=0).edge_count,
            "entries of μ(0)": _UNITS * _COLUMNS,
            "table": "Table 4",
            "row": f"k={k}",
            "column": "model size",
        }
        for k in (150, 250, 350, 450)
    ]
    sizes = pd.DataFrame(rows)
    sizes["value"] = sizes["entries of R and S"] + sizes["entries of μ(0)"]
    joined = join_reference(sizes, reference, on=("table", "row", "column"))
    joined["rounded"] = joined["value"].round(-4)
    return joined.loc[:, ["k", "entries of R and S", "entries of μ(0)", "value", "rounded", "paper"]]


def best_edits(measurements: pd.DataFrame) -> dict[str, str]:
    """Return the edit of each task that reads the most test images right with the adaptive solver.

    Args:
        measurements: As for `edit_accuracies`.

    Returns:
        Names of edits by task, in the paper's order.
    """
    wanted = {"metric": "accuracy", "variant": "adaptive", "split": "test"}
    chosen = (measurements[list(wanted)] == pd.Series(wanted)).all(axis=1)
    last = measurements.loc[chosen].sort_values("value").groupby("dataset")["edit"].last()
    return {task: str(last[task]) for task in EDITING_TASKS if task in last.index}


def digit_accuracies(
    measurements: pd.DataFrame,
    chosen: Mapping[str, str],
    answers: Integer[np.ndarray, "S"],
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
) -> pd.DataFrame:
    """Compare the unedited classifier and edited ones on the labels that their tasks want, digit by digit.

    Args:
        measurements: As for `edit_accuracies`.
        chosen: Names of edits by task.
        answers: What the unedited classifier says of the test images.
        images: The test images, pixels between 0 and 1.
        labels: Their classes.

    Returns:
        ``task``, ``digit``, and the accuracy in percent ``before`` and ``after`` the edit.
    """
    read = measurements.loc[(measurements["variant"] == "adaptive") & (measurements["split"] == "test")]
    rows = []
    for task, name in chosen.items():
        of_edit = read.loc[read["edit"] == name]
        after = of_edit.set_index("metric")["value"]
        cues = None
        if task.startswith("associative"):
            _, cues = shown_digits(images, labels, len(images), seed=[int(of_edit["seed"].iloc[0]), 1])
        wanted = edited_labels(labels, task, cues=cues)  # pyright: ignore[reportArgumentType]
        for digit in range(10):
            here = labels == digit
            before = 100 * np.mean(answers[here] == wanted[here])
            rows.append(
                {"task": task, "digit": digit, "before": before, "after": after[f"accuracy of {digit}"]}
            )
    return pd.DataFrame(rows)
