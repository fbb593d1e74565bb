"""Longer drawings, one module an experiment. Needs the extra ``chmnet[plotting]``."""

from chmnet.evaluation.drawing.allocations import edge_panel, gain_panels
from chmnet.evaluation.drawing.degradation import setting_panels

__all__ = ["edge_panel", "gain_panels", "setting_panels"]
