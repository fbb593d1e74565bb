import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hkam.digits.drawing import ablation_panels, cell_panels, start_dots, weight_panels
from hkam.digits.reference import paper_accuracies
from hkam.digits.tables import ablation, measured_accuracies, over_seeds, table_cells

ROWS, REFERENCE = measured_accuracies(), paper_accuracies()
LEARNED = ROWS[(ROWS["split"] == "test") & (ROWS["start"] == "learned") & (ROWS["label"] == "")]


def test_cells_are_drawn_with_the_papers_numbers():
    axes = cell_panels(Figure(), LEARNED, table_cells(ROWS, REFERENCE), REFERENCE)
    assert [ax.get_title(loc="left") or ax.get_title() for ax in axes] == list(ROWS["task"].cat.categories)
    crosses = [line for line in axes[1].lines if line.get_marker() == "x"]
    printed = REFERENCE.set_index(["row", "column"])["value"]
    assert crosses[0].get_ydata()[0] == printed["k=150 D=4", "swap test accuracy"]


def test_weights_have_a_line_for_each_dimension():
    means = over_seeds(LEARNED, ["task", "D", "k", "weights"])
    axes = weight_panels(Figure(), means, REFERENCE)
    dimensions = means.loc[means["task"] == "swap", "D"].nunique()
    assert len(axes[1].lines) == dimensions + 2  # and two without an edit


def test_starts_are_dots_in_the_row_of_their_name():
    ax = Figure().subplots()
    edits = pd.DataFrame(
        {"start": ["coherent", "learned"], "updates": 5, "adaptive": [87.0, 97.0], "classifier": 97.5}
    )
    start_dots(ax, edits, REFERENCE, task="associative swap")
    (dots,) = ax.collections
    assert np.array_equal(dots.get_offsets(), [[87, 0], [97, 2]])


def test_the_ablation_begins_with_what_is_free():
    row = {"task": "swap", "k": 150, "D": 4, "seed": 0, "updates": 9, "steps": 12, "split": "test", "n": 10}
    row |= {
        "profile": "tables",
        "commit": "abc",
        "label": "ablation",
        "classifier": 97.0,
        "first_weights": "zero",
    }
    rows = [
        row | {"coupling": "neighbours", "start": "learned", "adaptive": 76.0},
        row | {"coupling": "all pairs", "start": "learned", "adaptive": 97.0},
    ]
    (ax,) = ablation_panels(Figure(), ablation(pd.DataFrame(rows)), REFERENCE)
    (dots,) = ax.collections
    assert np.array_equal(dots.get_offsets(), [[97, 0], [76, 1]])
    assert [text.get_text() for text in ax.texts] == ["97.00", "76.00"]
