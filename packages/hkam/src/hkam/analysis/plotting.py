"""Figures of memories: oscillators, energies, landscapes with basins, spikes. Needs the extra ``hkam[plotting]``."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Array, Bool, Float, Int
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgba_array
from matplotlib.contour import QuadContourSet
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from mpl_toolkits.mplot3d import Axes3D

from amcore.plotting import PALETTE
from amcore.sampling import evenly_spaced
from hkam.analysis.descent import Descent

__all__ = [
    "CircleArtists",
    "LandscapeArtists",
    "class_bars",
    "energy_curve",
    "energy_landscape",
    "phase_circle",
    "phase_sphere",
    "pixel_picture",
    "rate_curves",
    "spike_raster",
]

_BASIN_COLOURS = ("#3b5b92", "#d1603d", "#4a7c59", "#8a4f7d", "#c9a227", "#3f8f9b", "#7a7a7a", "#b5727f")
_UNSETTLED = "#ffffff"
_CROWD = 50


@dataclass(frozen=True)
class CircleArtists:
    """What `phase_circle` has drawn.

    Attributes:
        oscillators: A point per oscillator.
        mean: The line from the centre to the mean oscillator, whose length is the order parameter.
    """

    oscillators: PathCollection
    mean: Line2D


@dataclass(frozen=True)
class LandscapeArtists:
    """What `energy_landscape` has drawn.

    Attributes:
        contours: Contours of the energy: filled, or lines over the basins.
        basins: The picture of which cue leads where, one colour an attractor.
        attractors: The steady states.
        paths: A line a trajectory.
    """

    contours: QuadContourSet
    basins: AxesImage | None
    attractors: PathCollection | None
    paths: list[Line2D]


def phase_circle(
    ax: Axes, mu: Float[Array | np.ndarray, "N 2"], *, colours: Any = None, size: float = 28
) -> CircleArtists:
    """Draw oscillators of one rotational degree of freedom as points on the circle, and their mean.

    Args:
        ax: Axes to draw in.
        mu: Unit rows.
        colours: One colour, or one per oscillator.
        size: Of the points.

    Returns:
        The artists.

    Raises:
        ValueError: If ``mu`` is not at least one row of two columns.
    """
    points = np.asarray(mu)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"mu must have shape (N, 2) with N at least 1, but has {points.shape}")
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(angle), np.sin(angle), color=PALETTE["reference"], linewidth=0.8, zorder=1)
    (mean,) = ax.plot(*np.stack([np.zeros(2), points.mean(axis=0)], axis=1), color="black", zorder=4)
    drawn = ax.scatter(
        *points.T,
        s=size,
        c=PALETTE["continuous"] if colours is None else colours,
        edgecolors="white",
        # Crowded points would disappear behind one another's edges.
        linewidths=0.5 if len(points) <= _CROWD else 0.0,
        zorder=3,
    )
    ax.set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15), aspect="equal")
    ax.axis("off")
    return CircleArtists(drawn, mean)


def phase_sphere(
    ax: Axes3D, path: Float[Array | np.ndarray, "T N 3"], *, colours: Sequence[str] | None = None
) -> list[Any]:
    """Draw oscillators of two rotational degrees of freedom on the sphere: their paths, and points where they end.

    Args:
        ax: Axes with ``projection="3d"``.
        path: States along a first axis.
        colours: One per oscillator.

    Returns:
        A line per oscillator.

    Raises:
        ValueError: If ``path`` is not at least one state of rows of three columns.
    """
    states = np.asarray(path)
    if states.ndim != 3 or states.shape[2] != 3 or len(states) == 0:
        raise ValueError(f"path must have shape (T, N, 3) with T at least 1, but has {states.shape}")
    longitude, latitude = np.meshgrid(np.linspace(0, 2 * np.pi, 25), np.linspace(0, np.pi, 13))
    sphere = np.sin(latitude) * np.cos(longitude), np.sin(latitude) * np.sin(longitude), np.cos(latitude)
    ax.plot_wireframe(*sphere, color=PALETTE["reference"], linewidth=0.3, alpha=0.5)
    chosen = [PALETTE["continuous"]] * states.shape[1] if colours is None else colours
    lines = []
    for oscillator, colour in zip(states.swapaxes(0, 1), chosen, strict=True):
        lines += ax.plot(*oscillator.T, color=colour, linewidth=1)
        ax.scatter(*oscillator[-1:].T, color=colour, s=24, depthshade=False)
    ax.set_box_aspect((1, 1, 1), zoom=1.5)  # pyright: ignore[reportArgumentType]  # pyright: ignore[reportArgumentType]
    ax.set_axis_off()
    return lines


def pixel_picture(
    ax: Axes, pattern: Float[Array | np.ndarray, "pixels"], *, cmap: str, limit: float = 1.0
) -> AxesImage:
    """Draw a square pattern, one unit per pixel.

    Args:
        ax: Axes to draw in.
        pattern: The pixels, row by row.
        cmap: Name of the colour map.
        limit: The colours reach from its negative to it.

    Returns:
        The picture.

    Raises:
        ValueError: If the pattern is not square.
    """
    pixels = np.asarray(pattern)
    side = math.isqrt(pixels.size)
    if pixels.ndim != 1 or side**2 != pixels.size or side == 0:
        raise ValueError(f"pattern must have the pixels of a square, but has shape {pixels.shape}")
    image = ax.imshow(pixels.reshape(side, side), cmap=cmap, vmin=-limit, vmax=limit)
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
    return image


def energy_curve(ax: Axes, followed: Descent, *, colour: str = PALETTE["discrete"]) -> Line2D:
    """Draw the energy along a trajectory, as its height above the last value and in shares of its range.

    Args:
        ax: Axes to draw in.
        followed: The trajectory's energy.
        colour: Of the line.

    Returns:
        The line.
    """
    # An energy that stays what it is has no range; its height above itself is zero.
    heights = (followed.energies - followed.energies[-1]) / (followed.range or 1.0)
    (line,) = ax.plot(followed.times, heights, color=colour)
    return line


def rate_curves(ax: Axes, followed: Descent, *, marks: int = 14) -> tuple[Line2D, Line2D]:
    """Draw the rate that the theorem promises as a line and the measured one as marks over it.

    Args:
        ax: Axes to draw in.
        followed: The trajectory's energy and rates.
        marks: Number of measured rates to show, evenly spread.

    Returns:
        The line of the formula and the marks of the difference quotients.
    """
    shown = evenly_spaced(len(followed.middles), min(marks, len(followed.middles)))
    (formula,) = ax.plot(followed.times, followed.closed_form, color=PALETTE["discrete"], label="formula")
    (measured,) = ax.plot(
        followed.middles[shown],
        followed.measured[shown],
        "o",
        color=PALETTE["continuous"],
        markersize=3.5,
        label="measured",
    )
    return formula, measured


def energy_landscape(
    ax: Axes,
    across: Float[Array | np.ndarray, "A"],
    along: Float[Array | np.ndarray, "B"],
    energies: Float[Array | np.ndarray, "AB"],
    *,
    labels: Int[np.ndarray, "AB"] | None = None,
    attractors: Float[Array | np.ndarray, "K 2"] | None = None,
    paths: Float[Array | np.ndarray, "T Q 2"] | None = None,
    levels: int = 14,
) -> LandscapeArtists:
    """Draw the energy over a plane of states, the basins under it, and trajectories over it.

    Without basins the contours are filled, and darker is lower.

    Args:
        ax: Axes to draw in.
        across: Values on the horizontal axis.
        along: Values on the vertical axis.
        energies: One a point of the grid, the horizontal value changing slowest, as from
            `hkam.analysis.plane_of_states`.
        labels: Index of the attractor each point leads to, as from `hkam.analysis.basins`; white where it is negative.
        attractors: Where the steady states lie in the plane.
        paths: Trajectories in the plane, states along the first axis.
        levels: Number of contour levels.

    Returns:
        The artists.

    Raises:
        ValueError: If an axis has fewer than two values, or energies or labels do not fit the grid.
    """
    x, y = np.asarray(across), np.asarray(along)
    for name, values in (("across", x), ("along", y)):
        if values.ndim != 1 or len(values) < 2:
            raise ValueError(f"{name} must have at least two values, but has shape {values.shape}")
    for name, values in (("energies", energies), ("labels", labels)):
        if values is not None and np.shape(values) != (x.size * y.size,):
            raise ValueError(f"{name} must have {x.size * y.size} entries, but have shape {np.shape(values)}")
    heights = np.asarray(energies).reshape(x.size, y.size).T
    basins = None
    if labels is None:
        contours = ax.contourf(x, y, heights, levels=levels, cmap="Blues_r")
    else:
        half_x, half_y = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
        extent = (x[0] - half_x, x[-1] + half_x, y[0] - half_y, y[-1] + half_y)
        picture = _basin_picture(np.asarray(labels).reshape(x.size, y.size).T)
        basins = ax.imshow(picture, extent=extent, origin="lower", aspect="auto", zorder=0)
        pen: dict[str, Any] = {"colors": "black", "linestyles": "solid", "linewidths": 0.5, "alpha": 0.5}
        contours = ax.contour(x, y, heights, levels=levels, **pen)
    lines = []
    if paths is not None:
        for path in np.asarray(paths).swapaxes(0, 1):
            lines += ax.plot(*path.T, color="black", linewidth=1.1, zorder=3)
    ends = None
    if attractors is not None:
        ends = ax.scatter(
            *np.asarray(attractors).T, s=110, marker="*", color="white", edgecolors="black", zorder=5
        )
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    ax.grid(visible=False)
    return LandscapeArtists(contours, basins, ends, lines)


def _basin_picture(labels: Int[np.ndarray, "B A"]) -> Float[np.ndarray, "B A 3"]:
    shades = to_rgba_array([*_BASIN_COLOURS, _UNSETTLED])[:, :3]
    pale = 0.5 * shades + 0.5  # so that contours and paths stay legible on them
    return pale[np.where(labels < 0, len(_BASIN_COLOURS), labels % len(_BASIN_COLOURS))]


def spike_raster(
    ax: Axes,
    times: Float[Array | np.ndarray, "T"],
    spikes: Bool[Array | np.ndarray, "T N"],
    *,
    colours: Sequence[str] | None = None,
) -> list[LineCollection]:
    """Draw a row of strokes per neuron, one per spike; the first neuron is the top row.

    Args:
        ax: Axes to draw in.
        times: In ms.
        spikes: Whether a neuron fired in a time step.
        colours: One a neuron.

    Returns:
        The strokes of each neuron.
    """
    fired = [np.asarray(times)[train] for train in np.asarray(spikes).T]
    rows = list(range(len(fired)))[::-1]
    chosen = [PALETTE["discrete"]] * len(fired) if colours is None else list(colours)
    strokes: Any = ax.eventplot(fired, lineoffsets=rows, linelengths=0.7, linewidths=1.2, colors=chosen)
    ax.set(yticks=[], ylim=(-0.6, len(fired) - 0.4), xlabel="time, ms")
    ax.grid(visible=False)
    return strokes


def class_bars(
    ax: Axes, values: Float[Array | np.ndarray, "classes"], *, right: int, wanted: float = 1.0
) -> list[Any]:
    """Draw what the class units of one recall end with; the right class has the colour of truth.

    Args:
        ax: Axes to draw in.
        values: Last state of each class unit.
        right: The right class.
        wanted: What the right class is to end with; the others with its negative.

    Returns:
        A bar per class.
    """
    heights = np.asarray(values)
    colours = [PALETTE["truth"] if index == right else PALETTE["reference"] for index in range(len(heights))]
    bars = ax.bar(range(len(heights)), heights, color=colours, width=0.8)
    for level in (-wanted, wanted):
        ax.axhline(level, color=PALETTE["reference"], linewidth=0.7, linestyle=":")
    ax.set(xticks=range(len(heights)), ylim=(-1.9 * wanted, 1.9 * wanted))
    ax.grid(visible=False)
    return list(bars)
