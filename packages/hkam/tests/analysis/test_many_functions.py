import pandas as pd
import pytest

from hkam.analysis import SELECTIONS, function_answers, functions_held, functions_predicted, held_table


@pytest.mark.parametrize("selection", SELECTIONS)
def test_as_many_functions_as_predicted_are_held_and_one_is_answered(selection):
    predicted = functions_predicted(selection, 12, 6)
    told, _ = function_answers(selection, 12, 6, 5, predicted, 3, seed=0)
    assert told == 1
    assert function_answers(selection, 12, 6, 5, 1, 3, seed=0) == (1, 1)


@pytest.mark.parametrize("selection", SELECTIONS)
def test_many_more_functions_are_not_held(selection):
    assert function_answers(selection, 12, 6, 5, 12, 3, seed=0)[0] < 0.5


def test_a_table_has_a_row_per_case_and_counts_up_to_the_first_wrong_answer():
    measured = functions_held([("threshold units", 0)], 12, 6, 5, [1, 4], [0, 1])
    assert measured["functions"].tolist() == [1, 1, 4, 4]
    row = held_table(measured, 6).iloc[0]
    assert (row["predicted"], row["told"], row["ended"]) == (1, 1, 1)
    dented = pd.DataFrame({"functions": [1, 2, 3], "told": [1.0, 1.0, 1.0], "ended": [1.0, 0.9, 1.0]})
    dented = held_table(dented.assign(variant="threshold units", D=0, units=12), 6).iloc[0]
    assert (dented["told"], dented["ended"]) == (3, 1)


def test_a_selection_that_there_is_not_is_named():
    with pytest.raises(ValueError, match=r"selection must be one of \[.*\], but is 'a dial'"):
        function_answers("a dial", 12, 6, 5, 1, 3, seed=0)
