"""A trained memory on one page: its energy, how it learnt, and what it makes of damaged patterns."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Array, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from amcore.plotting import PALETTE
from hkam.analysis.descent import Descent
from hkam.analysis.plotting import energy_curve, pixel_picture, rate_curves

__all__ = ["training_page"]

_MARKS = 25
_GAP = 0.35  # between examples, in widths of a picture
_LIMIT = 1.2  # so that a pattern's own ±1 are not the ends of the colours


def training_page(
    figure: Figure,
    followed: Descent,
    losses: Sequence[float] | Float[np.ndarray, "updates"],
    examples: Sequence[Mapping[str, Float[Array | np.ndarray, "pixels"]]],
) -> list[Axes]:
    """Draw energy, rate and loss of a memory, and below them examples of recall.

    Args:
        figure: An empty figure.
        followed: The energy along a trajectory.
        losses: Of each update.
        examples: Square patterns by title, as many in each example.

    Returns:
        Panels of energy, rate and loss, and after them the pictures.
    """
    rows = figure.add_gridspec(2, 1, height_ratios=[1, 0.5])
    curves = rows[0].subgridspec(1, 3)
    energy, slope, learning = (figure.add_subplot(curves[0, column]) for column in range(3))
    energy_curve(energy, followed)
    energy.set(title="energy, share of its range", xlabel="time t")
    rate_curves(slope, followed, marks=_MARKS)
    slope.set(title="dE/dt", xlabel="time t")
    slope.legend()
    learning.plot(np.arange(1, len(losses) + 1), losses, color=PALETTE["discrete"])
    learning.set(title="training loss", xlabel="update", yscale="log")
    return [energy, slope, learning, *_pictures(figure, rows[1], examples)]


def _pictures(
    figure: Figure,
    place: SubplotSpec,
    examples: Sequence[Mapping[str, Float[Array | np.ndarray, "pixels"]]],
) -> list[Axes]:
    each = len(examples[0])
    widths = ([1] * each + [_GAP]) * len(examples)
    grid = place.subgridspec(1, len(widths) - 1, width_ratios=widths[:-1])
    axes = []
    for number, example in enumerate(examples):
        for offset, (title, pattern) in enumerate(example.items()):
            ax = figure.add_subplot(grid[0, (each + 1) * number + offset])
            pixel_picture(ax, pattern, cmap="PuOr_r", limit=_LIMIT)
            ax.set_title(title, fontsize="x-small")
            axes.append(ax)
    return axes
