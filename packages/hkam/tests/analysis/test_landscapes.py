import jax.numpy as jnp
import numpy as np

import hkam
from hkam import analysis

PAIR = hkam.HopfieldMemory(
    hkam.TanhLagrangian(), hkam.DenseSynapses(jnp.asarray([[0.0, 2.0], [2.0, 0.0]])), jnp.asarray([0.0, 0.0])
)


def plane():
    axis = jnp.asarray([-1.5, -0.5, 0.5, 1.5])
    directions = (hkam.HopfieldState(jnp.asarray(row)) for row in np.eye(2))
    return analysis.plane_of_states(hkam.HopfieldState(jnp.asarray([0.0, 0.0])), *directions, axis, axis)


def test_two_units_that_excite_each_other_have_two_attractors():
    states = plane()
    found = analysis.basins(PAIR, states, 200.0)
    settled = found.labels >= 0
    signs = np.sign(np.asarray(states.x).sum(axis=1))
    ends = np.sign(np.asarray(found.attractors.x))
    clear = settled & (signs != 0)
    assert clear.sum() == 12
    assert np.array_equal(ends[found.labels[clear]][:, 0], signs[clear])
    assert (np.diff(found.counts) <= 0).all()
    assert found.counts.sum() == settled.sum()


def test_attractors_lie_lowest(draw):
    found = analysis.basins(PAIR, plane(), 200.0)
    grid = np.asarray(analysis.energies_on_grid(PAIR, plane()))
    assert grid.shape == (16,)
    assert float(PAIR.energy(hkam.HopfieldState(found.attractors.x[0]))) < grid.min()


def test_a_common_rotation_does_not_tell_attractors_apart(draw):
    graph = hkam.complete_graph(3)
    memory = hkam.KuramotoMemory(hkam.LinearInteraction(jnp.asarray(np.ones(3)), graph))
    found = analysis.basins(memory, hkam.KuramotoState(draw.rows(6, 3, 2)), 200.0)
    assert found.labels.tolist() == [0] * 6
    assert found.counts.tolist() == [6]


def test_a_cue_that_does_not_settle_has_no_label():
    found = analysis.basins(PAIR, hkam.HopfieldState(jnp.asarray([[1.0, 1.0]])), 0.1)
    assert found.labels.tolist() == [-1]
    assert found.attractors.x.shape == (0, 2)


def test_shares_are_of_all_cues_the_unsettled_among_them():
    found = analysis.Basins(np.array([0, 0, 1, -1]), None, np.array([2, 1]))
    assert found.shares.tolist() == [0.5, 0.25]
    assert found.unsettled == 0.25
