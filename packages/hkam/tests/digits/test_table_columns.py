import pandas as pd

from hkam.digits.table_columns import cell_columns, fewest_columns, neighbour_columns


def cell(task, k, split, mean, *, table="Table 2"):
    quantities = {"mean": mean, "paper": 90.0, "difference": mean - 90, "interval": 0.5}
    made_by = {"seeds": "0", "updates": "10", "steps": "6", "profile": "tables", "commit": "abc"}
    edit = {"table": table, "task": task, "k": k, "D": 4, "split": split}
    return edit | quantities | made_by | {"lost": 1.0, "paper_lost": 2.0, "reached": True}


def test_a_cell_is_one_row_with_training_images_before_test_images():
    cells = [cell("swap", k, split, k + n) for k in (8, 2) for n, split in enumerate(("test", "train"))]
    wide = cell_columns(pd.DataFrame([*cells, cell("swap", 4, "test", 0.0, table="Table 3")]), "Table 2")
    assert wide["k"].tolist() == [2, 8]
    assert wide["test: here"].tolist() == [2, 8]
    assert wide["train: here"].tolist() == [3, 9]
    assert set(wide["test: paper's lost"]) == {2}
    names = list(wide)
    assert names[:3] == ["task", "k", "D"]
    assert [name.split(":")[0] for name in names[3:15]] == ["train"] * 6 + ["test"] * 6
    assert names[15:] == ["seeds", "updates", "steps", "profile", "commit"]


def test_each_number_of_neighbours_has_a_column_that_is_empty_where_no_edit_was_made():
    means = [{"task": "swap", "D": D, "k": k, "mean": 10.0 * D + k} for D, k in ((1, 2), (1, 8), (4, 8))]
    wide = neighbour_columns(pd.DataFrame(means))
    assert list(wide) == ["task", "D", "k = 2", "k = 8"]
    assert wide.to_numpy().tolist() == [["swap", 1, 12.0, 18.0], ["swap", 4, None, 48.0]]


def test_counts_are_whole_and_what_was_not_reached_is_empty():
    ours = {"task": ["swap", "conflation"], "k": [4.0, None], "D": [2.0, None], "weights": [40.0, None]}
    theirs = {"paper_k": [8.0, None], "paper_weights": [80.0, None], "paper": [90.0, None]}
    named = fewest_columns(pd.DataFrame(ours | {"mean": [89.96, None], "seeds": ["0", None]} | theirs))
    assert named["entries of R and S"].tolist() == [40, None]
    assert isinstance(named["k"].iloc[0], int)
    assert named["here, %"].tolist() == [89.96, None]
    assert named["the paper's k"].tolist() == [8, None]
    assert not named.drop(columns="task").iloc[1].notna().any()
