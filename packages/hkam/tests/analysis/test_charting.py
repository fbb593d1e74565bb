import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam.analysis import chart, local_minima, phase_plane, unit_plane

PAIR = hkam.HopfieldMemory(
    hkam.TanhLagrangian(), hkam.DenseSynapses(jnp.asarray([[0.0, 2.0], [2.0, 0.0]])), jnp.asarray([0.0, 0.0])
)


def trio(sign):
    graph = hkam.complete_graph(3)
    return hkam.KuramotoMemory(hkam.LinearInteraction(jnp.asarray(sign * np.ones(3)), graph))


@pytest.mark.parametrize("plane", [unit_plane(4), phase_plane(5)], ids=["units", "phases"])
def test_points_of_states_are_the_points_that_made_them(plane):
    points = plane.points(plane.grid)
    across, along = np.asarray(plane.across), np.asarray(plane.along)
    wanted = [[a, b] for a in across for b in along]
    apart = points - wanted
    if plane.angular:
        apart = np.mod(apart + np.pi, 2 * np.pi) - np.pi
    np.testing.assert_allclose(apart, 0, atol=1e-12)


def test_basins_that_mirror_each_other_have_equal_shares_of_the_cues():
    assert chart(PAIR, unit_plane(8), np.array([[1.0, 0.5]])).basins.shares.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("points", [4, 12, 60])
def test_the_grid_of_units_is_its_own_mirror_image(points):
    plane = unit_plane(points)
    for axis in (plane.across, plane.along):
        np.testing.assert_allclose(np.asarray(axis), -np.asarray(axis)[::-1], atol=1e-6)
        assert np.abs(axis).min() > 0
    assert np.abs(np.subtract.outer(np.asarray(plane.across), np.asarray(plane.along))).min() > 1e-3


@pytest.mark.parametrize("plane", [unit_plane(8), phase_plane(7)], ids=["units", "phases"])
def test_no_cue_lies_on_a_diagonal(plane):
    points = np.asarray(plane.points(plane.grid))
    assert np.abs(points[:, 0] - points[:, 1]).min() > 0.01


def test_a_plane_of_one_point_is_refused():
    for make in (unit_plane, phase_plane):
        with pytest.raises(ValueError, match="points must be a whole number of at least 2, but is 1"):
            make(1)


def test_paths_begin_at_the_cues_and_end_at_attractors_of_their_sign():
    cues = np.array([[1.0, 0.5], [-0.5, -2.0], [2.0, 1.0]])
    drawn = chart(PAIR, unit_plane(4), cues)
    np.testing.assert_allclose(drawn.paths[0], cues)
    assert np.array_equal(np.sign(drawn.paths[-1, :, 0]), [1, -1, 1])
    assert len(drawn.attractors) == len(drawn.basins.counts) == 2
    assert drawn.energies.shape == (16,)


def test_mirror_images_of_oscillators_are_one_memory_with_two_stars():
    drawn = chart(trio(-1), phase_plane(4), np.array([[1.0, 2.0]]))
    assert len(drawn.basins.counts) == 1
    np.testing.assert_allclose(np.sort(np.abs(drawn.attractors)), 2 * np.pi / 3, atol=1e-2)
    np.testing.assert_allclose(drawn.attractors[0], -drawn.attractors[1])


def test_a_path_over_the_edge_of_the_phases_is_broken_and_others_are_not():
    # Repelled from 0.9 π and 2 π less than that, the two go to ± 2/3 π apart from the first: one crosses ± π.
    crossing, staying = [3.1, 2.9], [1.9, -2.2]
    paths = chart(trio(-1), phase_plane(2), np.array([crossing, staying])).paths
    broken = np.isnan(paths).any(axis=(0, 2))
    assert broken.tolist() == [True, False]
    steps = np.abs(np.diff(paths, axis=0))
    assert np.nanmax(steps) < np.pi


def test_minima_are_the_bottoms_inside_the_grid():
    x = np.linspace(-2, 2, 41)
    heights = (x[:, None] ** 2 - 1) ** 2 + (x[None, :] - 0.5) ** 2
    assert local_minima(heights).tolist() == [[10, 25], [30, 25]]
    assert local_minima(x[:, None] + x[None, :]).tolist() == []


def test_a_plain_has_no_minimum():
    assert local_minima(np.zeros((5, 5))).shape == (0, 2)
