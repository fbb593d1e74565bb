import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam

N, COLUMNS = 5, 3


@pytest.fixture
def graph():
    return hkam.watts_strogatz_graph(N, 2, seed=0)


def hopfield(draw):
    return hkam.HopfieldMemory(hkam.ReLULagrangian(), hkam.DenseSynapses(draw.symmetric(N)), draw.normal(N))


def test_the_papers_model_is_equation_18(draw, graph):
    threshold, linear, rectified = (
        hopfield(draw),
        draw.normal(graph.edge_count),
        draw.normal(graph.edge_count),
    )
    omega, x, mu = draw.skew(COLUMNS, COLUMNS), draw.normal(N), draw.rows(N, COLUMNS)
    memory = hkam.low_rank_memory(threshold, linear, rectified, graph, strength=0.3, omega=omega)
    got = jax.jit(lambda s: memory.vector_field(0.0, s))(hkam.HopfieldKuramotoState(x, mu))
    W, R, S = (
        np.asarray(m) for m in (threshold.synapses.weight, graph.dense(linear), graph.dense(rectified))
    )
    g, rows, b = np.maximum(x, 0), np.asarray(mu), np.asarray(threshold.bias)
    s = rows @ rows.T
    force = (R + 0.3 * np.outer(g, g) + S * np.maximum(s, 0)) @ rows
    force -= np.sum(force * rows, axis=1, keepdims=True) * rows
    assert np.allclose(got.x, (W + 0.3 * s) @ g - x + b)
    assert np.allclose(got.mu, force + rows @ np.asarray(omega).T)


def test_without_coupling_both_memories_run_side_by_side(draw, graph):
    threshold = hopfield(draw)
    oscillators = hkam.KuramotoMemory(hkam.LinearInteraction(draw.normal(graph.edge_count), graph))
    memory = hkam.HopfieldKuramotoMemory(threshold, oscillators, hkam.NoCoupling())
    x, mu = draw.normal(N), draw.rows(N, COLUMNS)
    together = memory.vector_field(0.0, hkam.HopfieldKuramotoState(x, mu))
    assert np.allclose(together.x, threshold.vector_field(0.0, hkam.HopfieldState(x)).x)
    assert np.allclose(together.mu, oscillators.vector_field(0.0, hkam.KuramotoState(mu)).mu)


def test_a_large_kappa_shields_the_side_it_belongs_to(draw):
    threshold, still = hopfield(draw), hkam.KuramotoMemory(hkam.NoInteraction())
    state = hkam.HopfieldKuramotoState(draw.normal(N), draw.rows(N, COLUMNS))

    @jax.jit
    def field(kappa_h, kappa_k):
        return hkam.HopfieldKuramotoMemory(
            threshold, still, hkam.LowRankCoupling(), kappa_h, kappa_k
        ).vector_field(0.0, state)

    free = threshold.vector_field(0.0, hkam.HopfieldState(state.x)).x
    assert np.allclose(field(1e9, 1.0).x, free, atol=1e-6)
    assert np.allclose(field(1.0, 1e9).mu, 0, atol=1e-6)
    assert np.allclose(2 * (field(2.0, 1.0).x - free), field(1.0, 1.0).x - free)


def test_permuting_units_permutes_results(draw):
    graph, order = hkam.complete_graph(N), draw.random.permutation(N)
    weight, bias, linear = draw.symmetric(N), draw.normal(N), draw.symmetric(N)
    x, mu = draw.normal(N), draw.rows(N, COLUMNS)

    @jax.jit
    def run(weight, bias, linear, x, mu):
        edge_weights = graph.edge_values(linear)
        threshold = hkam.HopfieldMemory(hkam.TanhLagrangian(), hkam.DenseSynapses(weight), bias)
        memory = hkam.low_rank_memory(threshold, edge_weights, edge_weights, graph, strength=0.3)
        return hkam.recall(memory, hkam.HopfieldKuramotoState(x, mu)).state

    straight = run(weight, bias, linear, x, mu)
    permuted = run(weight[order][:, order], bias[order], linear[order][:, order], x[order], mu[order])
    assert np.allclose(permuted.x, np.asarray(straight.x)[order])
    assert np.allclose(permuted.mu, np.asarray(straight.mu)[order])


def test_all_parts_learn(draw, graph):
    memory = hkam.low_rank_memory(
        hopfield(draw),
        draw.normal(graph.edge_count),
        draw.normal(graph.edge_count),
        graph,
        strength=jnp.asarray(0.3),
        omega=draw.skew(COLUMNS, COLUMNS),
    )
    # Positive entries keep every ReLU open: a closed one gives its weight no slope.
    state = hkam.HopfieldKuramotoState(jnp.abs(draw.normal(N)), jnp.abs(draw.rows(N, COLUMNS)))

    def loss(model):
        field = model.vector_field(0.0, state)
        return jnp.sum(field.x**2) + jnp.sum(field.mu**3)

    slopes = jax.tree.leaves(eqx.filter_jit(eqx.filter_grad(loss))(memory))
    assert len(slopes) == 8  # W, b, R, S, Ω, κ, κ_H, κ_K
    assert all(np.isfinite(slope).all() and np.any(slope) for slope in map(np.asarray, slopes))


@pytest.mark.parametrize("kappa", [0.0, -1.0, np.inf, np.nan])
def test_coupling_constants_must_be_positive(draw, kappa):
    parts = hopfield(draw), hkam.KuramotoMemory(hkam.NoInteraction()), hkam.NoCoupling()
    with pytest.raises(ValueError, match="kappa_h must be positive and finite, but is"):
        hkam.HopfieldKuramotoMemory(*parts, kappa_h=kappa)
    with pytest.raises(ValueError, match="kappa_k must be positive and finite, but is"):
        hkam.HopfieldKuramotoMemory(*parts, kappa_k=kappa)


def test_units_and_oscillators_must_be_as_many(without_shape_checks, draw):
    memory = hkam.HopfieldKuramotoMemory(
        hopfield(draw), hkam.KuramotoMemory(hkam.NoInteraction()), hkam.NoCoupling()
    )
    with pytest.raises(ValueError, match=r"state.mu must have one row per unit, 5, but has shape"):
        memory.check_state(hkam.HopfieldKuramotoState(draw.normal(N), draw.rows(N - 1, COLUMNS)))
