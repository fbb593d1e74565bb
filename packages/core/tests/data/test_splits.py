from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.splits import alike, joined, leaks, split_by_combination, split_by_group

GROUPS = st.lists(st.integers(0, 30), min_size=1, max_size=80)


@given(groups=GROUPS, seed=st.integers(0, 9))
def test_no_group_is_in_two_splits(groups, seed):
    assert leaks(groups, split_by_group(groups, test=0.3, validation=0.2, seed=seed)) == []


@given(groups=GROUPS, seed=st.integers(0, 9))
def test_the_shares_are_those_of_the_groups(groups, seed):
    split = dict(zip(groups, split_by_group(groups, test=0.3, validation=0.2, seed=seed), strict=True))
    parts = list(split.values())
    assert parts.count("test") == round(0.3 * len(split))
    assert parts.count("validation") == round(0.2 * len(split))


@given(groups=GROUPS, data=st.data())
def test_the_order_of_the_rows_does_not_matter(groups, data):
    order = data.draw(st.permutations(range(len(groups))))
    split = split_by_group(groups, test=0.3, validation=0.2)
    assert split_by_group([groups[row] for row in order], test=0.3, validation=0.2) == [
        split[r] for r in order
    ]


def test_another_seed_splits_otherwise():
    groups = list(range(100))
    assert split_by_group(groups, test=0.3, validation=0.1, seed=0) != split_by_group(
        groups, test=0.3, validation=0.1, seed=1
    )


@pytest.mark.parametrize(
    ("test", "validation", "said"),
    [
        (1.0, 0.0, "test must be .* but is 1.0"),
        (0.1, -0.1, "validation must be .* but is -0.1"),
        (0.6, 0.4, "add up to less than 1"),
        (np.nan, 0.0, "nan"),
    ],
)
def test_shares_out_of_their_range_are_refused(test, validation, said):
    with pytest.raises(ValueError, match=said):
        split_by_group([1, 2], test=test, validation=validation)


@pytest.fixture
def factors():
    return pd.DataFrame(list(product("abc", "xyz", range(4))), columns=["shape", "colour", "count"])


@pytest.mark.parametrize("by", [["shape", "colour"], ["shape", "colour", "count"]])
def test_tested_combinations_are_unseen_and_their_values_seen(factors, by):
    factors["split"] = split_by_combination(factors, by, test=0.3, validation=0.1)
    seen = {part: set(rows[by].itertuples(index=False, name=None)) for part, rows in factors.groupby("split")}
    assert not seen["test"] & (seen["train"] | seen["validation"])
    assert not seen["validation"] & seen["train"]
    train = factors[factors["split"] == "train"]
    assert all(set(train[name]) == set(factors[name]) for name in by)


def test_shares_that_leave_a_value_out_are_refused(factors):
    with pytest.raises(ValueError, match="so small that every value of shape is left in training"):
        split_by_combination(factors, ["shape"], test=0.5, validation=0.0)


@pytest.mark.parametrize("by", [[], ["size"]])
def test_unknown_factors_are_refused(factors, by):
    with pytest.raises(ValueError, match="must be some of the factors shape, colour, count"):
        split_by_combination(factors, by, test=0.1, validation=0.1)


def test_rows_are_chained_through_values_of_any_link():
    assert joined(5, ([0, 1, 2], ["a", "a", "b"]), ([2, 3], ["a", "a"])) == [0, 0, 1, 1, 2]
    assert joined(5, ([0, 1], ["a", "a"]), ([1, 2], [7, 7]), ([4, 0], [1, 1])) == [0, 0, 0, 1, 0]


@given(values=st.lists(st.integers(0, 5), max_size=20))
def test_one_link_groups_by_its_values(values):
    groups = joined(len(values), (range(len(values)), values))
    assert len(set(zip(groups, values, strict=True))) == len(set(values)) == len(set(groups))


def test_rows_without_links_stay_alone():
    assert joined(3) == [0, 1, 2]
    assert joined(0) == []


@pytest.mark.parametrize("link", [([0, 1], ["a"]), ([0, 3], ["a", "b"]), ([-1], ["a"]), ([0], [None])])
def test_bad_links_are_refused(link):
    with pytest.raises(ValueError, match="links must hold"):
        joined(3, link)


def test_rows_of_like_direction_are_chained():
    features = np.array([[1.0, 0.0], [5.0, 1.0], [1.0, 0.5], [0.0, 1.0], [0.0, 0.0]])
    assert alike(features, 0.95) == [0, 0, 0, 1, 2]
    assert alike(features, 0.99) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("features", "threshold"), [([[np.nan]], 0.5), ([[1.0]], 1.5)])
def test_bad_features_are_refused(features, threshold):
    with pytest.raises(ValueError, match="must be"):
        alike(np.array(features), threshold)


def test_a_leak_is_named():
    assert leaks(["a", "b", "a"], ["train", "test", "test"]) == ["a"]
    with pytest.raises(ValueError, match="split must have 1, as many as groups"):
        leaks(["a"], [])
    with pytest.raises(ValueError, match="holds \\['dev'\\]"):
        leaks(["a"], ["dev"])
