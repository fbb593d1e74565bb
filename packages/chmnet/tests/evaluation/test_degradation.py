"""Four suspects set two settings apart, and each is measured alone."""

from dataclasses import asdict
from itertools import pairwise

import pandas as pd
import pytest
import torch

from chmnet.evaluation import (
    CLEAN,
    Setting,
    degradation_ablation,
    drop_significance,
    drops,
    retrieval_sweep,
    setting_ladder,
    setting_sweep,
    suspect_effects,
)
from chmnet.video import query_products

LENGTH, POINTS = 12, 7
COUNTS = [3, LENGTH]
SUSPECTED = Setting.suspected(0.25)
# Wider than they are many: the ablation that is held against it takes inner products too.
FRAMES = torch.randn(LENGTH, 40, generator=torch.Generator().manual_seed(0)).cumsum(0).double() / 3


@pytest.fixture(scope="module")
def measurements():
    products = query_products(FRAMES)
    swept = setting_sweep(products, products.scores, COUNTS, suspected=SUSPECTED, beta=2.0, points=POINTS)
    return swept.assign(task="frames", dataset="walk")


def value(rows: pd.DataFrame) -> float:
    (found,) = rows["value"]
    return found


def test_the_ladder_takes_one_suspect_after_another_until_all_are_gone():
    settings = list(setting_ladder(SUSPECTED).values())
    assert settings[0] == SUSPECTED
    assert settings[-1] == CLEAN
    for before, after in pairwise(settings):
        assert sum(asdict(before)[name] != asdict(after)[name] for name in asdict(SUSPECTED)) == 1


@pytest.mark.parametrize(
    ("changed", "known"),
    [
        ({"integration": "simpson"}, r"\['exact', 'trapezoid'\], but is 'simpson'"),
        ({"padding": "left"}, r"\['none', 'bins', 'bins and integral'\], but is 'left'"),
        ({"similarity": "cosine"}, r"\['dot', 'distance'\], but is 'cosine'"),
    ],
)
def test_settings_that_are_none_are_refused(changed, known):
    (name,) = changed
    with pytest.raises(ValueError, match=f"{name} must be one of {known}"):
        Setting(**changed)


def test_every_combination_is_measured_once(measurements):
    factors = ["variant", "N", "similarity", "integration", "ridge", "padding"]
    assert not measurements.duplicated(factors).any()
    continuous = measurements[measurements["variant"] == "continuous"]
    assert len(continuous) == 2**4 * len(COUNTS)
    assert set(measurements["n"]) == set(measurements["L"]) == {LENGTH}


def test_by_the_dot_product_the_sweep_is_the_ablation(measurements):
    expected = degradation_ablation(
        FRAMES,
        COUNTS,
        beta=2.0,
        points=POINTS,
        ridges=[SUSPECTED.ridge, 0.0],
        paddings=["none", "bins and integral"],
    )
    for row in expected.to_dict("records"):
        setting = Setting(row["integration"], row["ridge"], row["padding"], "dot")
        rows = setting.rows(measurements)
        assert value(rows[rows["N"] == row["N"]]) == pytest.approx(row["cosine"])


def test_discrete_memories_are_those_of_the_paper(measurements):
    expected = retrieval_sweep(FRAMES, COUNTS, beta=2.0)
    found = measurements[measurements["variant"] == "discrete"]
    assert found["value"].tolist() == pytest.approx(
        expected.loc[expected["variant"] == "discrete", "cosine"].tolist()
    )


def test_at_full_size_the_clean_memory_finds_frames_by_their_distance(measurements):
    rows = CLEAN.rows(measurements)
    half = FRAMES[:, :20]
    weights = (-2.0 / 2 * torch.cdist(half, half).square()).softmax(-1)
    near = torch.nn.functional.cosine_similarity(weights @ FRAMES, FRAMES, dim=-1).mean()
    assert value(rows[rows["N"] == LENGTH]) == pytest.approx(float(near))


def table(values: dict[tuple[str, int], float]) -> pd.DataFrame:
    """Measurements with a value for each setting's title on the ladder and each size."""
    ladder = setting_ladder(SUSPECTED)
    rows = [
        {"variant": "continuous", **asdict(ladder[title]), "N": count, "value": value}
        for (title, count), value in values.items()
    ]
    return pd.DataFrame(rows).assign(L=8, task="frames", dataset="walk")


def test_the_drop_is_the_best_smaller_size_less_the_full_one():
    title = "the paper's"
    found = drops(
        table({(title, 2): 0.5, (title, 4): 0.75, (title, 8): 0.25}),
        {title: setting_ladder(SUSPECTED)[title]},
    )
    assert found.set_index("what")["value"].to_dict() == {"drop": 0.5, "at N = L": 0.25, "best N < L": 0.75}
    assert set(found["setting"]) == {title}


def test_an_effect_is_what_one_factor_alone_changes_at_full_size(measurements):
    effects = suspect_effects(measurements, SUSPECTED).set_index(["factor", "direction"])["value"]
    assert len(effects) == 8

    def at_full(setting: Setting) -> float:
        rows = setting.rows(measurements)
        return value(rows[rows["N"] == LENGTH])

    without = Setting("trapezoid", SUSPECTED.ridge, "none", "dot")
    assert effects["padding", "out"] == pytest.approx(at_full(without) - at_full(SUSPECTED))
    ridged = Setting("exact", SUSPECTED.ridge, "none", "distance")
    assert effects["ridge", "in"] == pytest.approx(at_full(ridged) - at_full(CLEAN))
    assert effects.abs().max() > 1e-4


def test_a_fall_is_tested_over_videos():
    rows = [
        {"task": "frames", "setting": "clean", "L": length, "dataset": video, "what": what, "value": value}
        for video, value in (("a", 0.1), ("b", 0.2), ("c", 0.3))
        for length in (8, 16)
        for what in ("drop", "at N = L")
    ]
    (found,) = drop_significance(pd.DataFrame(rows)).to_dict("records")
    assert found["p"] == pytest.approx(0.0741799, rel=1e-5)  # t = 2 √3 with two degrees of freedom
    (alone,) = drop_significance(pd.DataFrame(rows[:4])).to_dict("records")
    assert pd.isna(alone["p"])
