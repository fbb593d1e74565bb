import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.sets.avsynth._drawing import DISTANCES, draw

GRID = np.meshgrid(np.linspace(-1.5, 1.5, 121), np.linspace(-1.5, 1.5, 121))


def silhouette(shape, turn=0.0, side=48):
    picture = draw(shape, side, np.array([[0.5, 0.5]]), 0.3, turn, (255, 255, 255), np.zeros((side, side, 3)))
    return picture[..., 0] / 255.0


@pytest.mark.parametrize("shape", DISTANCES)
def test_every_shape_lies_within_the_unit_circle(shape):
    inside = DISTANCES[shape](*GRID) < 0.0
    assert inside.any()
    assert np.hypot(*GRID)[inside].max() <= 1.0 + 1e-9


@pytest.mark.parametrize("shape", DISTANCES)
def test_a_distance_changes_no_faster_than_the_place(shape):
    distance = DISTANCES[shape](*GRID)
    step = GRID[0][0, 1] - GRID[0][0, 0]
    for axis in (0, 1):
        assert np.abs(np.diff(distance, axis=axis)).max() <= step * (1.0 + 1e-9)


def test_no_two_shapes_look_the_same():
    drawn = {shape: silhouette(shape) for shape in DISTANCES}
    for one in drawn:
        for other in drawn:
            if one != other:
                assert np.abs(drawn[one] - drawn[other]).mean() > 0.01, (one, other)


def test_a_circle_covers_its_area():
    side, radius = 96, 0.3
    assert silhouette("circle", side=side).mean() == pytest.approx(np.pi * (0.9 * radius) ** 2, rel=0.01)


@given(turn=st.floats(-3.0, 3.0))
def test_turning_a_circle_changes_nothing(turn):
    np.testing.assert_allclose(silhouette("circle", turn), silhouette("circle"), atol=1 / 255)


def test_the_ground_shows_where_no_copy_is():
    ground = np.full((20, 20, 3), 7.0)
    picture = draw("star", 20, np.array([[0.25, 0.25]]), 0.2, 0.0, (200, 0, 0), ground)
    assert np.all(picture[10:, 10:] == 7)
    assert picture[..., 0].max() == 200


def test_a_copy_beyond_the_edge_is_cut_off():
    picture = draw("square", 20, np.array([[1.0, 0.5]]), 0.2, 0.0, (9, 9, 9), np.zeros((20, 20, 3)))
    assert picture[:, -1].any()
    assert not picture[:, :15].any()
