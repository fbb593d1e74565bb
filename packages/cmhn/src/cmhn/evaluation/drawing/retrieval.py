"""Recall at 1 of every method in every direction."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amcore.plotting import PALETTE
from cmhn.evaluation.retrieval import CONTROL, METHODS

__all__ = ["recall_panels"]

_COLOURS = {
    "CMHN": PALETTE["continuous"],
    "CLIP": PALETTE["discrete"],
    "CLOOB": PALETTE["query"],
    CONTROL: "#c9c9c9",
}


def recall_panels(
    figure: Figure, measurements: pd.DataFrame, methods: Sequence[str] = (*METHODS, CONTROL)
) -> list[Axes]:
    """Draw recall@1 in percent: a row per data set, a column per direction, a bar per method.

    A bar is the mean over seeds, a mark is a seed, and the dotted line is chance.

    Args:
        figure: An empty figure.
        measurements: Those of `compare_methods`.
        methods: Methods from top to bottom.

    Returns:
        The panels, row by row.
    """
    recalls: Any = measurements[measurements["metric"] == "recall@1"]
    recalls = recalls.assign(value=100 * recalls["value"])
    colours = {method: _COLOURS.get(method, PALETTE["reference"]) for method in methods}
    datasets = list(dict.fromkeys(recalls["dataset"]))
    pairs = list(dict.fromkeys(zip(recalls["source"], recalls["target"], strict=True)))
    axes = figure.subplots(len(datasets), len(pairs), sharey=True, squeeze=False)
    for line, dataset in zip(axes, datasets, strict=True):
        here = recalls[recalls["dataset"] == dataset]
        for ax, (source, target) in zip(line, pairs, strict=True):
            part = here[(here["source"] == source) & (here["target"] == target)]
            sns.barplot(
                part, x="value", y="variant", order=methods, hue="variant", palette=colours, errorbar=None, ax=ax,
                hue_order=methods, legend=False, saturation=1,
            )  # fmt: skip
            sns.stripplot(
                part, x="value", y="variant", order=methods, color="black", size=2.5, jitter=False, ax=ax
            )
            chance = part.loc[part["variant"] == "chance", "value"].mean()
            ax.axvline(chance, color="black", linestyle=":", linewidth=1)
            ax.set(xlabel="", ylabel="", xlim=(0, 1.05 * here["value"].max()))
        line[0].set_ylabel(dataset)
    for ax, (source, target) in zip(axes[0], pairs, strict=True):
        ax.set_title(f"{source} → {target}", fontsize="small")
    figure.supxlabel("recall@1 on held-out items, %")
    return list(axes.flat)
