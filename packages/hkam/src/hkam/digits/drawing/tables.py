"""The cells of the paper's tables, and what edits at full size depend on."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hkam.digits.drawing.edits import TASK_COLOURS
from hkam.digits.tasks import EDITING_TASKS

__all__ = ["ablation_panels", "cell_panels", "start_dots", "weight_panels"]

_PAPER = "#7a7a7a"
_DOTTED = {"color": "black", "linewidth": 0.6, "linestyle": ":"}
_DASH_DOTTED = {"color": "black", "linewidth": 0.6, "linestyle": "-."}
_GREYS = ("#b9b9b9", "#8a4f7d", "black")


def cell_panels(
    figure: Figure, edits: pd.DataFrame, cells: pd.DataFrame, reference: pd.DataFrame
) -> list[Axes]:
    """Draw the test accuracy of every edit against the number of neighbours, and the paper's numbers.

    Args:
        figure: An empty figure.
        edits: Rows of `measured_accuracies`, of test images, with a learned start.
        cells: As from `table_cells`.
        reference: As from `paper_accuracies`.
    """
    before = _unedited(reference)
    neighbours = sorted(cells["k"].unique())
    axes = list(figure.subplots(1, len(EDITING_TASKS), sharey=True))
    for ax, task in zip(axes, EDITING_TASKS, strict=True):
        colour, cued = TASK_COLOURS[task], task.startswith("associative")
        of_task = edits[(edits["task"] == task) & edits["k"].isin(neighbours)]
        means = cells[(cells["task"] == task) & (cells["split"] == "test")]
        printed = reference[reference["column"] == f"{task} test accuracy"].set_index("row")["value"]
        for D, line in ((4, "-"), (6, "--")):
            one, mean = of_task[of_task["D"] == D], means[means["D"] == D]
            if len(one):
                ax.scatter(one["k"], one["adaptive"], s=16, color=colour, linewidths=0, zorder=3)
                look = {"marker": "o", "markersize": 5, "linewidth": 1.2, "zorder": 4, "color": colour}
                face = colour if D == 4 else "white"
                ax.plot(mean["k"], mean["mean"], line, markerfacecolor=face, label=f"here, D = {D}", **look)
            if D == 4 or not cued:
                keys = [f"k={k} D=4,6" if cued else f"k={k} D={D}" for k in neighbours]
                look = {"marker": "x", "linestyle": line, "linewidth": 0.8, "color": _PAPER}
                label = "the paper" + ("" if cued else f", D = {D}")
                ax.plot(neighbours, printed.reindex(keys), label=label, **look)
        if len(of_task):
            ax.axhline(of_task["classifier"].mean(), color=colour, linewidth=0.6, linestyle=":")
        for labels in ("MNIST", task):
            ax.axhline(before[labels], **_DOTTED)
        ax.set(title=task, xlabel="neighbours k", xticks=neighbours)
        ax.legend(fontsize="x-small", loc="lower right")
    axes[0].set_ylabel("test accuracy, %")
    return axes


def weight_panels(figure: Figure, means: pd.DataFrame, reference: pd.DataFrame) -> list[Axes]:
    """Draw the test accuracy against the entries of R and S, a line for each D.

    Args:
        figure: An empty figure.
        means: As from `over_seeds`, by task, D, k and weights.
        reference: As from `paper_accuracies`.
    """
    before = _unedited(reference)
    dimensions = sorted(means["D"].unique())
    marks = dict(zip(dimensions, "osD^v", strict=False))
    shades = mpl.colormaps["viridis_r"](np.linspace(0.15, 0.95, len(dimensions)))
    tones = dict(zip(dimensions, shades, strict=True))
    axes = list(figure.subplots(1, len(EDITING_TASKS), sharex=True, sharey=True))
    for ax, task in zip(axes, EDITING_TASKS, strict=True):
        for D, of_size in means[means["task"] == task].groupby("D"):
            look = {"marker": marks[D], "color": tones[D], "markersize": 4, "linewidth": 0.9}
            ax.plot(of_size["weights"], of_size["mean"], label=f"D = {D}", **look)
        ax.axhline(before[task], **_DOTTED)
        ax.axhline(np.mean(means["classifier"]), **_DASH_DOTTED)
        ax.set(title=task, xlabel="entries of R and S")
        if ax.get_legend_handles_labels()[0]:
            ax.set_xscale("log")
            ax.legend(fontsize="small")
        else:
            ax.set_xticks([])
            ax.text(0.5, 0.5, "no cell has been made", transform=ax.transAxes, ha="center")
    axes[0].set_ylabel("test accuracy, %")
    return axes


def start_dots(ax: Axes, edits: pd.DataFrame, reference: pd.DataFrame, *, task: str) -> None:
    """Draw the test accuracy of a task's edits by how the oscillators start, a dot for each seed.

    Args:
        ax: Axes to draw in.
        edits: Rows of `measured_accuracies`.
        reference: As from `paper_accuracies`.
        task: The task.
    """
    starts = ["coherent", "incoherent", "learned"]
    groups = sorted(edits["updates"].unique())
    for number, (updates, colour) in enumerate(zip(groups, _GREYS, strict=False)):
        of_group = edits.loc[edits["updates"] == updates]
        shift = 0.8 * (number - (len(groups) - 1) / 2) / max(len(groups), 1)
        heights = of_group["start"].map(starts.index) + shift
        ax.scatter(
            of_group["adaptive"],
            heights,
            s=34,
            color=colour,
            edgecolors="white",
            linewidths=0.5,
            label=updates,
        )
    if len(edits):
        ax.axvline(float(np.mean(edits["classifier"])), **_DASH_DOTTED)
        ax.legend(title="updates", loc=(0.55, 0.62), fontsize="small", title_fontsize="small")
    ax.axvline(_unedited(reference)[task], **_DOTTED)
    ax.set_yticks(range(len(starts)), starts)
    ax.set(xlabel="test accuracy, %", ylabel="start", ylim=(len(starts) - 0.5, -0.5))
    ax.grid(visible=False, axis="y")


def ablation_panels(figure: Figure, cells: pd.DataFrame, reference: pd.DataFrame) -> list[Axes]:
    """Draw the test accuracy by whom κ couples, where oscillators start, and where R and S begin.

    Args:
        figure: An empty figure.
        cells: As from `ablation`.
        reference: As from `paper_accuracies`.
    """
    before = _unedited(reference)
    tasks = [task for task in EDITING_TASKS if task in set(cells["task"])]
    panels = list(figure.subplots(1, len(tasks), squeeze=False)[0])
    for ax, task in zip(panels, tasks, strict=True):
        of_task: pd.DataFrame = cells.loc[cells["task"] == task]
        order = {"free": False, "coupling": True, "start": True, "first_weights": True}
        of_task = of_task.sort_values(list(order), ascending=list(order.values()), ignore_index=True)
        names = of_task["coupling"] + ", " + of_task["start"] + " start, R, S " + of_task["first_weights"]
        colours = [TASK_COLOURS[task] if free else "#b9b9b9" for free in of_task["free"]]
        ax.barh(of_task.index, of_task["mean"] - before[task], left=before[task], color=colours)
        ax.scatter(
            of_task["mean"], of_task.index, color=colours, s=22, edgecolors="black", linewidths=0.4, zorder=3
        )
        for place, mean in of_task["mean"].items():
            beside = {"xytext": (5, 0), "textcoords": "offset points", "va": "center", "fontsize": "x-small"}
            ax.annotate(f"{mean:.2f}", (mean, place), **beside)
        ax.set_yticks(of_task.index, names, fontsize="x-small")
        ax.axvline(before[task], **_DOTTED)
        low, high = of_task["mean"].min(), of_task["mean"].max()
        ax.set(title=task, xlabel="test accuracy, %", xlim=(min(low, before[task]) - 1, high + 4))
        ax.invert_yaxis()
        ax.grid(visible=False, axis="y")
    return panels


def _unedited(reference: pd.DataFrame) -> Mapping[str, float]:
    """The paper's test accuracies before an edit, on the labels of each task."""
    first = reference[(reference["table"] == "Table 1") & (reference["column"] == "test accuracy")]
    return {str(labels): float(value) for labels, value in zip(first["row"], first["value"], strict=True)}
