"""Films of labelled scenes, and what networks that are asked about them have learnt."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amcore.plotting import PALETTE

__all__ = ["accuracy_panels", "film_strip", "loss_panels"]

_WINDOWS = 30  # how many running means of a loss fit into the training


def film_strip(figure: Figure, pictures: Float[np.ndarray, "P H W"], titles: Sequence[str]) -> list[Axes]:
    """Draw the frames of a film side by side, and apart from them the query.

    Args:
        figure: An empty figure.
        pictures: Frames in order of time, and at the end the query.
        titles: What stands above each.

    Returns:
        The panels, the query's last.
    """
    axes = list(figure.subplots(1, len(pictures) + 1))
    axes.pop(-2).axis("off")
    for ax, picture, title in zip(axes, pictures, titles, strict=True):
        ax.imshow(picture, cmap="gray")
        ax.set_title(title, loc="center")
        ax.set(xticks=[], yticks=[])
    return axes


def accuracy_panels(
    figure: Figure, measurements: pd.DataFrame, colours: Mapping[str, str], *, chance: float
) -> list[Axes]:
    """Draw accuracy against the length of films: a row for each number of scenes, a column for each noise.

    Args:
        figure: An empty figure.
        measurements: Rows with ``variant``, ``noise``, ``scenes``, ``L`` and ``value``; lines are means over the rest,
            with a band of one standard deviation.
        colours: Colours by variant, in the legend's order.
        chance: Accuracy of guessing.

    Returns:
        The panels, row by row.
    """
    scenes, noises = (list(dict.fromkeys(measurements[name])) for name in ("scenes", "noise"))
    axes = figure.subplots(len(scenes), len(noises), sharex=True, sharey=True, squeeze=False)
    panels = list(axes.flat)
    kinds = [(count, noise) for count in scenes for noise in noises]
    for ax, (count, noise) in zip(panels, kinds, strict=True):
        part: Any = measurements[(measurements["noise"] == noise) & (measurements["scenes"] == count)]
        sns.lineplot(
            part, x="L", y="value", hue="variant", hue_order=list(colours), palette=dict(colours), style="variant",
            style_order=list(colours), markers=True, dashes=False, errorbar="sd", ax=ax, legend=ax is panels[0],
        )  # fmt: skip
        ax.axhline(chance, color=PALETTE["reference"], linestyle=":", linewidth=1)
        ax.set_xscale("log", base=2)
        ax.set(
            title=f"{count} scenes, noise {noise}",
            xlabel="length L of the film",
            ylabel="accuracy",
            ylim=(0, 1),
        )
    handles, names = panels[0].get_legend_handles_labels()
    panels[0].get_legend().remove()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return panels


def loss_panels(figure: Figure, losses: pd.DataFrame, colours: Mapping[str, str]) -> list[Axes]:
    """Draw the loss of each variant along its training, a panel for each noise: a running mean of the mean over seeds.

    Args:
        figure: An empty figure.
        losses: Rows with ``update``, ``loss``, ``variant`` and ``noise``.
        colours: Colours by variant, in the legend's order.

    Returns:
        The panels.
    """
    noises = list(dict.fromkeys(losses["noise"]))
    window = max(1, losses["update"].nunique() // _WINDOWS)
    panels = list(figure.subplots(1, len(noises), sharey=True, squeeze=False).flat)
    for ax, noise in zip(panels, noises, strict=True):
        for variant, colour in colours.items():
            part: Any = losses[(losses["noise"] == noise) & (losses["variant"] == variant)]
            mean = part.groupby("update")["loss"].mean().rolling(window, min_periods=1).mean()
            ax.plot(mean.index, mean, color=colour, label=variant)
        ax.set(title=f"noise {noise}", xlabel="update", ylabel="cross-entropy")
    panels[0].legend()
    return panels
