import numpy as np
import pytest

from hkam.digits.tasks import EDITING_TASKS, cue_digits, edited_labels

DIGITS = np.arange(10)


def test_conflation_calls_every_one_a_zero():
    assert edited_labels(DIGITS, "conflation").tolist() == [0, 0, *range(2, 10)]


def test_swap_exchanges_zero_and_one_and_undoes_itself():
    swapped = edited_labels(DIGITS, "swap")
    assert swapped.tolist() == [1, 0, *range(2, 10)]
    assert np.array_equal(edited_labels(swapped, "swap"), DIGITS)


@pytest.mark.parametrize("edit", ["conflation", "swap"])
def test_associative_tasks_edit_where_the_cue_is_a_one(edit):
    zeros, ones = np.zeros(10, int), np.ones(10, int)
    assert np.array_equal(edited_labels(DIGITS, f"associative {edit}", cues=zeros), DIGITS)
    assert np.array_equal(
        edited_labels(DIGITS, f"associative {edit}", cues=ones), edited_labels(DIGITS, edit)
    )


def test_cues_are_fair_and_come_back_with_their_seed():
    cues = cue_digits(10_000, seed=3)
    assert set(cues.tolist()) == {0, 1}
    assert abs(cues.mean() - 0.5) < 0.02
    assert np.array_equal(cues, cue_digits(10_000, seed=3))
    assert not np.array_equal(cues, cue_digits(10_000, seed=4))


def test_the_labels_given_stay_as_they_are():
    labels = DIGITS.copy()
    for task in EDITING_TASKS:
        edited_labels(labels, task, cues=np.ones(10, int) if task.startswith("associative") else None)
    assert np.array_equal(labels, DIGITS)


def test_what_does_not_fit_is_refused(without_shape_checks):
    with pytest.raises(ValueError, match=r"task must be one of conflation, swap, .*, but is 'rotate'"):
        edited_labels(DIGITS, "rotate")
    with pytest.raises(ValueError, match="'associative swap' need cues"):
        edited_labels(DIGITS, "associative swap")
    with pytest.raises(ValueError, match="'swap' take no cues"):
        edited_labels(DIGITS, "swap", cues=DIGITS)
    with pytest.raises(ValueError, match=r"cues must be 0 or 1, but hold \[7\]"):
        edited_labels(DIGITS, "associative swap", cues=np.full(10, 7))


@pytest.mark.parametrize("task", EDITING_TASKS)
@pytest.mark.parametrize("kind", [f"{sign}{size}" for sign in "iu" for size in (1, 2, 4, 8)])
def test_labels_of_every_whole_type_keep_it(task, kind):
    labels, cues = np.arange(10, dtype=kind), np.ones(10, dtype=kind)
    edited = edited_labels(labels, task, cues=cues if task.startswith("associative") else None)
    assert edited.dtype == labels.dtype
    assert edited.tolist() == [1 if task.endswith("swap") else 0, 0, *range(2, 10)]
