"""Shares of frames that memories recall."""

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amcore.plotting import PALETTE

__all__ = ["recalled_panels", "stretch_panel"]

_VARIANTS = {"complete": "reference", "discrete": "discrete", "continuous": "continuous"}
_COLUMNS = 3


def recalled_panels(
    figure: Figure, recalled: pd.DataFrame, *, kinds: Sequence[str], lengths: Sequence[int], count: int
) -> list[Axes]:
    """Draw the share recalled against the number of frames, a panel for each kind of signal.

    Args:
        figure: An empty figure.
        recalled: Rows with ``dataset``, ``variant``, ``L`` and ``value``.
        kinds: Signals, panel by panel.
        lengths: Numbers of frames, for the line of a memory that knows nothing but N frames.
        count: Size N of the memories.

    Returns:
        The panels.
    """
    columns = min(len(kinds), _COLUMNS)
    axes = figure.subplots(-(-len(kinds) // columns), columns, sharex=True, sharey=True, squeeze=False)
    for ax, kind in zip(axes.flat, kinds, strict=False):
        sns.lineplot(
            recalled.loc[recalled["dataset"] == kind],
            x="L",
            y="value",
            hue="variant",
            hue_order=list(_VARIANTS),
            palette={name: PALETTE[role] for name, role in _VARIANTS.items()},
            style="variant",
            style_order=list(_VARIANTS),
            markers=True,
            dashes=False,
            errorbar="sd",
            ax=ax,
            legend=ax is axes.flat[0],
        )
        alone = [min(1, count / length) for length in lengths]
        ax.plot(lengths, alone, ":", color=PALETTE["truth"], linewidth=1)
        ax.set_xscale("log", base=2)
        ax.set(title=kind, xlabel="frames L", ylabel="share recalled", ylim=(-0.03, 1.03))
    for ax in axes.flat[len(kinds) :]:
        ax.axis("off")
    handles, names = axes.flat[0].get_legend_handles_labels()
    axes.flat[0].get_legend().remove()
    sizes = {"complete": "all L frames", "discrete": f"{count} frames", "continuous": f"{count} bins"}
    labels = [f"{name}: {sizes[name]}" for name in names]
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return list(axes.flat)[: len(kinds)]


def stretch_panel(ax: Axes, curve: pd.DataFrame, *, target: float) -> None:
    """Draw the share recalled against the correlation length in widths of a bin, a line for each size.

    Args:
        ax: Axes to draw in.
        curve: Rows of `stretch_curve`.
        target: Share to mark.
    """
    sns.lineplot(
        curve,
        x="stretch",
        y="recalled",
        hue="size",
        style="size",
        markers=True,
        dashes=False,
        errorbar="sd",
        palette="flare",
        ax=ax,
    )
    ax.axhline(target, color=PALETTE["truth"], linestyle=":", linewidth=1)
    ax.set_xscale("log", base=2)
    ax.set(xlabel="correlation length ℓ / width of a bin", ylabel="share recalled", ylim=(-0.03, 1.03))
    ax.legend(title="bins N")
