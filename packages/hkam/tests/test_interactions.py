import copy
import pickle

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import sphere


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
        assert sphere.tangent(mu, interaction.force(mu))[0, 1] > 0


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


def test_interactions_take_lists_and_whole_numbers(without_shape_checks, draw, graph):
    mu = draw.rows(6, 3)
    ones, listed = jnp.asarray(np.ones(12)), [1] * 12
    makers = (
        lambda w: hkam.LinearInteraction(w, graph),
        lambda w: hkam.ReLUInteraction(w, w, graph),
        lambda w: hkam.AttentionInteraction(w, w, graph),
        lambda w: hkam.PairInteraction(jnp.sin, w, graph),
        lambda w: hkam.MLPInteraction(w, graph, width=2, key=jax.random.key(0)),
    )
    for make in makers:
        for weights in (listed, tuple(listed), np.ones(12, np.int8)):
            assert np.allclose(make(weights).energy(mu), make(ones).energy(mu))


def test_what_an_interaction_cannot_take_is_named(without_shape_checks, graph):
    network = hkam.graphs.nx.path_graph(3)
    refused = [
        (lambda: hkam.LinearInteraction([1.0] * 12, network), "graph must be a hkam.Graph, but is a Graph"),
        (lambda: hkam.LinearInteraction(3.0, graph), r"weight must have shape \(12,\), but has \(\)"),
        (lambda: hkam.LinearInteraction([1j] * 12, graph), "weight must be an array of real numbers"),
        (lambda: hkam.ReLUInteraction([1.0] * 12, [True] * 12, graph), "rectified must be an array of real"),
        (lambda: hkam.ReLUInteraction(["a"] * 12, [1] * 12, graph), "linear must be an array of real"),
        (lambda: hkam.AttentionInteraction([1] * 12, [np.inf] * 12, graph), "bias must be finite"),
        (lambda: hkam.PairInteraction(2.0, [1] * 12, graph), "function must be a function of a scalar"),
        (
            lambda: hkam.MLPInteraction([1] * 12, graph, width=0, key=jax.random.key(0)),
            "width must be a whole number of at least 1",
        ),
    ]
    for make, message in refused:
        with pytest.raises(ValueError, match=message):
            make()


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
def test_interactions_are_right_to_half_precision(draw, dtype):
    graph = hkam.complete_graph(40)
    mu, w, b = (value.astype(dtype) for value in (draw.rows(40, 3), *(draw.normal(780) for _ in range(2))))
    exact = [value.astype(float) for value in (mu, w, b)]
    for make in (
        lambda w, b: hkam.LinearInteraction(w, graph),
        lambda w, b: hkam.ReLUInteraction(w, b, graph),
        lambda w, b: hkam.AttentionInteraction(w, b, graph),
        lambda w, b: hkam.PairInteraction(jnp.sin, w, graph),
    ):
        half, full = make(w, b), make(*exact[1:])
        assert np.isclose(half.energy(mu), full.energy(exact[0]), rtol=1e-4)
        force, wanted = half.force(mu), np.asarray(full.force(exact[0]))
        assert force.dtype == dtype
        assert np.allclose(
            force.astype(float), wanted, atol=2 * float(jnp.finfo(dtype).eps) * np.abs(wanted).max()
        )


@pytest.mark.parametrize("make", [hkam.LinearInteraction, lambda w, g: hkam.AttentionInteraction(w, w, g)])
def test_interactions_are_citizens_of_jax(draw, graph, make, tmp_path):
    mu, w = draw.rows(4, 6, 3), draw.normal(graph.edge_count)
    interaction = make(w, graph)
    wanted = np.asarray([float(interaction.energy(one)) for one in mu])
    again = [copy.deepcopy(interaction), pickle.loads(pickle.dumps(interaction))]
    eqx.tree_serialise_leaves(tmp_path / "interaction", interaction)
    again.append(eqx.tree_deserialise_leaves(tmp_path / "interaction", make(0 * w, graph)))
    for one in again:
        assert eqx.tree_equal(one, interaction)
    assert np.allclose(jax.vmap(interaction.energy)(mu), wanted)
    assert np.allclose(eqx.filter_jit(lambda i, m: i.energy(m))(interaction, mu[0]), wanted[0])
    # Made while tracing, checks step aside.
    many = jax.jit(jax.vmap(lambda scale: make(scale * w, graph).energy(mu[0])))(jnp.asarray([1.0, 0.0]))
    assert np.allclose(many[0], wanted[0])
    slope = jax.grad(lambda weights: make(weights, graph).energy(mu[0]))(w)
    step = 1e-6
    assert np.isclose(
        slope[2], (make(w.at[2].add(step), graph).energy(mu[0]) - wanted[0]) / step, rtol=1e-3, atol=1e-6
    )
    assert jax.vmap(interaction.energy)(mu[:0]).shape == (0,)
