import pandas as pd
import pytest

from hkam.digits.comparisons import compare_steps, edits_by_start


def row(task="associative swap", **others):
    return {
        "task": task,
        "k": 150,
        "D": 4,
        "start": "learned",
        "label": "",
        "seed": 0,
        "steps": 12,
        "updates": 10,
        "split": "test",
        "adaptive": 90.0,
        "fixed_step": 92.0,
    } | others


def test_starts_are_compared_among_edits_that_are_alike():
    alike = [row(start="coherent"), row("associative conflation"), row(updates=20)]
    others = [row("swap"), row(k=2), row(split="train"), row(label="ablation"), row(steps=6)]
    found = edits_by_start(pd.DataFrame([*others, *alike]), k=150)
    pd.testing.assert_frame_equal(found.reset_index(drop=True), pd.DataFrame(alike))
    assert edits_by_start(pd.DataFrame(others), k=2)["k"].tolist() == [2]


def test_an_edit_that_was_trained_with_two_numbers_of_steps_is_compared_with_itself():
    finer = row(steps=12, adaptive=91.0, fixed_step=90.5)
    others = [row(seed=1, updates=5), row(seed=1), row(seed=2, steps=6, start="coherent"), row(seed=2)]
    labelled = [row(label="ablation", steps=9), row(split="train", steps=6)]
    found = compare_steps(pd.DataFrame([finer, *others, *labelled, row(steps=6)]))
    assert found[["seed", "steps"]].to_numpy().tolist() == [[0, 6], [0, 12]]
    assert found["difference"].tolist() == [pytest.approx(2.0), pytest.approx(-0.5)]
    assert list(found)[-3:] == ["training's steps", "adaptive", "difference"]
