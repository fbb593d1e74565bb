"""How a classifier learns, and what its class units say."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amcore.plotting import PALETTE
from hkam.analysis.plotting import class_bars

__all__ = ["class_panels", "loss_curve"]

_BATCHES = 25


def loss_curve(ax: Axes, losses: Float[np.ndarray, "updates"]) -> None:
    """Draw the loss of every batch and its running mean.

    Args:
        ax: Axes to draw in.
        losses: Of each update.
    """
    updates, colour = np.arange(1, len(losses) + 1), PALETTE["discrete"]
    smooth = pd.Series(losses).rolling(_BATCHES, min_periods=1).mean()
    ax.plot(updates, losses, color=colour, alpha=0.3, linewidth=0.7, label="each batch")
    ax.plot(updates, smooth, color=colour, label=f"mean of {_BATCHES} batches")
    ax.set(xlabel="update", ylabel="squared error", yscale="log", xlim=(0, len(losses)))
    ax.legend()


def class_panels(
    figure: Figure,
    pictures: Float[np.ndarray, "S height width"],
    values: Float[np.ndarray, "S classes"],
    labels: Integer[np.ndarray, "S"],
    blocks: Sequence[Integer[np.ndarray, "_"]],
    *,
    columns: int = 6,
) -> np.ndarray:
    """Draw digits above the last states of their class units.

    Args:
        figure: An empty figure.
        pictures: Digits.
        values: Last states of their class units.
        labels: Their classes.
        blocks: Which digits to draw, a row of pictures and one of bars for each block.
        columns: Most digits in a row.

    Returns:
        The panels.
    """
    axes = figure.subplots(2 * len(blocks), columns, height_ratios=[1.15, 1] * len(blocks), sharey="row")
    for block, chosen in enumerate(blocks):
        for upper, lower, index in zip(axes[2 * block], axes[2 * block + 1], chosen, strict=False):
            upper.imshow(pictures[index], cmap="gray_r", vmin=0, vmax=1)
            title = f"{labels[index]}, read as {values[index].argmax()}"
            upper.set_title(title, fontsize="small", loc="center")
            class_bars(lower, values[index], right=int(labels[index]))
            lower.tick_params(labelsize="x-small")
        for ax in axes[2 * block]:
            ax.axis("off")
        axes[2 * block + 1, 0].set_ylabel("class units")
    return axes
