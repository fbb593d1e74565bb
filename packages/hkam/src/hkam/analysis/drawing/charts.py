"""Charts of small networks side by side, and landscapes with their minima."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Array, Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hkam.analysis.charting import Chart
from hkam.analysis.plotting import energy_landscape

__all__ = ["chart_panels", "minima_panels"]

_RIGHT_ANGLES = ([-np.pi / 2, 0, np.pi / 2], ["−π/2", "0", "π/2"])


def chart_panels(figure: Figure, rows: Sequence[Mapping[str, Chart]]) -> list[Axes]:
    """Draw charts of networks, those of one kind in a row.

    Args:
        figure: An empty figure.
        rows: Charts over one plane by their titles, as many in each row.

    Returns:
        The panels, row by row.
    """
    axes = figure.subplots(len(rows), len(rows[0]), squeeze=False)
    for panels, charts in zip(axes, rows, strict=True):
        for ax, (title, chart) in zip(panels, charts.items(), strict=True):
            plane = chart.plane
            energy_landscape(
                ax,
                plane.across,
                plane.along,
                chart.energies,
                labels=chart.basins.labels,
                attractors=chart.attractors,
                paths=chart.paths,
            )
            ax.set(title=title, xlabel=plane.labels[0], aspect="equal")
            if plane.angular:
                ax.set_xticks(*_RIGHT_ANGLES)
                ax.set_yticks(*_RIGHT_ANGLES)
            if ax is panels[0]:
                ax.set_ylabel(plane.labels[1])
    return list(axes.flat)


def minima_panels(
    figure: Figure,
    axis: Float[Array | np.ndarray, "A"],
    heights: Mapping[str, Float[np.ndarray, "A A"]],
    minima: Mapping[str, Int[np.ndarray, "K 2"]],
) -> list[Axes]:
    """Draw energies of two threshold units side by side, each with stars at its minima.

    Args:
        figure: An empty figure.
        axis: Grid points of both units' states.
        heights: Energies by title, the first unit's state changing from row to row.
        minima: Row and column of the minima, by title.

    Returns:
        The panels.
    """
    places = np.asarray(axis)
    panels = list(figure.subplots(1, len(heights), sharey=True, squeeze=False).flat)
    for ax, (title, energies) in zip(panels, heights.items(), strict=True):
        energy_landscape(ax, axis, axis, energies.reshape(-1), attractors=places[minima[title]], levels=20)
        ax.set(title=title, xlabel="x₁", aspect="equal")
    panels[0].set_ylabel("x₂")
    return panels
