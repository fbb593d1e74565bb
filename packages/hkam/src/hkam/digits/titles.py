"""How edits are called in tables, figures and keys: by their task, and by their start where there is a cue."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["edit_titles", "task_key"]


def task_key(task: str) -> str:
    """Return the name under which a task's numbers are quoted, such as ``assoc_swap``.

    Args:
        task: Which of the four, or ``MNIST``.
    """
    return task.lower().replace(" ", "_").replace("associative", "assoc")


def edit_titles(measurements: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return what edits are called.

    Args:
        measurements: Those of all edits: ``edit``, ``dataset`` (the task) and ``start``.
        names: Edits, in the order wanted.

    Returns:
        By edit: ``task``, ``start``, and the ``title`` of a panel, with the start in the tasks with a cue.

    Raises:
        ValueError: If an edit was not measured.
    """
    missing = sorted(set(names) - set(measurements["edit"]))
    if missing:
        raise ValueError(f"names must be edits that were measured, but {missing} were not")
    made = measurements.groupby("edit")[["dataset", "start"]].first().loc[list(names)]
    made = made.rename(columns={"dataset": "task"})
    cued = made["task"].str.startswith("associative")
    return made.assign(title=made["task"] + np.where(cued, "\n" + made["start"] + " start", ""))
