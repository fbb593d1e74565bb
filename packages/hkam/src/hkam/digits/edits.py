"""Finished edits side by side: their accuracies beside the paper's, digit by digit, and what their oscillators do."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Float, Integer

from amcore.results import join_reference
from hkam.analysis import order_parameter
from hkam.digits.classifier import class_units
from hkam.digits.corrections import correction, effective_rank, follow_oscillators
from hkam.digits.exchange import Exchange, with_added_synapses
from hkam.digits.finetuning import EditedClassifier, edited_class_units
from hkam.digits.solvers import Solve
from hkam.digits.starts import ShownStart, shown_digits, shown_values
from hkam.digits.tasks import EDITING_TASKS, edited_labels
from hkam.digits.titles import task_key
from hkam.graphs import watts_strogatz_graph
from hkam.hopfield import HopfieldMemory

__all__ = [
    "EDIT_FACTORS",
    "Answer",
    "Corrections",
    "accuracies_beside_the_paper",
    "accuracy_table",
    "answers_to_examples",
    "best_edits",
    "digit_accuracies",
    "edit_accuracies",
    "exchange_sweep",
    "model_sizes",
    "oscillator_corrections",
    "quoted_edits",
    "quoted_exchange",
    "start_table",
]


class Answer(NamedTuple):
    """What a classifier says of one digit.

    Attributes:
        picture: What it sees.
        before: Its answer before the edit.
        after: Its answer after the edit.
        is_right: Whether that is what the task wants.
    """

    picture: Float[np.ndarray, "height width"]
    before: int
    after: int
    is_right: bool


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


def answers_to_examples(
    network: HopfieldMemory,
    networks: Mapping[str, EditedClassifier],
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    *,
    solve: Solve,
    each: int = 4,
) -> dict[str, list[Answer]]:
    """Ask the classifier before and after its edits about the first zeros and ones.

    Args:
        network: The unedited classifier.
        networks: The edited one of each task; those with a cue are shown a 0 and a 1 in turn.
        images: Square test images, pixels between 0 and 1.
        labels: Their classes.
        solve: Maps a memory and a batch of cues to their recall.
        each: How many zeros and how many ones.

    Returns:
        By task, a row of answers; beside the picture stands, paler, what the oscillators are shown.
    """
    picked = np.concatenate([np.flatnonzero(labels == digit)[:each] for digit in (0, 1)])
    cues = np.tile([0, 1], each)
    shown = np.stack([images[labels == cue][-1] for cue in cues])
    side = math.isqrt(images.shape[1])
    pictures, beside = (pixels.reshape(-1, side, side) for pixels in (images[picked], 0.6 * shown))
    before = class_units(network, images[picked], solve=solve).argmax(axis=1)
    rows = {}
    for task, model in networks.items():
        cued = isinstance(model.start, ShownStart)
        seen = shown_values(shown) if cued else None
        after = edited_class_units(model, images[picked], seen, solve=solve).argmax(axis=1)
        wanted = edited_labels(labels[picked], task, cues=cues if cued else None)  # pyright: ignore[reportArgumentType]
        drawn = np.concatenate([pictures, beside], axis=2) if cued else pictures
        columns = (drawn, before.tolist(), after.tolist(), (after == wanted).tolist())
        rows[task] = [Answer(*one) for one in zip(*columns, strict=True)]
    return rows


class Corrections(NamedTuple):
    """What the oscillators of edits add to the synapses, before and after recall.

    Attributes:
        table: Per edit and ``moment``: ``strength`` κ, ``steps`` of the solver, ``largest eigenvalue``,
            ``effective rank`` and ``coherence`` (the length of the oscillators' mean), averaged over images.
        eigenvalues: Mean eigenvalues by edit and moment.
        oscillators: Those of the first image before and after recall, by edit, of shape [2, N, D + 1].
    """

    table: pd.DataFrame
    eigenvalues: dict[tuple[str, str], Float[np.ndarray, "D1"]]
    oscillators: dict[str, Float[np.ndarray, "2 N D1"]]


def oscillator_corrections(
    networks: Mapping[str, EditedClassifier],
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    *,
    solve: Solve,
    number: int = 32,
) -> Corrections:
    """Measure the correction ``κ μ μᵀ`` of each edited classifier on some images.

    Args:
        networks: Edited classifiers by name.
        images: Test images, from which shown digits are drawn too.
        labels: Their classes.
        solve: Maps a memory and a batch of cues to their recall.
        number: How many of the images to read, at most.
    """
    number = min(number, len(images))
    solved = eqx.filter_jit(solve)
    rows, eigenvalues, oscillators = [], {}, {}
    for name, model in networks.items():
        shown = None
        if isinstance(model.start, ShownStart):
            shown, _ = shown_digits(images, labels, number, seed=0)
        cues = model.cue(jnp.asarray(images[:number]), None if shown is None else jnp.asarray(shown))
        steps = int(solved(model.memory, cues).steps)
        paths = follow_oscillators(model, images[:number], shown, times=np.asarray([0.0, 1.0]))
        oscillators[name] = np.asarray(paths[0])
        strength = model.coupling.strength
        for moment, mu in (("before", paths[:, 0]), ("after", paths[:, 1])):
            spectra = jnp.stack([correction(one, strength).eigenvalues for one in mu])
            rows.append(
                {
                    "edit": name,
                    "moment": moment,
                    "strength": float(strength),
                    "steps": steps,
                    "largest eigenvalue": float(spectra[:, 0].mean()),
                    "effective rank": float(jnp.stack([effective_rank(one) for one in spectra]).mean()),
                    "coherence": float(order_parameter(mu).mean()),
                }
            )
            eigenvalues[name, moment] = np.asarray(spectra.mean(axis=0))
    return Corrections(pd.DataFrame(rows), eigenvalues, oscillators)


def start_table(edits: pd.DataFrame, corrections: pd.DataFrame, accuracies: pd.DataFrame) -> pd.DataFrame:
    """Set beside each other where oscillators start, what becomes of them, and how good the edit is.

    Args:
        edits: ``task`` and ``start`` by edit.
        corrections: As in `Corrections`.
        accuracies: As from `edit_accuracies`.

    Returns:
        One row for each edit: ``coherence``, ``effective rank`` and ``largest eigenvalue`` before and after recall,
        κ, the solver's steps and the test accuracy.
    """
    quantities = ["coherence", "effective rank", "largest eigenvalue"]
    moments = corrections.pivot(index="edit", columns="moment", values=quantities)
    moments.columns = [f"{quantity} {moment}" for quantity, moment in moments.columns]
    cued = edits["task"].str.startswith("associative")
    starts = edits["start"].where(cued, "learned μ(0)")
    table = edits[["task"]].assign(start=starts).join(moments)
    table = table.join(corrections.groupby("edit")[["strength", "steps"]].first())
    table = table.join(accuracies.set_index("edit")["adaptive test"])
    names = {"strength": "κ", "steps": "solver steps", "adaptive test": "test accuracy, %"}
    return table.rename(columns=names).reset_index(drop=True)


def exchange_sweep(
    network: HopfieldMemory,
    exchanged: Exchange,
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    *,
    solve: Solve,
) -> pd.DataFrame:
    """Add the exact exchange of two class units, and each of its parts, several times to the synapses.

    Args:
        network: The classifier.
        exchanged: The change by which the class units of 0 and 1 take each other's synapses.
        images: Test images.
        labels: Their classes.
        solve: Maps a memory and a batch of cues to their recall.

    Returns:
        ``added`` (which part), ``times``, and the accuracy in percent on the labels of ``no edit``, ``conflation`` and
        ``swap``.
    """
    parts = {
        "positive part": exchanged.positive,
        "negative part": exchanged.negative,
        "both": exchanged.positive + exchanged.negative,
    }
    wanted = {
        "no edit": labels,
        "conflation": edited_labels(labels, "conflation"),
        "swap": edited_labels(labels, "swap"),
    }
    rows = []
    for part, change in parts.items():
        for times in (0.0, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0):
            changed = with_added_synapses(network, times * change)
            answers = class_units(changed, images, solve=solve).argmax(axis=1)
            accuracy = {name: 100 * float(np.mean(answers == right)) for name, right in wanted.items()}
            rows.append({"added": part, "times": times, **accuracy})
    return pd.DataFrame(rows)


def quoted_exchange(sweep: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a sweep that say which rank an edit needs, with the ``key`` by which each is quoted.

    Args:
        sweep: As from `exchange_sweep`.

    Returns:
        ``key``, ``added``, ``times``, ``labels`` and ``value``, the accuracy.
    """
    asked = [
        ("none", "both", 0.0, "no edit"),
        ("swap", "both", 1.0, "swap"),
        ("swap_positive", "positive part", 1.5, "swap"),
        ("swap_negative", "negative part", 1.5, "swap"),
    ]
    rows = pd.DataFrame(asked, columns=["key", "added", "times", "labels"])
    return rows.merge(sweep.melt(["added", "times"], var_name="labels"))
