"""Energies that fall and their rates, a panel for each family or model."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amcore.plotting import PALETTE
from hkam.analysis.descent import Descent
from hkam.analysis.plotting import energy_curve, rate_curves

__all__ = ["broken_panels", "energy_panels", "rate_panels"]

_MARKS = 60
_COLUMNS = 4
_NEARLY_DONE = 0.02  # share of the range that is still to fall
_LEAST_SHOWN = 1 / 20  # of the time followed


def energy_panels(figure: Figure, families: Mapping[str, Mapping[str, Descent]]) -> list[Axes]:
    """Draw the energies of several families of models, a panel for each family and a line for each model.

    Args:
        figure: An empty figure.
        families: Trajectories by the panel's title and the line's label.

    Returns:
        The panels.
    """
    panels = list(figure.subplots(1, len(families), sharey=True, squeeze=False).flat)
    for ax, (title, family) in zip(panels, families.items(), strict=True):
        for (label, one), colour in zip(family.items(), cycle(PALETTE.values()), strict=False):
            energy_curve(ax, one, colour=colour).set_label(label)
            ax.set(title=title, xlabel="time t", xlim=(0, one.times[-1]))
        ax.legend(fontsize="small")
    panels[0].set_ylabel("energy, share of its range")
    return panels


def rate_panels(figure: Figure, followed: Mapping[str, Descent]) -> list[Axes]:
    """Draw formula and measured rate of many models, each up to the time at which most of the way is done.

    Args:
        figure: An empty figure.
        followed: Trajectories by title.

    Returns:
        The models' panels; one more, behind them, holds the legend.
    """
    rows = len(followed) // _COLUMNS + 1  # one place more than there are models
    axes = figure.subplots(rows, _COLUMNS, squeeze=False)
    panels, rest = list(axes.flat)[: len(followed)], list(axes.flat)[len(followed) :]
    for ax, (title, one) in zip(panels, followed.items(), strict=True):
        rate_curves(ax, one, marks=_MARKS)
        heights = (one.energies - one.energies[-1]) / one.range
        done = one.times[np.argmax(heights < _NEARLY_DONE)]
        ax.set(title=title, xlim=(0, max(done, _LEAST_SHOWN * one.times[-1])))
    for ax in panels[-_COLUMNS:]:
        ax.set_xlabel("time t")
    for ax in axes[:, 0]:
        ax.set_ylabel("dE/dt")
    for ax in rest:
        ax.axis("off")
    rest[0].legend(*panels[0].get_legend_handles_labels(), loc="center left")
    return panels


def broken_panels(figure: Figure, followed: Mapping[str, Descent]) -> list[Axes]:
    """Draw the energies of models that break a condition, and below each its rate by formula and as measured.

    Args:
        figure: An empty figure.
        followed: Trajectories by title.

    Returns:
        The energies' panels, and after them those of the rates.
    """
    axes = figure.subplots(2, len(followed), sharex=True, squeeze=False)
    for (upper, lower), (title, one) in zip(axes.T, followed.items(), strict=True):
        upper.plot(one.times, one.energies, color=PALETTE["discrete"])
        rate_curves(lower, one, marks=_MARKS)
        lower.axhline(0, color=PALETTE["reference"], linewidth=0.8)
        upper.set(title=title)
        lower.set(xlabel="time t", xlim=(0, one.times[-1]))
    axes[0, 0].set_ylabel("energy E")
    axes[1, 0].set_ylabel("dE/dt")
    axes[1, -1].legend()
    return list(axes.flat)
