"""Longer drawings, one module per experiment. Needs the extra ``hkam[plotting]``."""

from hkam.analysis.drawing.capacities import encoded_panels, function_panels
from hkam.analysis.drawing.charts import chart_panels, minima_panels
from hkam.analysis.drawing.descents import broken_panels, energy_panels, rate_panels
from hkam.analysis.drawing.evidence import evidence_marks
from hkam.analysis.drawing.spheres import drive_panels, sphere_panels
from hkam.analysis.drawing.switching import answer_pictures, overlap_curves, settling_curves
from hkam.analysis.drawing.training import training_page

__all__ = [
    "answer_pictures",
    "broken_panels",
    "chart_panels",
    "drive_panels",
    "encoded_panels",
    "energy_panels",
    "evidence_marks",
    "function_panels",
    "minima_panels",
    "overlap_curves",
    "rate_panels",
    "settling_curves",
    "sphere_panels",
    "training_page",
]
