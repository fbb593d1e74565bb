import pandas as pd
import pytest

from hkam.digits.reference import paper_accuracies
from hkam.digits.tables import (
    ablation,
    fewest_weights,
    measured_accuracies,
    over_seeds,
    table_cells,
    tidy_accuracies,
)


def row(task, k, D, seed, adaptive, **others):
    return {
        "task": task,
        "k": k,
        "D": D,
        "start": "learned",
        "coupling": "all pairs",
        "first_weights": "zero",
        "label": "",
        "n": 10000,
        "seed": seed,
        "updates": 10,
        "steps": 6,
        "split": "test",
        "adaptive": adaptive,
        "classifier": 97.0,
        "profile": "tables",
        "commit": "abcdef0123",
    } | others


REFERENCE = pd.DataFrame(
    {
        "table": ["Table 1", "Table 2", "Table 3"],
        "row": ["MNIST", "k=8 D=4", "k=8 D=4,6"],
        "column": ["test accuracy", "swap test accuracy", "associative swap test accuracy"],
        "value": [96.5, 90.0, 80.0],
        "source": ["none", "one", "two"],
    }
)


def test_a_cell_is_the_mean_over_seeds_beside_the_papers():
    rows = [row("swap", 8, 4, 0, 89.0), row("swap", 8, 4, 1, 90.9, commit="0123abcdef")]
    (cell,) = table_cells(pd.DataFrame(rows), REFERENCE).to_dict("records")
    assert cell["mean"] == pytest.approx(89.95)
    assert (cell["lowest"], cell["highest"], cell["paper"], cell["classifier"]) == (89.0, 90.9, 90.0, 97.0)
    assert cell["difference"] == pytest.approx(-0.05)
    assert (cell["seeds"], cell["updates"], cell["commit"]) == ("0, 1", "10", "0123abc, abcdef0")
    assert (cell["lost"], cell["paper_lost"]) == (pytest.approx(97.0 - 89.95), 6.5)
    assert cell["interval"] == pytest.approx(196 * (0.8995 * 0.1005 / 10000) ** 0.5)
    assert cell["counts"]


def test_cells_trained_with_other_updates_than_most_of_their_task_do_not_count():
    wanted = REFERENCE.assign(row=["MNIST", "k=8 D=4", "k=8 D=4,6"])
    more = pd.DataFrame(
        {
            "table": "Table 2",
            "row": ["k=2 D=4", "k=4 D=4"],
            "column": "swap test accuracy",
            "value": 80.0,
            "source": "",
        }
    )
    rows = [row("swap", k, 4, 0, 90.0, updates=updates) for k, updates in ((2, 10), (4, 10), (8, 90))]
    cells = table_cells(pd.DataFrame(rows), pd.concat([wanted, more]))
    assert cells.set_index("k")["counts"].to_dict() == {2: True, 4: True, 8: False}


def test_only_edits_of_the_printed_model_stand_beside_the_papers():
    others = [{"coupling": "neighbours"}, {"first_weights": "random"}, {"label": "ablation", "updates": 90}]
    rows = [row("swap", 8, 4, 0, 91.0), *(row("swap", 8, 4, 0, 70.0, **other) for other in others)]
    (cell,) = table_cells(pd.DataFrame(rows), REFERENCE).to_dict("records")
    assert cell["mean"] == 91.0
    (one,) = ablation(pd.DataFrame(rows)).to_dict("records")
    assert (one["mean"], one["updates"], one["free"]) == (70.0, "90", True)
    assert not ablation(pd.DataFrame([row("swap", 8, 4, 0, 70.0, label="ablation", **others[0])]))[
        "free"
    ].any()


def test_an_edit_that_was_trained_again_counts_with_its_finest_steps_and_most_updates_only():
    rows = [
        row("swap", 8, 4, 0, 95.0, updates=90),
        row("swap", 8, 4, 1, 91.0),
        row("swap", 8, 4, 0, 89.0, steps=12, updates=50),
        row("swap", 8, 4, 0, 85.0, steps=12, updates=10),
    ]
    (cell,) = table_cells(pd.DataFrame(rows), REFERENCE).to_dict("records")
    assert (cell["mean"], cell["seeds"], cell["steps"]) == (90.0, "0, 1", "6, 12")


@pytest.mark.parametrize(("value", "reached"), [(89.9, False), (89.94, False), (89.96, True), (90.3, True)])
def test_reached_is_told_to_the_digit_that_the_paper_prints(value, reached):
    cells = table_cells(pd.DataFrame([row("swap", 8, 4, 0, value)]), REFERENCE)
    assert cells["reached"].tolist() == [reached]


