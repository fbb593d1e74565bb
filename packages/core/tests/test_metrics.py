import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics.pairwise import paired_cosine_distances

from amcore.metrics import cosine_similarity, median_rank, rank_of_truth, recall_at

finite = st.floats(-1e6, 1e6, allow_nan=False)
patterns = arrays(float, st.tuples(st.integers(0, 6), st.integers(1, 5)), elements=finite)


@given(patterns)
def test_a_pattern_is_one_with_itself_and_opposed_to_its_negative(rows):
    own = cosine_similarity(rows, rows)
    present = np.abs(rows).max(axis=1, initial=0) > 0
    np.testing.assert_allclose(own, present.astype(float), atol=1e-12)
    np.testing.assert_allclose(cosine_similarity(rows, -rows), -own, atol=1e-12)


@given(st.integers(1, 20), st.floats(1e-200, 1e200))
def test_cosine_does_not_depend_on_length(rows, scale):
    rng = np.random.default_rng(rows)
    left, right = rng.normal(size=(2, rows, 7))
    np.testing.assert_allclose(
        cosine_similarity(left * scale, right), cosine_similarity(left, right), atol=1e-12
    )


def test_cosine_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(2, 30, 8))
    np.testing.assert_allclose(cosine_similarity(left, right), 1 - paired_cosine_distances(left, right))


def test_cosine_takes_single_patterns():
    assert cosine_similarity(np.array([3.0, 4.0]), np.array([3.0, 4.0])) == pytest.approx(1.0)


def test_patterns_of_different_shapes_are_refused(without_shape_checks):
    with pytest.raises(ValueError, match=r"one shape.*\(2, 3\).*\(2, 4\)"):
        cosine_similarity(np.ones((2, 3)), np.ones((2, 4)))


def test_the_best_score_has_rank_one_and_the_worst_has_rank_c():
    scores = np.array([[0.1, 0.9, 0.5], [0.1, 0.9, 0.5]])
    np.testing.assert_array_equal(rank_of_truth(scores, np.array([1, 0])), [1, 3])


@given(st.integers(1, 12), st.integers(1, 5))
def test_a_constant_score_earns_the_rank_of_chance(candidates, queries):
    ranks = rank_of_truth(np.zeros((queries, candidates)), np.zeros(queries, int))
    np.testing.assert_allclose(ranks, (candidates + 1) / 2)


@given(st.integers(2, 30), st.integers(0, 2**16))
def test_ranks_do_not_depend_on_the_order_of_candidates(candidates, seed):
    rng = np.random.default_rng(seed)
    scores, truth = rng.normal(size=(9, candidates)), rng.integers(candidates, size=9)
    order = rng.permutation(candidates)
    moved = np.argsort(order)[truth]
    np.testing.assert_array_equal(rank_of_truth(scores, truth), rank_of_truth(scores[:, order], moved))


@pytest.mark.parametrize(
    ("scores", "truth", "message"),
    [
        (np.array([[np.nan, 1.0]]), np.array([0]), "finite"),
        (np.zeros((1, 2)), np.array([2]), r"\[0, 1\]"),
        (np.zeros((1, 2)), np.array([-1]), r"\[0, 1\]"),
        (np.zeros((1, 0)), np.array([0]), "at least one candidate"),
    ],
)
def test_scores_that_rank_nothing_are_refused(scores, truth, message):
    with pytest.raises(ValueError, match=message):
        rank_of_truth(scores, truth)


def test_no_query_has_no_rank():
    assert rank_of_truth(np.zeros((0, 3)), np.zeros(0, int)).size == 0


@given(arrays(float, st.integers(1, 40), elements=st.integers(1, 50).map(float)))
def test_recall_never_falls_with_k_and_ends_at_one(ranks):
    recalls = recall_at(ranks, [1, 5, 10, 50])
    assert list(recalls.values()) == sorted(recalls.values())
    assert recalls[50] == 1.0


def test_recall_and_median_rank_of_known_ranks():
    ranks = np.array([1.0, 2.0, 6.0, 11.0])
    assert recall_at(ranks, [1, 5, 10]) == {1: 0.25, 5: 0.5, 10: 0.75}
    assert recall_at(ranks, 1) == {1: 0.25}
    assert median_rank(ranks) == 4.0


def test_nothing_to_average_and_cutoffs_below_one_are_refused():
    with pytest.raises(ValueError, match="at least one query"):
        recall_at(np.empty(0), 1)
    with pytest.raises(ValueError, match="at least one query"):
        median_rank(np.empty(0))
    with pytest.raises(ValueError, match="at least 1"):
        recall_at(np.ones(3), 0)
