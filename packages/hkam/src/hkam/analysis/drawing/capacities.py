"""How many numbers, and how many functions, a network holds, with what counting predicts as a line."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from amcore.plotting import PALETTE

__all__ = ["encoded_panels", "function_panels"]

_OTHERS = {"a direction per group": "continuous", "threshold units": "truth"}
_BY_UNIT = "an oscillator per unit"


def encoded_panels(axes: Sequence[Axes] | np.ndarray, shares: pd.DataFrame, oscillators: int) -> None:
    """Draw the share of encoded rows against the number of numbers, one panel per amplitude.

    Args:
        axes: As many as there are amplitudes.
        shares: As from `hkam.analysis.encoded_shares`.
        oscillators: N.
    """
    colours = _shades(shares["D"].unique())
    panels: Any = shares.groupby("amplitude")
    for ax, (amplitude, panel) in zip(axes, panels, strict=True):
        for (d, limit), curve in panel.groupby(["D", "limit"]):
            mean = curve.groupby("numbers")["value"].mean()
            ax.plot(mean.index, mean, "o-", color=colours[d], markersize=3.5, label=f"D = {d}")
            ax.axvline(limit + 0.5, color=colours[d], linewidth=1.1, linestyle=":")
        ax.axvline(oscillators - 0.5, color=PALETTE["reference"], linewidth=0.9, linestyle="--")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(xlabel="numbers", title=f"between −{amplitude:g} and {amplitude:g}", ylim=(-0.03, 1.05))
    axes[0].set_ylabel("rows encoded exactly, share")
    _legend_below(axes[-1], columns=len(colours))


def function_panels(left: Axes, right: Axes, measured: pd.DataFrame, table: pd.DataFrame) -> None:
    """Draw the share of right answers against the number of functions.

    Args:
        left: Every way to select, for the largest network: what it ends with, and dotted what its weights say.
        right: One oscillator per unit, for every size, over the predicted number.
        measured: As from `hkam.analysis.functions_held`.
        table: As from `hkam.analysis.held_table`.
    """
    largest = measured["units"].max()
    by_unit: Any = measured[measured["variant"] == _BY_UNIT]
    colours = _shades(by_unit["D"].unique())
    networks: Any = measured[measured["units"] == largest].groupby(["variant", "D"], sort=False)
    for (variant, d), curve in networks:
        colour = colours[d] if variant == _BY_UNIT else PALETTE[_OTHERS[variant]]
        mean = curve.groupby("functions")[["told", "ended"]].mean()
        label = f"{variant}, D = {d}" if variant != "threshold units" else "threshold units, no oscillators"
        left.plot(mean.index, mean["ended"], "o-", color=colour, markersize=3.5, label=label)
        left.plot(mean.index, mean["told"], color=colour, linewidth=1.2, linestyle=":")
    limits: Any = table[table["units"] == largest].groupby("variant")["predicted"].first()
    for variant, limit in limits.items():
        colour = PALETTE[_OTHERS[variant]] if variant in _OTHERS else PALETTE["reference"]
        left.axvline(limit + 0.5, color=colour, linewidth=0.9, linestyle="--")
    left.set(
        xlabel="functions K",
        ylabel="right answers, share",
        title=f"{largest} units for the keys",
        ylim=(-0.03, 1.05),
    )
    _legend_below(left, columns=3)
    greys = _shades(by_unit["units"].unique())
    predicted: Any = table[table["variant"] == _BY_UNIT].groupby("units")["predicted"].first()
    sizes: Any = by_unit.groupby("units")
    for units, group in sizes:
        mean = group.groupby("functions")[["told", "ended"]].mean()
        x = mean.index / predicted[units]
        right.plot(x, mean["ended"], "o-", color=greys[units], markersize=3.5, label=f"{units} units")
        right.plot(x, mean["told"], color=greys[units], linewidth=1.2, linestyle=":")
    right.axvline(1, color=PALETTE["reference"], linewidth=0.9, linestyle="--")
    right.set(
        xlabel="functions K over the predicted number",
        title="an oscillator per unit, all D",
        ylim=(-0.03, 1.05),
    )
    right.legend(fontsize="small")


def _legend_below(ax: Axes, columns: int) -> None:
    handles, labels = ax.get_legend_handles_labels()
    ax.figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize="small")


def _shades(kinds: Iterable[Any]) -> dict[Any, Any]:
    ordered = sorted(kinds)
    return dict(zip(ordered, colormaps["Blues"](np.linspace(0.45, 0.95, len(ordered))), strict=True))
