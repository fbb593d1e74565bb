"""Figures of memories: energy landscapes, and retrieved frames. Needs the extra ``chmnet[plotting]``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from torch import Tensor

from amcore.plotting import PALETTE
from amcore.torch.autocast import wide
from chmnet.continuous import ContinuousHopfield
from chmnet.network import HopfieldNetwork

__all__ = ["LandscapeArtists", "energy_landscape", "retrieved_frames", "similarity_curves"]


@dataclass(frozen=True)
class LandscapeArtists:
    """What `energy_landscape` has drawn.

    Attributes:
        contours: The filled contours of the energy.
        points: The stored patterns.
        curve: The reconstructed signal of a continuous memory.
        paths: A line per query, from the query to where it has come.
        ends: The last states.
    """

    contours: QuadContourSet
    points: PathCollection | None
    curve: Line2D | None
    paths: list[Line2D]
    ends: PathCollection | None


def energy_landscape(
    ax: Axes,
    memory: HopfieldNetwork,
    *,
    points: Float[Tensor, "L 2"] | None = None,
    queries: Float[Tensor, "Q 2"] | None = None,
    steps: int = 20,
    extent: tuple[float, float, float, float] = (-1.5, 1.5, -1.5, 1.5),
    resolution: int = 101,
    levels: int = 20,
) -> LandscapeArtists:
    """Energy contours of a memory of patterns in the plane, with the paths of queries over them.

    Darker is lower. A continuous memory is drawn as its reconstructed signal, step by step where its basis is
    rectangular.

    Args:
        ax: Axes to draw in.
        memory: A memory of width 2.
        points: Stored patterns to mark.
        queries: States to start from.
        steps: Number of updates of each.
        extent: Left, right, bottom and top of the square shown.
        resolution: Points of the contour grid along an axis.
        levels: Number of contour levels.

    Returns:
        The artists.

    Raises:
        ValueError: If the memory is not of width 2.

    Source: Santos et al. (2025), figure 1.
    """
    if memory.memory.shape[-1] != 2:
        raise ValueError(f"memory must be of width 2 to be drawn, but is of width {memory.memory.shape[-1]}")
    left, right, bottom, top = extent
    x = torch.linspace(left, right, resolution).to(memory.memory)
    y = torch.linspace(bottom, top, resolution).to(memory.memory)
    with torch.no_grad():
        energy = memory.energy(torch.cartesian_prod(x, y)).reshape(resolution, resolution).mT
        states = memory.trajectory(queries, steps) if queries is not None else None
    contours = ax.contourf(_array(x), _array(y), _array(energy), levels=levels, cmap="Blues_r")
    curve = None
    if isinstance(memory, ContinuousHopfield):
        t = torch.linspace(*memory.domain, 1001, dtype=torch.float64)
        signal = _array(memory.reconstruct(t))
        (curve,) = ax.plot(*signal.T, color=PALETTE["truth"], zorder=2)
    marks = None
    if points is not None:
        marks = ax.scatter(
            *_array(points).T, s=14, color=PALETTE["truth"], edgecolors="white", linewidths=0.5, zorder=3
        )
    paths, ends = [], None
    if states is not None:
        paths = [
            ax.plot(*path.T, color=PALETTE["query"], linewidth=1, marker=".", markersize=3, zorder=4)[0]
            for path in _array(states).swapaxes(0, 1)
        ]
        ends = ax.scatter(*_array(states[-1]).T, s=36, marker="*", color=PALETTE["continuous"], zorder=5)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[])
    return LandscapeArtists(contours, marks, curve, paths, ends)


def retrieved_frames(
    axes: Any,
    queries: Float[Tensor, "F H W C"],
    truths: Float[Tensor, "F H W C"],
    retrieved: Mapping[str, Float[Tensor, "F H W C"]],
) -> list[list[AxesImage]]:
    """A grid with a row per frame: query, truth, and what memories of several sizes gave back.

    Args:
        axes: Array of axes with a row per frame and 2 + len(retrieved) columns.
        queries: Damaged frames, pixels in [-1, 1], 1 or 3 channels.
        truths: The frames themselves.
        retrieved: Answers by column title (``"N = 64"``).

    Returns:
        The images, row by row.

    Raises:
        ValueError: If the axes do not fit the frames.
    """
    grid = np.asarray(axes, dtype=object)
    columns = {"query": queries, "truth": truths, **retrieved}
    if grid.shape != (len(queries), len(columns)):
        raise ValueError(
            f"axes must be an array of shape {(len(queries), len(columns))}, but has shape {grid.shape}"
        )
    images = []
    for row, cells in enumerate(grid):
        images.append([])
        for ax, (title, frames) in zip(cells, columns.items(), strict=True):
            pixels = (_array(frames[row]).clip(-1, 1) + 1) / 2
            images[-1].append(ax.imshow(pixels.squeeze(), cmap="gray", vmin=0, vmax=1))
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            if row == 0:
                ax.set_title(title)
    return images


def similarity_curves(measurements: pd.DataFrame, variants: Sequence[str]) -> Figure:
    """Similarity against memory size, a panel per memory length: mean and standard deviation over videos.

    Args:
        measurements: A row per video, with columns ``dataset`` (the video), ``variant``, ``L``, ``N`` and ``value``.
        variants: At most four variants, in the order of the legend; the discrete memory first.

    Returns:
        The figure.

    Raises:
        ValueError: If there are more variants than colours.

    Source: Santos et al. (2025), figures 2 and 3.
    """
    roles = ("discrete", "continuous", "truth", "query")
    if len(variants) > len(roles):
        raise ValueError(f"variants must be at most {len(roles)}, but are {list(variants)}")
    palette = {variant: PALETTE[role] for variant, role in zip(variants, roles, strict=False)}
    lengths = sorted(measurements["L"].unique())
    columns = min(2, len(lengths))
    rows = -(-len(lengths) // columns)
    figure = Figure(figsize=(4.2 * columns, 3.1 * rows + 0.6), layout="constrained")
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for ax, length in zip(axes.flat, lengths, strict=False):
        here: Any = measurements[measurements["L"] == length]
        sns.lineplot(
            here,
            x="N",
            y="value",
            hue="variant",
            style="variant",
            hue_order=variants,
            style_order=variants,
            palette=palette,
            markers=True,
            errorbar="sd",
            err_kws={"alpha": 0.1, "linewidth": 0},
            ax=ax,
        )
        videos = here["dataset"].nunique()
        ax.set_xscale("log", base=2)
        ax.set(
            title=f"L = {length}, {videos} video{'s' * (videos > 1)}",
            xlabel="size N of the memory",
            ylabel="cosine similarity",
        )
        ax.get_legend().remove()
    # The means fill the panels; between unlike videos a band can be wider than all that there is to see.
    means = np.asarray(measurements.groupby(["L", "variant", "N"])["value"].mean())
    margin = 0.1 * float(np.ptp(means)) + 1e-3
    axes.flat[0].set_ylim(float(means.min()) - margin, float(means.max()) + margin)
    for ax in axes.flat[len(lengths) :]:
        ax.axis("off")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _array(tensor: Tensor) -> np.ndarray:
    return wide(tensor.detach()).cpu().numpy()
