import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.errors import DataError
from amcore.data.preparing import outputs, prepare
from amcore.data.sets.curves import NAMES, load_curves, sample_curve

POINTS = st.integers(1, 200)
SEEDS = st.integers(0, 2**32 - 1)


@given(name=st.sampled_from(NAMES), points=POINTS, seed=SEEDS)
def test_there_are_as_many_points_as_wanted_inside_their_square(name, points, seed):
    curve = sample_curve(name, points, seed)
    assert curve.shape == (points, 2)
    assert curve.dtype == np.float64
    assert np.all(np.abs(curve) <= (2 * np.pi if name.startswith("wide") else 1.0))


@given(name=st.sampled_from(["clusters", "circle"]), points=POINTS, seed=SEEDS)
def test_round_arrangements_lie_on_the_circle(name, points, seed):
    np.testing.assert_allclose(np.linalg.norm(sample_curve(name, points, seed), axis=1), 1.0, rtol=1e-12)


@given(seed=SEEDS)
def test_clusters_lie_near_their_four_centres(seed):
    across, up = sample_curve("clusters", 400, seed).T
    turns = np.arctan2(up, across) / (2 * np.pi)
    distance = np.abs((4 * turns) % 1.0 - 0.5) / 4
    # A normal distance of width 0.04 has mean 0.032; points anywhere on the circle have 0.0625.
    assert np.mean(distance) < 0.04


@given(points=st.integers(2, 200))
def test_points_of_the_circle_are_equally_far_apart(points):
    curve = sample_curve("circle", points)
    steps = np.linalg.norm(np.roll(curve, -1, axis=0) - curve, axis=1)
    np.testing.assert_allclose(steps, 2 * np.sin(np.pi / points), atol=1e-12)


def test_the_line_runs_from_corner_to_corner():
    np.testing.assert_allclose(sample_curve("line", 3), [[-1, -1], [0, 0], [1, 1]], atol=1e-12)


def test_the_sinusoid_makes_one_turn():
    np.testing.assert_allclose(
        sample_curve("sinusoid", 5), [[-1, 0], [-0.5, 1], [0, 0], [0.5, -1], [1, 0]], atol=1e-12
    )


@given(points=st.integers(2, 200))
def test_the_wide_line_and_sinusoid_run_over_a_whole_turn(points):
    line, sinusoid = sample_curve("wide line", points), sample_curve("wide sinusoid", points)
    np.testing.assert_allclose(line[[0, -1], 0], [-np.pi, np.pi])
    np.testing.assert_allclose(line[:, 1], 2 * line[:, 0])
    np.testing.assert_array_equal(sinusoid[:, 0], line[:, 0])
    np.testing.assert_allclose(sinusoid[:, 1], 2 * np.sin(sinusoid[:, 0]))


@given(seed=SEEDS)
def test_a_seed_decides_the_clusters_and_nothing_else(seed):
    np.testing.assert_array_equal(sample_curve("clusters", seed=seed), sample_curve("clusters", seed=seed))
    np.testing.assert_array_equal(sample_curve("circle", seed=seed), sample_curve("circle", seed=seed + 1))


def test_another_seed_gives_other_clusters():
    assert not np.array_equal(sample_curve("clusters", seed=0), sample_curve("clusters", seed=1))


def test_prepared_curves_are_the_sampled_ones(tmp_path):
    paths = prepare("curves", tmp_path, points=7, seed=3)
    assert [str(path.relative_to(tmp_path)) for path in paths] == outputs("curves", points=7, seed=3)
    for name, curve in load_curves(tmp_path).items():
        np.testing.assert_array_equal(curve, sample_curve(name, 7, 3))


def test_curves_that_are_not_prepared_say_so(tmp_path):
    with pytest.raises(DataError, match="fetch curves"):
        load_curves(tmp_path)


def test_no_points_are_refused():
    with pytest.raises(ValueError, match="points must be at least 1, but is 0"):
        sample_curve("line", 0)


@pytest.mark.usefixtures("without_shape_checks")
def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match=r"name must be one of clusters, .* but is 'spiral'"):
        sample_curve("spiral")
