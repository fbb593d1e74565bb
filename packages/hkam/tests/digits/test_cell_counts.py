import pandas as pd

from hkam.digits.cell_counts import count_cells
from hkam.digits.reference import paper_accuracies
from hkam.digits.tables import measured_accuracies, table_cells

REFERENCE = pd.DataFrame({"table": ["Table 2"] * 4 + ["Table 3"] * 3})
CELLS = pd.DataFrame(
    {
        "table": ["Table 2", "Table 2", "Table 2", "Table 3"],
        "counts": [True, True, False, True],
        "reached": [True, False, True, True],
        "lost": [1.04, 1.06, 0.0, -1.0],
        "paper_lost": [1.0, 1.0, 1.0, 0.0],
    }
)


def test_cells_are_counted_against_those_of_the_paper():
    counts = count_cells(CELLS, REFERENCE).set_index("key")
    assert counts["value"].to_dict() == {
        "second_cells": 3,
        "second_wanted": 4,
        "second_counted": 2,
        "second_reached": 1,
        "second_kept": 1,  # 1.04 is 1.0 to the paper's digit, 1.06 is not
        "third_cells": 1,
        "third_wanted": 6,
        "third_counted": 1,
        "third_reached": 1,
        "third_kept": 1,
    }
    assert counts.loc[["second_cells", "second_reached", "third_kept"], "n"].tolist() == [4, 2, 1]
    assert counts.loc["second_cells", "label"] == "accuracies of Table 2 made, of 4"


def test_no_more_of_the_kept_cells_is_as_good_as_the_papers_than_were_counted():
    reference = paper_accuracies()
    counts = count_cells(table_cells(measured_accuracies(), reference), reference).set_index("key")["value"]
    for table in ("second", "third"):
        made, counted = counts[f"{table}_cells"], counts[f"{table}_counted"]
        assert 0 < max(counts[f"{table}_reached"], counts[f"{table}_kept"]) <= counted <= made
        assert made <= counts[f"{table}_wanted"]
