"""Figures of several panels, one module an experiment. Needs the extra ``hkam[plotting]``.

Each function fills a figure that the caller made, and returns its axes.
"""

from hkam.analysis.drawing.descents import broken_panels, energy_panels, rate_panels

__all__ = ["broken_panels", "energy_panels", "rate_panels"]
