"""Synchronisation on spheres, and oscillators that are driven out of a minimum."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes

from amcore.plotting import PALETTE
from hkam.analysis.driving import DRIVES, Driven
from hkam.analysis.spheres import weak_coupling_order

__all__ = ["drive_panels", "sphere_panels"]


def sphere_panels(even: Axes, odd: Axes, measured: pd.DataFrame) -> None:
    """Draw the order parameter against the coupling, spheres in an even and in an odd number of dimensions apart.

    Args:
        even: Where D + 1 is even.
        odd: Where D + 1 is odd; dotted, what is expected at the weakest coupling.
        measured: As from `hkam.analysis.sphere_transitions`.
    """
    dimensions = sorted(int(d) for d in measured["D"].unique())
    colours = dict(zip(dimensions, colormaps["Blues"](np.linspace(0.4, 0.95, len(dimensions))), strict=True))
    curves: Any = measured.groupby(["D", "start"])
    for (d, start), curve in curves:
        ax = even if (d + 1) % 2 == 0 else odd
        mean = curve.groupby("coupling")["value"].mean()
        form = (
            {"marker": "o", "markersize": 3.5}
            if start == "scattered"
            else {"linestyle": "--", "linewidth": 1.2}
        )
        label = f"D = {d}, {start} start"
        ax.plot(mean.index, mean, color=colours[d], label=label, **form)
        if start == "scattered" and ax is odd:
            ax.axhline(weak_coupling_order(d + 1), color=colours[d], linewidth=1.1, linestyle=":")
    for ax, name in ((even, "even"), (odd, "odd")):
        ax.set(xlabel="coupling K", title=f"{name} number of dimensions D + 1", ylim=(0, 1))
        ax.set_xlim(left=0)
        ax.legend(fontsize="small", loc="lower right" if ax is odd else "upper left")
    even.set_ylabel("order parameter r")


def drive_panels(
    left: Axes, right: Axes, examples: Mapping[str, Driven], on: float, measured: pd.DataFrame
) -> None:
    """Draw the energy of driven oscillators over time, and how often a drive leaves them in another minimum.

    Args:
        left: The energy of examples, by the kind of drive.
        right: Shares against the strength of the drive.
        examples: As from `hkam.analysis.driven_groups`.
        on: How long the drive was on.
        measured: As from `hkam.analysis.driven_out`.
    """
    roles: dict[str, str] = dict(zip(DRIVES, ("continuous", "discrete"), strict=True))
    left.axvspan(0, on, color=PALETTE["reference"], alpha=0.15, linewidth=0)
    for kind, (times, energies, _) in examples.items():
        left.plot(times, energies, color=PALETTE[roles[kind]], label=kind)
    left.set(xlabel="time t", ylabel="energy", title="rotation in the grey span only")
    left.legend(fontsize="small")
    own: Any = measured[measured["variant"] == DRIVES[0]]
    dimensions = sorted(own["D"].unique())
    shades = colormaps["Oranges"](np.linspace(0.45, 0.9, len(dimensions)))
    for d, shade in zip(dimensions, shades, strict=True):
        mean = own[own["D"] == d].groupby("strength")["value"].mean()
        right.plot(mean.index, mean, "o-", color=shade, markersize=3.5, label=f"{DRIVES[0]}, D = {d}")
    shared: Any = measured[measured["variant"] == DRIVES[1]].groupby("strength")["value"].mean()
    right.plot(shared.index, shared, color=PALETTE[roles[DRIVES[1]]], label=f"{DRIVES[1]}, all D")
    right.set(
        xlabel="strength of the rotation",
        ylabel="ends in another minimum, share",
        title="what the rotation left behind",
        ylim=(-0.03, 1.05),
    )
    right.legend(fontsize="small")
