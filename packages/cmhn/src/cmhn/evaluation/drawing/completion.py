"""Completion of damaged captions against the share of letters lost."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amcore.plotting import PALETTE

__all__ = ["completion_panels"]

_COLOURS = {
    "joint memory": PALETTE["continuous"],
    "nearest triple": PALETTE["discrete"],
    "ridge": PALETTE["reference"],
}


def completion_panels(figure: Figure, measurements: pd.DataFrame, *, level: float) -> list[Axes]:
    """Draw the cosines of pictures and sounds for each method, and the memory's shares of right answers.

    Lines are means over seeds, bands one standard deviation.

    Args:
        figure: An empty figure.
        measurements: Those of `completion_sweep`.
        level: The cosine that is hoped for, a dotted line.

    Returns:
        The panels: pictures, sounds, right answers.
    """
    panels = list(figure.subplots(1, 3, sharey=True))
    percent = measurements.assign(lost=100 * measurements["damage"])
    for ax, metric in zip(panels[:2], ("cosine, vision", "cosine, audio"), strict=True):
        part: Any = percent[percent["metric"] == metric]
        sns.lineplot(
            part, x="lost", y="value", hue="variant", palette=_COLOURS, errorbar="sd", ax=ax, style="variant",
            markers=True, dashes=False, legend=ax is panels[0],
        )  # fmt: skip
        ax.axhline(level, color="black", linestyle=":", linewidth=1)
        ax.set(title=metric, xlabel="letters lost, %", ylabel="")
    handles, names = panels[0].get_legend_handles_labels()
    panels[0].get_legend().remove()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    right: Any = percent[percent["metric"].str.startswith("right")]
    sns.lineplot(
        right, x="lost", y="value", hue="metric", palette="Greys_d", errorbar="sd", ax=panels[2], marker="o"
    )
    panels[2].legend(title="")
    panels[2].set(title="share of answers", xlabel="letters lost, %", ylim=(0, 1.03))
    return panels
