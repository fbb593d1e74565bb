"""The evidence for misprints, a row for each formula."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amcore.plotting import PALETTE
from hkam.analysis.evidence import Erratum

__all__ = ["evidence_marks"]

_MARKS = (("corrected", "truth", "o"), ("printed", "continuous", "X"))


def evidence_marks(
    figure: Figure, entries: Sequence[Erratum], measurements: pd.DataFrame, *, edge: float, label: str
) -> Axes:
    """Mark the number of each formula, as printed and corrected, on a logarithmic scale.

    Args:
        figure: An empty figure.
        entries: The errata, from top to bottom.
        measurements: One mark per row, with the columns ``variant``, ``dataset`` (an erratum's key) and ``value``.
        edge: Left end of the scale; smaller numbers, zero among them, have their marks there.
        label: What the numbers are.

    Returns:
        The axes.
    """
    places = {entry.key: row for row, entry in enumerate(entries[::-1])}
    ax = figure.subplots()
    for which, role, marker in _MARKS:
        rows = measurements.query("variant == @which")
        ax.scatter(
            np.maximum(rows["value"], edge),
            [places[key] for key in rows["dataset"]],
            color=PALETTE[role],
            marker=marker,
            s=45,
            edgecolors="white",
            linewidths=0.5,
            label=which,
            zorder=3,
            clip_on=False,
        )
    ax.set(xscale="log", xlim=(edge, None), xlabel=label, ylim=(-0.6, len(entries) - 0.4))
    names = [f"{entry.key.replace('-', ' ')} ({entry.place})" for entry in entries[::-1]]
    ax.set_yticks(list(places.values()), names)
    figure.legend(loc="outside lower center", ncols=2)
    return ax
