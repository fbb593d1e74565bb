import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import analysis


def test_the_order_parameter_goes_from_scattered_to_identical(draw):
    assert float(analysis.order_parameter(jnp.asarray(np.tile([[0.6, 0.8]], (4, 1))))) == pytest.approx(1)
    assert float(analysis.order_parameter(jnp.asarray(np.vstack([np.eye(3), -np.eye(3)])))) == pytest.approx(
        0
    )
    assert 0 < float(analysis.order_parameter(draw.rows(5, 3))) < 1


def test_the_mean_field_is_the_complete_graph(draw):
    n = 6
    graph = hkam.complete_graph(n)
    frequencies, phi = draw.normal(n), hkam.PhaseState(draw.normal(n))
    mean = analysis.MeanFieldKuramotoMemory(jnp.asarray(1.5), frequencies)
    pairs = hkam.PhaseKuramotoMemory(jnp.asarray(np.full(graph.edge_count, 1.5 / n)), graph, frequencies)
    assert np.allclose(mean.vector_field(0.0, phi).phi, pairs.vector_field(0.0, phi).phi)
    assert mean.broken_conditions == pairs.broken_conditions
    still = (memory.without_rotation().vector_field(0.0, phi).phi for memory in (mean, pairs))
    assert np.allclose(*still)


def test_lorentzian_quantiles_have_the_given_half_width():
    frequencies = np.asarray(analysis.lorentzian_frequencies(1000, 0.7))
    assert np.mean(np.abs(frequencies) < 0.7) == pytest.approx(0.5, abs=2e-3)
    assert np.allclose(frequencies, -frequencies[::-1])
    assert np.asarray(analysis.lorentzian_frequencies(1, 0.7)).tolist() == [0.0]


def test_coherence_begins_at_the_known_coupling(draw):
    critical = analysis.lorentzian_critical_coupling(0.5)
    assert critical == 1.0
    couplings = jnp.asarray([0.5, 2.0, 4.0])
    theory = np.asarray(analysis.lorentzian_order_parameter(couplings, 0.5))
    assert np.allclose(theory, [0, np.sqrt(0.5), np.sqrt(0.75)])
    frequencies = analysis.lorentzian_frequencies(200, 0.5)
    phases = jnp.asarray(draw.random.uniform(-np.pi, np.pi, 200))
    measured = np.asarray(
        analysis.synchronisation_curve(couplings, frequencies, phases, t1=40.0, step=0.1, samples=20)
    )
    assert measured[0] < 0.25
    assert np.allclose(measured[1:], theory[1:], atol=0.08)


def test_the_steepest_rise_is_where_a_step_lies():
    couplings = jnp.linspace(0, 2, 41)
    order = 1 / (1 + jnp.exp(-(couplings - 1.2) / 0.05))
    assert analysis.steepest_rise(couplings, order) == pytest.approx(1.2)


def test_the_steepest_rise_of_theory_is_at_the_critical_coupling():
    couplings = jnp.linspace(0.5, 2.0, 151)
    order = analysis.lorentzian_order_parameter(couplings, 0.5)
    assert analysis.steepest_rise(couplings, order, window=3) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(("couplings", "order"), [([2.0, 1.0], [0.0, 1.0]), ([1.0, 2.0], [0.0])])
def test_curves_that_do_not_increase_or_fit_are_refused(without_shape_checks, couplings, order):
    with pytest.raises(ValueError, match="couplings must increase and order must have one value each"):
        analysis.steepest_rise(jnp.asarray(couplings), jnp.asarray(order), window=2)


def test_a_window_longer_than_the_curve_is_refused():
    with pytest.raises(ValueError, match="window must be from 2 to the 3 couplings, but is 5"):
        analysis.steepest_rise(jnp.arange(3.0), jnp.arange(3.0))


def test_drawn_frequencies_have_the_quartiles_of_their_density():
    drawn = np.asarray(analysis.lorentzian_frequencies(20_000, 0.7, key=jax.random.key(0)))
    np.testing.assert_allclose(np.quantile(drawn, [0.25, 0.5, 0.75]), [-0.7, 0, 0.7], atol=0.04)
