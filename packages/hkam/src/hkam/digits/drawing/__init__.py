"""Figures of the digit experiments, one module per experiment. Needs the extra ``hkam[plotting]``."""

from hkam.digits.drawing.classifier import class_panels, loss_curve
from hkam.digits.drawing.edits import (
    TASK_COLOURS,
    answer_panels,
    digit_panels,
    exchange_panels,
    learning_curves,
    learning_panels,
)
from hkam.digits.drawing.oscillators import correction_panels, gram_panels, sphere_panels
from hkam.digits.drawing.tables import ablation_panels, cell_panels, start_dots, weight_panels

__all__ = [
    "TASK_COLOURS",
    "ablation_panels",
    "answer_panels",
    "cell_panels",
    "class_panels",
    "correction_panels",
    "digit_panels",
    "exchange_panels",
    "gram_panels",
    "learning_curves",
    "learning_panels",
    "loss_curve",
    "sphere_panels",
    "start_dots",
    "weight_panels",
]
