"""One look for every figure, and files whose bytes depend on nothing but the figure."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure

__all__ = ["PALETTE", "save_figure", "style", "use_style"]

PALETTE: dict[str, str] = {
    "discrete": "#3b5b92",
    "continuous": "#d1603d",
    "truth": "#4a7c59",
    "reference": "#7a7a7a",
    "query": "#8a4f7d",
}
"""Colours by role; a thing keeps its colour from figure to figure."""

_STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    # The font that matplotlib ships, so that a figure looks the same on every machine.
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.bbox": "standard",
    "savefig.dpi": 160,
    # Element ids in an SVG are hashes: a fixed salt keeps them the same from run to run.
    "svg.hashsalt": "associative-memory-workbench",
    "svg.fonttype": "path",
}


def _settings() -> dict[Any, Any]:
    return {**sns.axes_style("whitegrid"), **sns.plotting_context("notebook"), **_STYLE}


def use_style() -> None:
    """Set the workbench's style for the rest of the process (a notebook's first line)."""
    mpl.rcParams.update(_settings())
    sns.set_palette(list(PALETTE.values()))


@contextmanager
def style() -> Iterator[None]:
    """Set the workbench's style for a ``with`` block, and put the former one back after it."""
    with mpl.rc_context():
        use_style()
        yield


def save_figure(figure: Figure, path: str | Path) -> tuple[Path, Path]:
    """Write a figure as SVG and PNG with bytes that are the same from run to run.

    Args:
        figure: A matplotlib figure.
        path: Where to, without a suffix; the folder must exist.

    Returns:
        The paths of the SVG and the PNG file.

    Raises:
        ValueError: If ``path`` has a suffix of its own, which would be lost.
    """
    path = Path(path)
    if path.suffix:
        raise ValueError(f"path must come without a suffix, but is {path.name!r}")
    vector, raster = path.with_suffix(".svg"), path.with_suffix(".png")
    with mpl.rc_context({key: _STYLE[key] for key in ("svg.hashsalt", "svg.fonttype", "savefig.dpi")}):
        figure.savefig(vector, metadata={"Date": None, "Creator": None})
        figure.savefig(raster, metadata={"Software": None})
    return vector, raster
