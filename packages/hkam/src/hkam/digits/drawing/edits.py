"""Edited classifiers in pictures: how they learn, and what they answer."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amcore.plotting import PALETTE
from hkam.digits.examples import Answer

__all__ = [
    "TASK_COLOURS",
    "answer_panels",
    "digit_panels",
    "exchange_panels",
    "learning_curves",
    "learning_panels",
]

TASK_COLOURS: dict[str, str] = {
    "conflation": "#3b5b92",
    "swap": "#4a7c59",
    "associative conflation": "#d1603d",
    "associative swap": "#8a4f7d",
}
"""The editing tasks' colours in all figures."""

_RIGHT, _PLAIN, _LINE = "#4a7c59", "#b9b9b9", "#7a7a7a"
_DASHES = {"learned": "-", "coherent": ":", "incoherent": "--"}


def learning_curves(figure: Figure, history: pd.DataFrame, task: str) -> tuple[Axes, Axes]:
    """Draw accuracy and strength while one edit is trained.

    Args:
        figure: An empty figure.
        history: What was watched: ``update``, ``accuracy``, ``strength``.
        task: The title.
    """
    upper, lower = figure.subplots(2, 1, sharex=True)
    upper.plot(history["update"], history["accuracy"], color=PALETTE["discrete"])
    upper.set(ylabel="accuracy, %", title=task)
    lower.plot(history["update"], history["strength"], color=PALETTE["continuous"])
    lower.set(xlabel="update", ylabel="κ")
    return upper, lower


def learning_panels(figure: Figure, histories: Mapping[str, pd.DataFrame], edits: pd.DataFrame) -> list[Axes]:
    """Draw accuracy, loss and strength while edits are trained.

    Args:
        figure: An empty figure.
        histories: By edit, what was watched: ``update``, ``accuracy``, ``loss``, ``strength``.
        edits: ``task`` and ``start`` by edit.
    """
    axes = list(figure.subplots(1, 3, sharex=True))
    for name, history in histories.items():
        task, start = edits.loc[name, ["task", "start"]]
        label = task + (f", {start} start" if task.startswith("associative") else "")
        for ax, quantity in zip(axes, ("accuracy", "loss", "strength"), strict=True):
            look = {"color": TASK_COLOURS[task], "linestyle": _DASHES[start]}
            ax.plot(history["update"], history[quantity], label=label, **look)
    axes[0].set(ylabel="accuracy, %", xlabel="update")
    axes[1].set(ylabel="squared error", xlabel="update", yscale="log")
    axes[2].set(ylabel="κ", xlabel="update")
    handles, texts = axes[0].get_legend_handles_labels()
    unique = dict(zip(texts, handles, strict=True))
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=3, fontsize="small")
    return axes


def answer_panels(figure: Figure, rows: Mapping[str, Sequence[Answer]]) -> np.ndarray:
    """Draw digits with what the classifier says of them before and after each edit.

    Args:
        figure: An empty figure.
        rows: As from `answers_to_examples`.
    """
    axes = figure.subplots(len(rows), max(map(len, rows.values())), squeeze=False)
    for panels, (task, answers) in zip(axes, rows.items(), strict=True):
        for ax, (picture, old, new, is_right) in zip(panels, answers, strict=True):
            ax.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
            colour = _RIGHT if is_right else PALETTE["continuous"]
            ax.set_title(f"{old} → {new}", color=colour, loc="center", fontsize="small")
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        panels[0].set_ylabel(task.replace(" ", "\n"), rotation=0, ha="right", va="center")
    return axes


def digit_panels(figure: Figure, accuracies: pd.DataFrame) -> np.ndarray:
    """Draw the accuracy on each digit before and after each edit.

    Args:
        figure: An empty figure.
        accuracies: As from `digit_accuracies`.
    """
    axes = figure.subplots(1, len(set(accuracies["task"])), sharey=True, squeeze=False)
    for ax, (task, rows) in zip(axes[0], accuracies.groupby("task", sort=False), strict=True):
        ax.bar(rows["digit"] - 0.2, rows["before"], width=0.38, color=_PLAIN, label="unedited")
        ax.bar(rows["digit"] + 0.2, rows["after"], width=0.38, color=TASK_COLOURS[str(task)], label="edited")
        ax.set(title=task, xlabel="digit", xticks=range(10), ylim=(0, 101))
    axes[0, 0].set_ylabel("accuracy, %")
    handles, texts = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside lower center", ncols=2, fontsize="small")
    return axes


def exchange_panels(figure: Figure, sweep: pd.DataFrame) -> np.ndarray:
    """Draw the accuracy with the exchange of two class units, or a part of it, added several times.

    Args:
        figure: An empty figure.
        sweep: As from `exchange_sweep`.
    """
    colours = {"no edit": _LINE, "conflation": TASK_COLOURS["conflation"], "swap": TASK_COLOURS["swap"]}
    axes = figure.subplots(1, 3, sharey=True)
    for ax, (part, of_part) in zip(axes, sweep.groupby("added", sort=False), strict=True):
        for name, colour in colours.items():
            ax.plot(of_part["times"], of_part[name], marker="o", markersize=4, color=colour, label=name)
        ax.set(title=part, xlabel="times added", xticks=(0, 0.5, 1, 1.5, 2))
    axes[0].set_ylabel("test accuracy, %")
    handles, texts = axes[0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside lower center", ncols=3, fontsize="small")
    return axes
