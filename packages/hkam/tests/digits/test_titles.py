import pandas as pd
import pytest

from hkam.digits.tasks import EDITING_TASKS
from hkam.digits.titles import edit_titles, task_key

MEASURED = pd.DataFrame(
    {
        "edit": ["b", "b", "a"],
        "dataset": ["associative swap", "associative swap", "swap"],
        "start": ["coherent", "coherent", "learned"],
    }
)


def test_every_task_has_a_key_of_its_own_that_is_a_plain_name():
    keys = [task_key(task) for task in ("MNIST", *EDITING_TASKS)]
    assert keys == ["mnist", "conflation", "swap", "assoc_conflation", "assoc_swap"]
    assert all(key.isidentifier() for key in keys)


def test_the_start_is_told_where_there_is_a_cue():
    titles = edit_titles(MEASURED, ["a", "b"])
    assert list(titles.index) == ["a", "b"]
    assert titles["title"].tolist() == ["swap", "associative swap\ncoherent start"]
    assert titles[["task", "start"]].to_numpy().tolist() == [
        ["swap", "learned"],
        ["associative swap", "coherent"],
    ]
    assert list(edit_titles(MEASURED, ["b", "a"]).index) == ["b", "a"]


def test_only_what_was_measured_has_a_title():
    with pytest.raises(ValueError, match=r"names must be edits that were measured, but \['c'\] were not"):
        edit_titles(MEASURED, ["a", "c"])
