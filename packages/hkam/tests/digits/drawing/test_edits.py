import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hkam.digits.drawing import (
    TASK_COLOURS,
    answer_panels,
    digit_panels,
    exchange_panels,
    learning_curves,
    learning_panels,
)
from hkam.digits.examples import Answer
from hkam.digits.tasks import EDITING_TASKS

HISTORY = pd.DataFrame(
    {"update": [0, 5], "accuracy": [70.0, 90.0], "loss": [2.0, 1.0], "strength": [0.1, 0.2]}
)


def test_every_task_has_a_colour():
    assert list(TASK_COLOURS) == list(EDITING_TASKS)


def test_learning_is_drawn_for_one_edit_and_for_many():
    upper, lower = learning_curves(Figure(), HISTORY, "swap")
    assert np.array_equal(upper.lines[0].get_ydata(), [70, 90])
    assert np.array_equal(lower.lines[0].get_ydata(), [0.1, 0.2])
    edits = pd.DataFrame(
        {"task": ["swap", "associative swap"], "start": ["learned", "coherent"]}, index=["a", "b"]
    )
    figure = Figure()
    axes = learning_panels(figure, {"a": HISTORY, "b": HISTORY}, edits)
    assert [len(ax.lines) for ax in axes] == [2, 2, 2]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["swap", "associative swap, coherent start"]


def test_a_wanted_answer_has_another_colour_than_a_wrong_one():
    rows = {"swap": [Answer(np.zeros((2, 2)), 0, 1, True), Answer(np.zeros((2, 2)), 1, 1, False)]}
    ((first, second),) = answer_panels(Figure(), rows)
    assert [ax.get_title(loc="center") for ax in (first, second)] == ["0 → 1", "1 → 1"]
    colours = {ax.title.get_color() for ax in (first, second)}
    assert len(colours) == 2


def test_bars_stand_for_digits_before_and_after():
    table = pd.DataFrame({"task": "swap", "digit": range(10), "before": np.arange(10.0), "after": 100.0})
    ((ax,),) = digit_panels(Figure(), table)
    heights = [patch.get_height() for patch in ax.patches]
    assert heights == [*np.arange(10.0), *[100.0] * 10]


def test_each_part_of_the_exchange_has_a_panel():
    sweep = pd.DataFrame(
        [
            {"added": part, "times": times, "no edit": 90.0, "conflation": 80.0, "swap": 70.0 + times}
            for part in ("positive part", "negative part", "both")
            for times in (0.0, 1.0)
        ]
    )
    axes = exchange_panels(Figure(), sweep)
    assert [ax.get_title(loc="left") or ax.get_title() for ax in axes] == [
        "positive part",
        "negative part",
        "both",
    ]
    assert np.array_equal(axes[2].lines[2].get_ydata(), [70, 71])
