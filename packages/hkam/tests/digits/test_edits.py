import pandas as pd
import pytest

from hkam.digits.edits import (
    accuracies_beside_the_paper,
    accuracy_table,
    best_edits,
    digit_accuracies,
    edit_accuracies,
    model_sizes,
    quoted_edits,
)
from hkam.digits.reference import paper_accuracies


def measured(edit, task, test, *, k=150, D=4, start="learned", seed=0):
    """What an edit leaves, its digits read like all."""
    return [
        {
            "dataset": task,
            "k": k,
            "D": D,
            "start": start,
            "seed": seed,
            "weights": 8,
            "updates": 5,
            "edit": edit,
            "metric": metric,
            "variant": variant,
            "split": split,
            "value": value,
        }
        for variant, shift in (("adaptive", 0.0), ("fixed step", 0.5))
        for split, value in (("train", 99.0), ("test", test + shift))
        for metric in ("accuracy", *(f"accuracy of {digit}" for digit in range(10)))
    ]


@pytest.fixture
def measurements():
    return pd.DataFrame(
        [
            *measured("b", "associative swap", 95.0, start="coherent", D=6),
            *measured("a", "swap", 90.0),
            *measured("c", "swap", 91.0, seed=1, k=2),
        ]
    )


def test_every_edit_is_one_row_in_the_papers_order(measurements):
    wide = edit_accuracies(measurements)
    assert wide["edit"].tolist() == ["c", "a", "b"]
    assert wide["adaptive test"].tolist() == [91, 90, 95]
    assert wide["solver difference"].tolist() == [0.5] * 3
    assert "edit" not in accuracy_table(wide)
    assert quoted_edits(wide)["key"].tolist() == ["swap", "assoc_swap_coherent"]
    assert best_edits(measurements) == {"swap": "c", "associative swap": "b"}


def test_edits_that_the_paper_made_too_stand_beside_its_numbers(measurements):
    reference = paper_accuracies()
    beside = accuracies_beside_the_paper(edit_accuracies(measurements), reference)
    second, third = beside["Table 2"], beside["Table 3"]
    printed = reference.set_index(["table", "row", "column"])["value"]
    assert second["paper, %"].tolist() == [None, printed["Table 2", "k=150 D=4", "swap test accuracy"]]
    wanted = printed["Table 3", "k=150 D=4,6", "associative swap test accuracy"]
    assert third["difference"].tolist() == [pytest.approx(95.0 - wanted)]


def test_the_papers_model_sizes_are_r_s_and_the_first_oscillators():
    sizes = model_sizes(paper_accuracies())
    assert (sizes["rounded"] == sizes["paper"]).all()
    assert (sizes["entries of R and S"] == sizes["k"] * 1094).all()


def test_digits_are_compared_on_the_labels_of_the_task(measurements, small_digits):
    images, labels = small_digits
    table = digit_accuracies(measurements, {"swap": "a"}, labels, images, labels).set_index("digit")
    assert table.loc[[0, 1], "before"].tolist() == [0, 0]
    assert (table.loc[2:, "before"] == 100).all()
    assert (table["after"] == 90).all()
