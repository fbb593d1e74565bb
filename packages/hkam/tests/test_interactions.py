import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam


def brute_force(mu, graph, term):
    return sum(term(edge, float(mu[i] @ mu[j])) for edge, (i, j) in enumerate(np.asarray(graph.edges)))


@pytest.fixture
def graph():
    return hkam.watts_strogatz_graph(6, 4, seed=0)


def test_energies_are_the_printed_sums(draw, graph):
    mu, w, b = draw.rows(6, 3), draw.normal(graph.edge_count), draw.normal(graph.edge_count)
    rows = np.asarray(mu)
    attention = np.log(brute_force(rows, graph, lambda e, s: np.exp(w[e] * s))) + brute_force(
        rows, graph, lambda e, s: b[e] * s
    )

    def rectified(e, s):
        return w[e] * s + 0.5 * b[e] * max(s, 0) ** 2

    energies = [
        (-brute_force(rows, graph, lambda e, s: w[e] * s), hkam.LinearInteraction(w, graph)),
        (-brute_force(rows, graph, rectified), hkam.ReLUInteraction(w, b, graph)),
        (attention, hkam.AttentionInteraction(w, b, graph, attractive=False)),
        (-attention, hkam.AttentionInteraction(w, b, graph)),
        (-brute_force(rows, graph, lambda e, s: w[e] * np.sin(s)), hkam.PairInteraction(jnp.sin, w, graph)),
        (0.0, hkam.NoInteraction()),
    ]
    for wanted, interaction in energies:
        assert np.allclose(interaction.energy(mu), wanted)


def test_the_force_of_the_fast_path_is_the_gradient_of_the_plain_energy(draw, graph):
    mu, w, b = draw.rows(6, 3), draw.normal(graph.edge_count), draw.normal(graph.edge_count)

    def plain(rows, linear, rectified):
        s = jnp.sum(rows[graph.edges[:, 0]] * rows[graph.edges[:, 1]], axis=1)
        return -jnp.sum(linear * s + 0.5 * rectified * jnp.maximum(s, 0) ** 2)

    def fast(rows, linear, rectified):
        return hkam.ReLUInteraction(linear, rectified, graph).energy(rows)

    got, wanted = (jax.jit(jax.grad(f, argnums=(0, 1, 2)))(mu, w, b) for f in (fast, plain))
    for one, other in zip(got, wanted, strict=True):
        assert np.allclose(one, other)
    assert np.allclose(hkam.ReLUInteraction(w, b, graph).force(mu), -np.asarray(wanted[0]))


def test_positive_weights_attract_in_every_interaction():
    graph = hkam.complete_graph(2)
    one = jnp.asarray([1.0])
    mu = jnp.asarray([[1.0, 0.0], [0.6, 0.8]])
    for interaction in (
        hkam.LinearInteraction(one, graph),
        hkam.ReLUInteraction(0 * one, one, graph),
        hkam.AttentionInteraction(one, 0 * one, graph),
        hkam.PairInteraction(lambda s: s, one, graph),
    ):
        assert hkam.tangent(mu, interaction.force(mu))[0, 1] > 0


def test_a_perceptron_learns_from_its_forces(draw, graph):
    interaction = hkam.MLPInteraction(draw.normal(graph.edge_count), graph, width=3, key=jax.random.key(0))
    mu = draw.rows(6, 3)
    slope = eqx.filter_jit(eqx.filter_grad(lambda model: jnp.sum(model.force(mu) ** 2)))(interaction)
    assert np.abs(np.asarray(slope.pairs.function.layers[0].weight)).min() > 0


def test_a_common_rotation_changes_no_energy(draw, graph):
    mu, w = draw.rows(6, 3), draw.normal(graph.edge_count)
    q, _ = np.linalg.qr(draw.random.normal(size=(3, 3)))
    for interaction in (hkam.ReLUInteraction(w, w, graph), hkam.AttentionInteraction(w, w, graph)):
        assert interaction.invariant
        assert np.allclose(interaction.energy(mu), interaction.energy(mu @ jnp.asarray(q)))


def test_weights_must_fit_the_graph(without_shape_checks, graph):
    short, empty = jnp.asarray(np.ones(3)), hkam.Graph(3, [])
    nan = jnp.asarray(np.full(graph.edge_count, np.nan))
    with pytest.raises(ValueError, match=r"weight must have shape \(12,\), but has \(3,\)"):
        hkam.LinearInteraction(short, graph)
    with pytest.raises(ValueError, match="rectified must be finite"):
        hkam.ReLUInteraction(jnp.asarray(np.ones(12)), nan, graph)
    with pytest.raises(ValueError, match="graph must have an edge for attention, but has none"):
        hkam.AttentionInteraction(jnp.asarray(np.zeros(0)), jnp.asarray(np.zeros(0)), empty)
