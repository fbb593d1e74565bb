"""Landscapes beside each other, and how often the continuous memory's end is nearer to its query."""

from collections.abc import Mapping

import pandas as pd
import seaborn as sns
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from chmnet.evaluation.landings import ORDERS
from chmnet.network import HopfieldNetwork
from chmnet.plotting import energy_landscape

__all__ = ["landscape_panels", "nearer_panels"]


def landscape_panels(
    figure: Figure,
    memories: Mapping[str, Mapping[str, HopfieldNetwork]],
    points: Mapping[str, Float[Tensor, "L 2"]],
    queries: Mapping[str, Float[Tensor, "Q 2"]],
    *,
    steps: int,
    resolution: int,
) -> list[Axes]:
    """Draw a column for each arrangement, a row for each memory of it.

    Args:
        figure: An empty figure.
        memories: Memories of width 2 by arrangement and by name; every arrangement has the same names.
        points: Stored points by arrangement.
        queries: States to start from by arrangement.
        steps: Number of updates of each.
        resolution: Points of the contour grid along an axis.

    Returns:
        The panels, row by row.
    """
    rows = list(next(iter(memories.values())))
    axes = figure.subplots(len(rows), len(memories), squeeze=False)
    for column, (name, variants) in zip(axes.T, memories.items(), strict=True):
        side = 1.4 * float(points[name].abs().amax())
        for ax, memory in zip(column, variants.values(), strict=True):
            energy_landscape(
                ax,
                memory,
                points=points[name],
                queries=queries[name],
                steps=steps,
                extent=(-side, side, -side, side),
                resolution=resolution,
            )
        column[0].set_title(name)
    for ax, label in zip(axes[:, 0], rows, strict=True):
        ax.set_ylabel(label)
    return list(axes.flat)


def nearer_panels(figure: Figure, differences: pd.DataFrame) -> list[Axes]:
    """Draw the share of queries that the continuous memory leaves nearer, against how far out they start.

    Args:
        figure: An empty figure.
        differences: Rows of `landing_differences` with ``dataset``.

    Returns:
        The panels, one for each arrangement.
    """
    names = list(differences["dataset"].unique())
    ridges = sorted(differences["ridge"].unique(), reverse=True)
    shades = dict(zip(ridges, sns.color_palette("flare_r", len(ridges)), strict=True))
    axes = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    shares = differences[differences["metric"] == "nearer to the query"]
    for ax, name in zip(axes, names, strict=True):
        for ridge in ridges:
            for order, line in zip(ORDERS, ("-", "--"), strict=True):
                here = shares.loc[
                    (shares["dataset"] == name) & (shares["ridge"] == ridge) & (shares["order"] == order)
                ]
                of = here.groupby("reach")["value"].agg(["mean", "std"]).fillna(0)
                ax.plot(
                    of.index,
                    100 * of["mean"],
                    line,
                    color=shades[ridge],
                    label=f"λ = {ridge:g}, {order} times",
                )
                if order == "random":
                    low, high = 100 * (of["mean"] - of["std"]), 100 * (of["mean"] + of["std"])
                    ax.fill_between(
                        of.index, low.clip(0), high.clip(upper=100), color=shades[ridge], alpha=0.12
                    )
        ax.axhline(50, color="0.6", linewidth=0.8, zorder=0)
        ax.set(title=name, xlabel="size of the box of queries / of the points", ylim=(0, 103))
    axes[0].set_ylabel("continuous end nearer\nto the query, %")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return list(axes)
