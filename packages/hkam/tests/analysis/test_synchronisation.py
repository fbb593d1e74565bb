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
