"""Longer drawings, one module an experiment. Needs the extra ``chmnet[plotting]``."""

from chmnet.evaluation.drawing.degradation import setting_panels

__all__ = ["setting_panels"]
