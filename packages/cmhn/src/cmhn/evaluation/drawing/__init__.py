"""Longer drawings, one module per experiment. Needs the extra ``cmhn[plotting]``."""

from cmhn.evaluation.drawing.completion import completion_panels
from cmhn.evaluation.drawing.retrieval import recall_panels

__all__ = ["completion_panels", "recall_panels"]
