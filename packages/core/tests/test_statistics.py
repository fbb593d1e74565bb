import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from amcore.statistics import compare, standing, summarise


def scores(values: dict[str, list[float]], **constants) -> pd.DataFrame:
    rows = [
        {"variant": variant, "seed": seed, "value": value, **constants}
        for variant, column in values.items()
        for seed, value in enumerate(column)
    ]
    return pd.DataFrame(rows)


def test_summary_gives_mean_sample_deviation_and_count():
    table = summarise(scores({"a": [1.0, 2.0, 3.0], "b": [5.0]}), by=["variant"])
    assert table["mean"].tolist() == [2.0, 5.0]
    assert table["n"].tolist() == [3, 1]
    assert table["std"].iloc[0] == pytest.approx(1.0)
    assert np.isnan(table["std"].iloc[1])


def test_summary_names_a_missing_column():
    with pytest.raises(ValueError, match="videos"):
        summarise(scores({"a": [1.0]}), by=["videos"])


@given(st.integers(3, 30), st.integers(0, 2**16))
def test_a_paired_test_is_a_one_sample_test_of_the_differences(seeds, seed):
    rng = np.random.default_rng(seed)
    ours, theirs = rng.normal(size=(2, seeds))
    row = compare(scores({"ours": list(ours), "theirs": list(theirs)}), baseline="theirs").iloc[0]
    expected = ttest_1samp(ours - theirs, 0)
    assert row["t"] == pytest.approx(expected.statistic)
    assert row["p"] == pytest.approx(expected.pvalue)
    assert row["effect_size"] == pytest.approx(row["t"] / np.sqrt(seeds))


def test_pairs_are_matched_by_seed_and_not_by_order():
    table = scores({"ours": [1.0, 2.0, 4.0], "theirs": [0.5, 1.6, 3.0]})
    shuffled = table.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(compare(table, baseline="theirs"), compare(shuffled, baseline="theirs"))


def test_holm_multiplies_the_smallest_p_by_the_number_of_comparisons():
    rng = np.random.default_rng(3)
    base = rng.normal(size=8)
    table = scores(
        {
            "base": list(base),
            "near": list(base + rng.normal(0.1, 1, 8)),
            "far": list(base + rng.normal(2, 1, 8)),
        }
    )
    result = compare(table, baseline="base").sort_values("p")
    assert result["p_holm"].iloc[0] == pytest.approx(2 * result["p"].iloc[0])
    assert (result["p_holm"] >= result["p"]).all()


def test_groups_are_compared_apart_and_corrected_together():
    rng = np.random.default_rng(5)
    parts = [
        scores({"a": list(rng.normal(size=5)), "b": list(rng.normal(shift, 1, 5))}, dataset=name)
        for name, shift in (("one", 0.0), ("two", 3.0))
    ]
    result = compare(pd.concat(parts), baseline="a", within=["dataset"])
    assert result["dataset"].tolist() == ["one", "two"]
    assert result["p_holm"].max() <= 1
    assert result["p_holm"].min() == pytest.approx(2 * result["p"].min())


def test_equal_and_constantly_shifted_pairs_have_no_spread_but_an_answer():
    same = compare(scores({"a": [1.0, 2.0], "b": [1.0, 2.0]}), baseline="a").iloc[0]
    assert (same["p"], same["effect_size"]) == (1.0, 0.0)
    shifted = compare(scores({"a": [1.0, 2.0], "b": [2.0, 3.0]}), baseline="a").iloc[0]
    assert (shifted["p"], shifted["effect_size"]) == (0.0, np.inf)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (scores({"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]}), "needs its pair"),
        (scores({"a": [1.0], "b": [2.0]}), "at least 2 pairs"),
        (scores({"b": [1.0, 2.0]}), "baseline must be one of"),
        (scores({"a": [1.0, 2.0]}), "besides the baseline"),
        (pd.concat([scores({"a": [1.0, 2.0], "b": [1.0, 2.0]})] * 2), "occur twice"),
    ],
)
def test_what_cannot_be_paired_is_refused(table, message):
    with pytest.raises(ValueError, match=message):
        compare(table, baseline="a")


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=9))
def test_a_standing_says_what_its_test_says(differences):
    found = standing(differences)
    spread = np.std(differences, ddof=1)
    assert (found.mean, found.n) == (pytest.approx(np.mean(differences)), len(differences))
    if spread > 1e-9:
        assert found.p == pytest.approx(ttest_1samp(differences, 0).pvalue)
    wanted = "not told apart from" if found.p >= 0.05 else "ahead of" if found.mean > 0 else "behind"
    assert found.words == wanted


@pytest.mark.parametrize(
    ("differences", "words"),
    [
        ([0.1, 0.1], "ahead of"),
        ([-0.1] * 3, "behind"),
        ([0.0, 0.0], "not told apart from"),
        ([0.5], "not told apart from"),
    ],
)
def test_a_standing_without_spread_or_pairs(differences, words):
    assert standing(differences).words == words


@pytest.mark.parametrize("differences", [[], [float("nan"), 1.0]])
def test_differences_that_are_none_are_refused(differences):
    with pytest.raises(ValueError, match="differences must be a row of finite numbers"):
        standing(differences)
