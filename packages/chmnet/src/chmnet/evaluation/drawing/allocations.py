"""Where bins go, and what that gains."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from amcore.plotting import PALETTE

__all__ = ["edge_panel", "gain_panels"]

_SPREAD = 0.2  # how far the first and the last video lie from their variant's line


def edge_panel(
    figure: Figure, gram: Float[Tensor, "L L"], allocations: Mapping[str, Float[Tensor, " E"]]
) -> Axes:
    """Draw how much a signal changes from frame to frame, and below it the edges of each allocation.

    Args:
        figure: An empty figure.
        gram: Inner products of the frames, in order of time.
        allocations: Edges by name.

    Returns:
        The panel.
    """
    square = gram.diagonal()
    change = (square[1:] + square[:-1] - 2 * gram.diagonal(1)).clamp(min=0).sqrt()
    times = (torch.arange(len(change)) + 1) / len(gram)
    ax = figure.subplots()
    ax.fill_between(times, change / change.max(), color=PALETTE["reference"], alpha=0.4, linewidth=0)
    for row, edges in enumerate(allocations.values()):
        ax.vlines(edges, -row - 1, -row - 0.2, color=PALETTE["continuous"], linewidth=1)
    ax.set(
        yticks=[0.5, *(-row - 0.6 for row in range(len(allocations)))],
        yticklabels=["change", *allocations],
        xlabel="time",
        xlim=(0, 1),
    )
    ax.grid(False)
    return ax


def gain_panels(
    figure: Figure, gains: pd.DataFrame, variants: Sequence[str], similarities: Sequence[str]
) -> list[Axes]:
    """Draw the gain of each variant, a panel for each similarity: a point for each video, and a bar at their mean.

    Args:
        figure: An empty figure.
        gains: Rows with ``variant``, ``similarity``, ``dataset`` (the video) and ``gain``.
        variants: Variants from top to bottom.
        similarities: Similarities from left to right.

    Returns:
        The panels.
    """
    # A video keeps its height from line to line and from panel to panel.
    videos = list(dict.fromkeys(gains["dataset"]))
    heights = dict(zip(videos, np.linspace(-_SPREAD, _SPREAD, len(videos)), strict=True))
    lines = {variant: line for line, variant in enumerate(variants)}
    panels = list(figure.subplots(1, len(similarities), sharex=True, sharey=True, squeeze=False).flat)
    for ax, similarity in zip(panels, similarities, strict=True):
        here: Any = gains[gains["similarity"] == similarity]
        places = here["variant"].map(lines) + here["dataset"].map(heights)
        ax.scatter(here["gain"], places, s=16, color=PALETTE["continuous"], alpha=0.7, linewidth=0)
        means = here.groupby("variant")["gain"].mean().reindex(variants)
        ax.scatter(means, list(lines.values()), marker="|", s=260, color="black", zorder=3)
        ax.axvline(0, color=PALETTE["reference"], linewidth=1)
        ax.set(title=similarity, xlabel="gain in cosine", yticks=list(lines.values()), yticklabels=variants)
        ax.yaxis.grid(False)
    panels[0].set_ylim(len(lines) - 0.5, -0.5)
    return panels
