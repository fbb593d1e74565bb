import diffrax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam.analysis.descent import Descent, follow_energy

FINE = diffrax.PIDController(rtol=1e-8, atol=1e-10)


def threshold_units(draw):
    memory = hkam.HopfieldMemory(hkam.TanhLagrangian(), hkam.DenseSynapses(draw.symmetric(4)), draw.normal(4))
    return memory, hkam.HopfieldState(draw.normal(4))


def test_the_three_rates_agree_where_the_theorem_holds(draw):
    followed = follow_energy(*threshold_units(draw), 3.0, controller=FINE)
    assert followed.rate_deviation < 1e-12
    assert followed.energy_deviation < 1e-4
    assert followed.largest_rise < 1e-9
    middle = np.interp(followed.middles, followed.times, followed.closed_form)
    assert np.allclose(followed.measured, middle, atol=1e-3 * np.abs(middle).max())


def test_they_part_where_the_oscillators_rotate_each_in_its_own_way(draw):
    graph = hkam.complete_graph(4)
    memory = hkam.KuramotoMemory(
        hkam.LinearInteraction(draw.normal(graph.edge_count), graph), 5 * draw.skew(4, 3, 3)
    )
    followed = follow_energy(memory, hkam.KuramotoState(draw.rows(4, 3)), 3.0, controller=FINE)
    assert followed.rate_deviation > 0.1
    assert followed.energy_deviation > 0.1
    assert followed.largest_rise > 1e-2
    middle = np.interp(followed.middles, followed.times, followed.chain_rule)
    assert np.allclose(followed.measured, middle, atol=1e-2 * np.abs(middle).max())


def test_the_numbers_are_those_of_a_parabola():
    times = np.linspace(0, 2, 5)
    rates = 2 * (times - 1)
    followed = Descent(times, (times - 1) ** 2, rates, 2 * rates)
    assert followed.range == 1
    assert followed.measured.tolist() == [-1.5, -0.5, 0.5, 1.5]
    assert followed.middles.tolist() == [0.25, 0.75, 1.25, 1.75]
    assert followed.energy_deviation == 0
    assert followed.rate_deviation == 0.5
    assert followed.largest_rise == 1


def test_one_sample_is_no_trajectory(draw):
    with pytest.raises(ValueError, match="samples must be a whole number of at least 2, but is 1"):
        follow_energy(*threshold_units(draw), 1.0, samples=1)


def test_the_cue_is_where_it_begins(draw):
    memory, state = threshold_units(draw)
    followed = follow_energy(memory, state, 1.0, samples=3)
    assert followed.times.tolist() == [0, 0.5, 1]
    assert np.isclose(followed.energies[0], memory.energy(state))
    assert jnp.isfinite(followed.energies).all()
