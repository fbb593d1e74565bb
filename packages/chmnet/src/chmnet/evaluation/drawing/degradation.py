"""Similarity against memory size, from a setting with every suspect to a clean one."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amcore.plotting import PALETTE
from chmnet.evaluation.degradation import Setting
from chmnet.evaluation.tasks import TASKS

__all__ = ["setting_panels"]


def setting_panels(figure: Figure, measurements: pd.DataFrame, settings: Mapping[str, Setting]) -> list[Axes]:
    """Draw the mean similarity over videos against N / L, a panel for each length and task, a line for each setting.

    Args:
        figure: An empty figure.
        measurements: Rows of `setting_sweep` with ``task`` and ``dataset``.
        settings: Settings by title, from the darkest line to the lightest.

    Returns:
        The panels, length by length.
    """
    lengths = sorted(measurements["L"].unique())
    shades = dict(zip(settings, sns.color_palette("flare_r", len(settings)), strict=True))
    axes = figure.subplots(len(lengths), len(TASKS), squeeze=False)
    for row, length in zip(axes, lengths, strict=True):
        for ax, task in zip(row, TASKS, strict=True):
            here: Any = measurements[(measurements["task"] == task) & (measurements["L"] == length)]
            for title, setting in settings.items():
                rows: Any = setting.rows(here)
                mean = rows.groupby("N")["value"].mean()
                ax.plot(mean.index / length, mean, marker="o", markersize=4, color=shades[title], label=title)
            mean = here[here["variant"] == "discrete"].groupby("N")["value"].mean()
            ax.plot(mean.index / length, mean, "--", color=PALETTE["discrete"], label="discrete, N frames")
            ax.set(
                title=f"{task}, L = {length}, {here['dataset'].nunique()} videos",
                xlabel="N / L",
                ylabel="cosine similarity",
            )
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return list(axes.flat)
