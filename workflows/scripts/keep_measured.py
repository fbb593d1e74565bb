"""Keep the accuracies of finished edits as data of the package; called by the measured rule.

An edit that has been made again, with as many updates and steps of the training's solver, replaces its old rows; the
others stay, so that hours of training can be spread over days and machines.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from amcore.results import read_metrics

EDIT = ["task", "k", "D", "start", "coupling", "first_weights", "label", "seed"]
COLUMNS = [
    *EDIT,
    "weights",
    "updates",
    "steps",
    "split",
    "adaptive",
    "fixed_step",
    "classifier",
    "n",
    "profile",
    "device",
    "commit",
    "minutes",
]


def main(labels: Mapping[str, str], edits: Path, classifier: Path, kept: Path) -> int:
    """Write the accuracies of those edits that are finished into a file, beside the ones that it has.

    Args:
        labels: By the name of an edit, the label of its group; empty where the group has none.
        edits: The folder with a folder for each edit.
        classifier: Measurements of the classifier that was edited.
        kept: The file.

    Returns:
        The number of edits whose rows were written.
    """
    finished = [name for name in labels if (edits / name / "run.json").is_file()]
    tables = [_rows(edits / name, classifier).assign(label=labels[name]) for name in finished]
    if kept.is_file():
        tables.append(pd.read_csv(kept, keep_default_na=False))
    if tables:
        table = pd.concat(tables, ignore_index=True).drop_duplicates(
            [*EDIT, "steps", "updates", "split"], keep="first"
        )
        kept.parent.mkdir(parents=True, exist_ok=True)
        table.sort_values([*EDIT, "steps", "updates", "split"])[COLUMNS].to_csv(
            kept, index=False, float_format="%.6g", lineterminator="\n"
        )
    return len(finished)


def _rows(folder: Path, classifier: Path) -> pd.DataFrame:
    """Return one row per split, in percent, with what was edited and what made it."""
    metrics = read_metrics(folder / "metrics.csv")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    told = metrics.loc[metrics["metric"] == "accuracy"].rename(columns={"dataset": "task"})
    about = [name for name in EDIT if name != "label"]
    wide = told.pivot(
        index=[*about, "weights", "updates", "split", "n", "profile", "device"],
        columns="variant",
        values="value",
    ).rename(columns={"fixed step": "fixed_step"})
    unedited = read_metrics(classifier).query("variant == 'adaptive' and dataset == 'MNIST'")
    accuracy = unedited.set_index("split")["value"]
    wide = wide.reset_index()
    wide["classifier"] = wide["split"].map(accuracy)
    return wide.assign(
        steps=run["configuration"]["steps"], commit=run["commit"], minutes=round(run["wall_seconds"] / 60, 1)
    )


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    main(job.params.labels, Path(job.params.edits), Path(job.params.classifier), Path(job.params.kept))
