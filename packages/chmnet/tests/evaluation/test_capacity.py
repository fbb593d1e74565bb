import pandas as pd
import pytest
import torch

from chmnet.evaluation import (
    capacity_curve,
    capacity_summary,
    doublings_held,
    largest_recalled,
    smooth_signal,
    stretch_curve,
    turning_stretches,
    white_signal,
)


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


def _curve(signal, **settings):
    defaults = {"beta": 100.0, "sigma": 0.02, "generator": _generator(1)}
    return capacity_curve(signal, [8, 32], 8, **(defaults | settings)).set_index(["L", "variant"])


def _white(length):
    return white_signal(length, 64, generator=_generator())


def _smooth(length):
    return smooth_signal(length, 64, 0.2, generator=_generator())


def test_up_to_its_size_a_memory_recalls_everything():
    curve = _curve(_white).loc[8]
    assert (curve["recalled"] == 1).all()
    assert (curve["N"] == 8).all()


def test_a_complete_memory_recalls_what_a_small_one_has_lost():
    curve = _curve(_white).loc[32]
    assert curve.loc["complete", "recalled"] == 1
    assert curve.loc["complete", "N"] == 32
    assert curve.loc["continuous", "recalled"] == 0
    assert curve.loc["discrete", "recalled"] == pytest.approx(8 / 32)


def test_a_continuous_memory_holds_more_of_a_smooth_signal():
    assert _curve(_smooth).loc[(32, "continuous"), "recalled"] > 0.9
    assert (
        _curve(_smooth).loc[(32, "continuous"), "cosine"] > _curve(_white).loc[(32, "continuous"), "cosine"]
    )


def test_a_size_above_the_number_of_frames_is_cut():
    curve = capacity_curve(_white, [3], 8, beta=100.0, sigma=0.0)
    assert curve["N"].tolist() == [3, 3, 3]


def test_no_length_gives_no_row():
    assert capacity_curve(_white, [], 8, beta=1.0, sigma=0.0).empty


def test_broken_settings_are_refused():
    with pytest.raises(ValueError, match="count must be at least 1, but is 0"):
        capacity_curve(_white, [3], 0, beta=1.0, sigma=0.0)
    with pytest.raises(ValueError, match="sigma must be finite and at least 0"):
        capacity_curve(_white, [3], 3, beta=1.0, sigma=-1.0)
    with pytest.raises(ValueError, match="beta must be finite and above 0"):
        capacity_curve(_white, [3], 3, beta=0.0, sigma=0.0)


def test_capacity_is_the_last_length_before_the_first_that_falls_short():
    curve = pd.DataFrame(
        {
            "variant": ["a"] * 4 + ["b"] * 2,
            "L": [8, 2, 4, 16, 2, 4],
            "recalled": [0.5, 1.0, 0.9, 1.0, 0.1, 1.0],
        }
    )
    found = largest_recalled(curve, target=0.9, by=["variant"])
    assert found.to_dict("records") == [{"variant": "a", "L": 4}, {"variant": "b", "L": 0}]


@pytest.mark.parametrize("target", [-0.1, 1.1])
def test_a_target_that_is_no_share_is_refused(target):
    with pytest.raises(ValueError, match=r"target must lie in \[0, 1\]"):
        largest_recalled(
            pd.DataFrame({"variant": [], "L": [], "recalled": []}), target=target, by=["variant"]
        )


def test_medians_and_ranges_tell_of_many_curves():
    capacity = pd.DataFrame(
        {
            "dataset": ["a", "a", "a", "b"],
            "variant": ["discrete"] * 4,
            "video": ["x", "y", "z", "x"],
            "L": [16, 64, 128, 128],
        }
    )
    summary = capacity_summary(capacity, longest=128).set_index("dataset")
    assert summary["shown"].to_dict() == {"a": "64 (16 to 128)", "b": "128"}
    assert summary["ceiling"].to_dict() == {"a": 1, "b": 1}
    assert summary["n"].to_dict() == {"a": 3, "b": 1}


def test_doublings_are_differences_of_logarithms():
    held = pd.DataFrame(
        {"video": ["x", "x", "y", "y"], "variant": ["discrete", "continuous"] * 2, "L": [16, 64, 0, 16]}
    )
    assert doublings_held(held, least=8.0).to_dict() == {"x": 2, "y": 1}


def test_sizes_turn_at_the_same_stretch():
    curve = stretch_curve(
        (8, 16), (0.25, 1.0, 4.0), (0,), length=128, width=64, beta=50.0, sigma=0.02, threshold=0.9
    )
    assert set(curve["variant"]) == {"continuous"}
    assert len(curve) == 6
    turns = turning_stretches(curve, target=0.9)
    assert turns[8] == turns[16]
    assert 0.25 < turns[8] <= 4


def test_a_share_that_falls_again_does_not_count():
    curve = pd.DataFrame({"size": 8, "stretch": [1.0, 2.0, 3.0], "recalled": [1.0, 0.5, 1.0]})
    assert turning_stretches(curve, target=0.9) == {8: 3.0}
    assert turning_stretches(curve, target=1.1) == {8: float("inf")}
