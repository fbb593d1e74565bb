"""Edited classifiers in pictures: how they learn, what they answer, and what their oscillators do."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Float, Integer
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from amcore.plotting import PALETTE
from hkam.digits.corrections import correction
from hkam.digits.edits import Answer

__all__ = [
    "TASK_COLOURS",
    "answer_panels",
    "correction_panels",
    "digit_panels",
    "exchange_panels",
    "gram_panels",
    "learning_curves",
    "learning_panels",
    "sphere_panels",
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
_GROUP_COLOURS = ("#b9b9b9", "#3b5b92", "#d1603d")


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


def correction_panels(
    figure: Figure,
    eigenvalues: Mapping[tuple[str, str], Float[np.ndarray, "D1"]],
    titles: Mapping[str, str],
    colours: Mapping[str, str],
) -> np.ndarray:
    """Draw the eigenvalues of each edit's correction before and after recall.

    Args:
        figure: An empty figure.
        eigenvalues: By edit and moment, as in `Corrections`.
        titles: By edit.
        colours: By edit.
    """
    axes = figure.subplots(1, len(titles), squeeze=False, sharey=True)
    for ax, name in zip(axes[0], titles, strict=True):
        for moment, shift, tone in (("before", -0.2, _PLAIN), ("after", 0.2, colours[name])):
            values = eigenvalues[name, moment]
            ax.bar(np.arange(1, len(values) + 1) + shift, values, width=0.38, color=tone, label=moment)
            ax.set_xticks(np.arange(1, len(values) + 1))
        ax.set_title(titles[name], fontsize="small")
        ax.set_xlabel("eigenvalue of κμμᵀ")
    axes[0, 0].legend(fontsize="small")
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


def sphere_panels(
    figure: Figure,
    oscillators: Mapping[str, Float[np.ndarray, "2 N D1"]],
    titles: Mapping[str, str],
    groups: Mapping[str, int],
) -> np.ndarray:
    """Draw oscillators before and after recall in the two directions in which they spread most at the end.

    Args:
        figure: An empty figure.
        oscillators: By edit.
        titles: By edit.
        groups: Number of units of each kind, in their order.
    """
    axes = figure.subplots(2, len(titles), squeeze=False)
    for column, name in zip(axes.T, titles, strict=True):
        ends = oscillators[name]
        _, _, directions = np.linalg.svd(ends[1], full_matrices=False)
        for ax, mu in zip(column, ends, strict=True):
            flat, first = mu @ directions[:2].T, 0
            for (group, count), colour in zip(groups.items(), _GROUP_COLOURS, strict=True):
                size = 14 if group == "class units" else 3
                ax.scatter(*flat[first : first + count].T, s=size, color=colour, label=group, linewidths=0)
                first += count
            ax.add_patch(Circle((0, 0), 1, fill=False, color=_LINE, linewidth=0.6))
            ax.set(xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), aspect="equal", xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        column[0].set_title(titles[name], fontsize="small")
    _name_rows(axes)
    handles, texts = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside lower center", ncols=3, fontsize="small")
    return axes


def gram_panels(
    figure: Figure,
    oscillators: Mapping[str, Float[np.ndarray, "2 N D1"]],
    titles: Mapping[str, str],
    groups: Mapping[str, int],
) -> np.ndarray:
    """Draw the scalar products among oscillators before and after recall.

    Units stand by kind, and within a kind in the order of the direction that is strongest after recall.

    Args:
        figure: An empty figure.
        oscillators: By edit.
        titles: By edit.
        groups: Number of units of each kind, in their order.
    """
    boundaries = np.cumsum(list(groups.values()))[:-1]
    kinds: Integer[np.ndarray, "N"] = np.repeat(range(len(groups)), list(groups.values()))
    axes = figure.subplots(2, len(titles), squeeze=False)
    image: Any = None
    for column, name in zip(axes.T, titles, strict=True):
        before, after = oscillators[name]
        strongest = np.linalg.svd(after, full_matrices=False)[2][0]
        order = np.lexsort((after @ strongest, kinds))
        for ax, mu in zip(column, (before, after), strict=True):
            gram = correction(jnp.asarray(mu[order]), jnp.asarray(1.0)).matrix
            image = ax.imshow(gram, cmap="RdBu_r", vmin=-1, vmax=1)
            for boundary in boundaries:
                ax.axhline(boundary - 0.5, color="black", linewidth=0.4)
                ax.axvline(boundary - 0.5, color="black", linewidth=0.4)
            ax.set(xticks=[], yticks=[])
        column[0].set_title(titles[name], fontsize="small")
    _name_rows(axes)
    figure.colorbar(image, ax=axes, label="μᵢᵀμⱼ", shrink=0.6, ticks=(-1, 0, 1))
    return axes


def _name_rows(axes: np.ndarray) -> None:
    axes[0, 0].set_ylabel("before")
    axes[1, 0].set_ylabel("after")