def test_both_sizes_of_a_task_with_a_cue_stand_beside_the_papers_one_row():
    rows = [row("associative swap", 8, D, 0, 81.0 + D) for D in (4, 6)]
    cells = table_cells(pd.DataFrame(rows), REFERENCE)
    assert cells[["table", "D", "mean", "paper"]].to_numpy().tolist() == [
        ["Table 3", 4, 85.0, 80.0],
        ["Table 3", 6, 87.0, 80.0],
    ]


def test_what_the_paper_did_not_make_and_other_starts_are_left_out():
    rows = [
        row("swap", 2, 1, 0, 88.0),
        row("associative swap", 8, 4, 0, 85.0, start="coherent"),
        row("swap", 8, 4, 0, 91.0),
    ]
    cells = table_cells(pd.DataFrame(rows), REFERENCE)
    assert cells[["task", "k", "D"]].to_numpy().tolist() == [["swap", 8, 4]]


def test_every_accuracy_is_a_measurement_of_its_own():
    rows = [row("swap", 8, 4, seed, 89.0 + seed, fixed_step=80.0) for seed in (0, 1)]
    tidy = tidy_accuracies(pd.DataFrame(rows))
    values = tidy.set_index(["variant", "seed"])["value"]
    assert values["adaptive"].tolist() == [89, 90]
    assert values["fixed_step"].tolist() == [80, 80]
    assert set(tidy["dataset"]) == {"swap"}
    assert set(tidy["made_by"]) == {"tables"}
    assert "profile" not in tidy


def test_edits_are_summed_up_over_their_seeds():
    rows = [row("swap", 8, 4, seed, 80.0 + seed, updates=updates) for updates in (5, 9) for seed in (0, 2)]
    few, many = over_seeds(pd.DataFrame(rows), ["task", "updates"]).to_dict("records")
    assert (few["updates"], few["mean"], few["lowest"], few["highest"], few["seeds"]) == (
        5,
        81,
        80,
        82,
        "0, 2",
    )
    assert (many["updates"], many["steps"]) == (9, "6")


def test_the_fewest_weights_are_those_of_the_smallest_edit_whose_mean_reaches():
    rows = [
        row("swap", 2, 4, 0, 90.2, weights=20),
        row("swap", 2, 4, 1, 89.6, weights=20),
        row("swap", 4, 2, 0, 89.96, weights=40),
        row("swap", 4, 1, 0, 91.0, weights=40, start="coherent"),
        row("swap", 4, 1, 1, 99.0, weights=40, split="train"),
        row("swap", 8, 1, 0, 93.0, weights=80),
        row("associative swap", 8, 1, 0, 70.0, weights=80),
    ]
    swap, cued = fewest_weights(pd.DataFrame(rows), REFERENCE, accuracy=90.0).to_dict("records")
    assert (swap["k"], swap["D"], swap["weights"], swap["mean"]) == (4, 2, 40, 89.96)
    assert (swap["paper_k"], swap["paper_weights"], swap["paper"]) == (8, 80, 90.0)
    assert cued["task"] == "associative swap"
    assert pd.isna(cued["weights"])
    assert pd.isna(cued["paper"])


def test_every_kept_row_names_its_commit_and_stands_once():
    rows = measured_accuracies()
    assert rows["commit"].str.fullmatch("[0-9a-f]{7,40}").all()
    edit = ["task", "k", "D", "start", "coupling", "first_weights", "label", "seed"]
    assert not rows.duplicated([*edit, "steps", "updates", "split"]).any()
    assert rows[["adaptive", "fixed_step", "classifier"]].apply(lambda of: of.between(0, 100)).all(axis=None)


def test_the_cells_of_the_kept_rows_are_the_papers():
    cells = table_cells(measured_accuracies(), paper_accuracies())
    assert set(cells["table"]) == {"Table 2", "Table 3"}
    assert set(cells["k"]) <= {150, 250, 350, 450}


def test_every_accuracy_of_the_papers_tables_2_and_3_is_kept_and_at_or_above_it():
    reference = paper_accuracies()
    cells = table_cells(measured_accuracies(), reference)
    printed = reference["table"].value_counts()
    made = cells["table"].value_counts()
    assert made["Table 2"] == printed["Table 2"]
    assert made["Table 3"] == 2 * printed["Table 3"]  # D = 4 and 6 beside one row
    assert cells.loc[cells["counts"], "reached"].all()


def test_the_cells_at_150_neighbours_have_three_seeds():
    rows = measured_accuracies()
    rows = rows[(rows["k"] == 150) & (rows["start"] == "learned")]
    counted = rows.groupby([rows["task"].astype(str), "D"])["seed"].nunique().unstack()
    assert (counted[[4, 6]] >= 3).all(axis=None)
