"""Longer drawings, one module per experiment. Needs the extra ``chmnet[plotting]``."""

from chmnet.evaluation.drawing.allocations import edge_panel, gain_panels
from chmnet.evaluation.drawing.capacity import recalled_panels, stretch_panel
from chmnet.evaluation.drawing.degradation import setting_panels
from chmnet.evaluation.drawing.films import accuracy_panels, film_strip, loss_panels
from chmnet.evaluation.drawing.landings import landscape_panels, nearer_panels

__all__ = [
    "accuracy_panels",
    "edge_panel",
    "film_strip",
    "gain_panels",
    "landscape_panels",
    "loss_panels",
    "nearer_panels",
    "recalled_panels",
    "setting_panels",
    "stretch_panel",
]
