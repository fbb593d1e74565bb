"""Reading classifiers on the digits of a task: accuracies as they are, after an edit, and digit by digit."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer

from amcore.results import join_reference
from hkam.digits.classifier import spread
from hkam.digits.finetuning import EditedClassifier, edited_class_units
from hkam.digits.solvers import Solve
from hkam.digits.starts import shown_digits
from hkam.digits.tasks import EDITING_TASKS, Task, cue_digits, edited_labels

__all__ = [
    "Samples",
    "compare_solvers",
    "read_edit",
    "read_tasks",
    "samples_of",
    "tasks_beside_the_paper",
]

_SPLITS = ("train", "test")


class Samples(NamedTuple):
    """Digits of a task.

    Attributes:
        images: Pixels between 0 and 1.
        shown: What each sample's oscillators are shown; None in the tasks without a cue.
        wanted: What the task wants to be said.
        digits: What they are.
    """

    images: Float[np.ndarray, "S pixels"]
    shown: Float[np.ndarray, "S pixels"] | None
    wanted: Integer[np.ndarray, "S"]
    digits: Integer[np.ndarray, "S"]


def samples_of(
    task: Task,
    images: Float[np.ndarray, "T pixels"],
    labels: Integer[np.ndarray, "T"],
    number: int,
    *,
    split: str,
    seed: int,
) -> Samples:
    """Take evenly spread samples of a split, with cues of their own where the task has cues.

    Args:
        task: Which of the four.
        images: Of the split, pixels between 0 and 1.
        labels: Their classes.
        number: How many samples to take; all if there are no more.
        split: ``train`` or ``test``: each has other cues.
        seed: Of the cues.

    Raises:
        ValueError: If there is no such split.
    """
    if split not in _SPLITS:
        raise ValueError(f"split must be one of {', '.join(_SPLITS)}, but is {split!r}")
    taken = spread(len(images), number)
    shown, cues = None, None
    if task.startswith("associative"):
        shown, cues = shown_digits(images, labels, len(taken), seed=[seed, _SPLITS.index(split)])
    digits = labels[taken]
    return Samples(images[taken], shown, edited_labels(digits, task, cues=cues), digits)


def read_edit(
    network: EditedClassifier, samples: Mapping[str, Samples], solvers: Mapping[str, Solve]
) -> pd.DataFrame:
    """Measure how often an edited classifier says what its task wants, on all digits and on each.

    Args:
        network: The edited classifier.
        samples: By split.
        solvers: By name; each maps a memory and a batch of cues to their recall.

    Returns:
        ``variant`` (the solver), ``split``, ``metric`` (``accuracy``, ``accuracy of 0``, …, of digits that are there),
        ``value`` in percent and ``n``.
    """
    rows = []
    for split, (images, shown, wanted, digits) in samples.items():
        groups = {"accuracy": np.ones(len(wanted), bool)}
        groups |= {f"accuracy of {digit}": digits == digit for digit in range(10) if (digits == digit).any()}
        for variant, solve in solvers.items():
            answers = edited_class_units(network, images, shown, solve=solve).argmax(axis=1)
            rows += [
                {
                    "variant": variant,
                    "split": split,
                    "metric": metric,
                    "value": 100 * float(np.mean(answers[chosen] == wanted[chosen])),
                    "n": int(chosen.sum()),
                }
                for metric, chosen in groups.items()
            ]
    return pd.DataFrame(rows)


def read_tasks(
    units: Mapping[tuple[str, str], Float[np.ndarray, "S classes"]],
    labels: Mapping[str, Integer[np.ndarray, "S"]],
    *,
    seed: int,
) -> pd.DataFrame:
    """Measure how often a classifier that nobody edited says what each task wants.

    Args:
        units: What the class units end with, by solver and split.
        labels: The classes of a split's samples, ``train`` and ``test``.
        seed: Of the cues.

    Returns:
        ``variant`` (the solver), ``dataset`` (``MNIST`` or a task), ``split``, ``metric``, ``value`` in percent,
        ``unit`` and ``n``.
    """
    rows = []
    for (solver, split), values in units.items():
        answers, digits = values.argmax(axis=1), labels[split]
        cues = cue_digits(len(answers), seed=seed + _SPLITS.index(split))
        truths = {"MNIST": digits}
        for task in EDITING_TASKS:
            truths[task] = edited_labels(digits, task, cues=cues if task.startswith("associative") else None)
        rows += [
            {
                "variant": solver,
                "dataset": task,
                "split": split,
                "metric": "accuracy",
                "value": 100 * float(np.mean(answers == truth)),
                "unit": "%",
                "n": len(answers),
            }
            for task, truth in truths.items()
        ]
    return pd.DataFrame(rows)


def compare_solvers(measurements: pd.DataFrame) -> pd.DataFrame:
    """Set a classifier's accuracies with the training's solver beside those with the adaptive one.

    Args:
        measurements: As from `read_tasks`, of both solvers.

    Returns:
        One row for each ``split`` of MNIST: ``adaptive, %``, ``fixed step, %``, and the ``difference, %``, positive
        where the training's solver reads more digits right.
    """
    wide = measurements.loc[measurements["dataset"] == "MNIST"].pivot(
        index="split", columns="variant", values="value"
    )
    wide = wide.loc[list(_SPLITS), ["adaptive", "fixed step"]]
    wide = wide.assign(difference=wide["fixed step"] - wide["adaptive"])
    return wide.add_suffix(", %").reset_index()


def tasks_beside_the_paper(measurements: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Set a classifier's accuracies with the adaptive solver beside the paper's.

    Args:
        measurements: As from `read_tasks`.
        reference: As from `paper_accuracies`.

    Returns:
        One row for each set of ``labels``, and for each split the accuracy here, the paper's and the difference, such
        as ``test, here, %``.

    Raises:
        ValueError: If the paper lacks one of them.

    Source: "Binding threshold units with artificial oscillatory neurons", Table 1.
    """
    ours = measurements.loc[measurements["variant"] == "adaptive"]
    keyed = ours.assign(table="Table 1", row=ours["dataset"], column=ours["split"] + " accuracy")
    joined = join_reference(keyed, reference, on=("table", "row", "column"))
    if np.isnan(joined["paper"].to_numpy(float)).any():
        raise ValueError(
            f"reference must have every accuracy of {sorted(set(ours['dataset']))}, but lacks some"
        )
    quantities = {"value": "here", "paper": "paper", "difference": "difference"}
    wide = joined.pivot(index="row", columns="split", values=list(quantities))
    wide = wide.loc[["MNIST", *EDITING_TASKS], [(what, split) for split in _SPLITS for what in quantities]]
    wide.columns = [f"{split}, {quantities[what]}, %" for what, split in wide.columns]
    return wide.reset_index(names="labels")
