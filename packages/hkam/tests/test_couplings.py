import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import sphere

N, COLUMNS = 5, 3


def test_forces_are_the_printed_sums_up_to_what_the_projection_removes(draw):
    weight, g, mu = draw.symmetric(N), draw.normal(N), draw.rows(N, COLUMNS)
    coupling = hkam.PairCoupling(jnp.sin, lambda s: weight * s**2)
    delta_x, delta_mu = jax.jit(coupling.forces)(g, mu)
    W, a, rows = np.asarray(weight), np.outer(g, g), np.asarray(mu)
    s = rows @ rows.T
    assert np.allclose(delta_x, (np.cos(a) * W * s**2) @ g)
    printed = (np.sin(a) * 2 * W * s * (1 - np.eye(N))) @ rows
    assert np.allclose(sphere.tangent(mu, delta_mu), sphere.tangent(mu, jnp.asarray(printed)))


def test_gating_and_low_rank_are_pair_couplings(draw):
    weight, g, mu = draw.symmetric(N), draw.normal(N), draw.rows(N, COLUMNS)
    pairs = [
        (
            hkam.GatingCoupling(hkam.DenseSynapses(weight)),
            hkam.PairCoupling(lambda a: weight * a, lambda s: s),
        ),
        (hkam.LowRankCoupling(0.3), hkam.PairCoupling(lambda a: 0.3 * a, lambda s: s)),
    ]
    for short, general in pairs:
        assert np.allclose(short.energy(g, mu), general.energy(g, mu))
        for one, other in zip(short.forces(g, mu), general.forces(g, mu), strict=True):
            assert np.allclose(one, other)


def test_the_low_rank_coupling_adds_a_gram_matrix_and_an_outer_product(draw):
    g, mu = draw.normal(N), draw.rows(N, COLUMNS)
    delta_x, delta_mu = hkam.LowRankCoupling(0.5).forces(g, mu)
    gram = np.asarray(mu) @ np.asarray(mu).T
    assert np.linalg.matrix_rank(gram) <= COLUMNS
    assert np.allclose(delta_x, 0.5 * gram @ np.asarray(g))
    assert np.allclose(delta_mu, 0.5 * np.outer(g, g) @ np.asarray(mu))


def masked(draw, strength=0.3):
    graph = hkam.watts_strogatz_graph(9, 4, seed=0)
    adjacency = np.zeros((9, 9))
    first, second = np.asarray(graph.edges).T
    adjacency[first, second] = adjacency[second, first] = 1
    gates = hkam.GatingCoupling(hkam.DenseSynapses(jnp.asarray(strength * adjacency)))
    return hkam.MaskedCoupling(strength, graph), gates


def test_a_masked_coupling_gates_the_synapses_of_its_graph(draw):
    coupling, gates = masked(draw)
    g, mu = draw.normal(9), draw.rows(9, COLUMNS)
    assert np.allclose(coupling.energy(g, mu), gates.energy(g, mu))
    forces = eqx.filter_jit(coupling.forces)(g, mu)
    for one, other in zip(forces, gates.forces(g, mu), strict=True):
        assert np.allclose(one, other)
    slopes = jax.grad(lambda *inputs: -coupling.energy(*inputs), argnums=(0, 1))(g, mu)
    for one, other in zip(forces, slopes, strict=True):
        assert np.allclose(one, other)
    step = 1e-6
    ends = [hkam.MaskedCoupling(0.3 + sign * step, coupling.graph).energy(g, mu) for sign in (1, -1)]
    by_strength = jax.grad(lambda strength: hkam.MaskedCoupling(strength, coupling.graph).energy(g, mu))(0.3)
    assert by_strength == pytest.approx(float(ends[0] - ends[1]) / (2 * step), rel=1e-6)


def test_a_mask_of_all_pairs_leaves_out_only_what_a_unit_does_to_itself(draw):
    g, mu = draw.normal(N), draw.rows(N, COLUMNS)
    everyone = hkam.MaskedCoupling(0.3, hkam.complete_graph(N))
    low_rank = hkam.LowRankCoupling(0.3)
    assert np.allclose(low_rank.energy(g, mu) - everyone.energy(g, mu), -0.5 * 0.3 * jnp.sum(g**2))
    (delta_x, delta_mu), (all_x, all_mu) = everyone.forces(g, mu), low_rank.forces(g, mu)
    assert np.allclose(all_x - delta_x, 0.3 * g)
    assert np.allclose(sphere.tangent(mu, all_mu), sphere.tangent(mu, delta_mu))


def test_the_energy_of_a_masked_memory_falls_at_the_theorems_rate(draw):
    coupling, gates = masked(draw)
    hopfield = hkam.HopfieldMemory(hkam.TanhLagrangian(), hkam.DenseSynapses(draw.symmetric(9)), jnp.zeros(9))
    graph = hkam.watts_strogatz_graph(9, 2, seed=1)
    linear, rectified = draw.normal(graph.edge_count), draw.normal(graph.edge_count)
    memory = hkam.low_rank_memory(hopfield, linear, rectified, graph, strength=0.3, mask=coupling.graph)
    assert memory.broken_conditions == ()
    state = hkam.HopfieldKuramotoState(draw.normal(9), draw.rows(9, COLUMNS))
    assert memory.closed_form_rate(state) < 0
    assert np.allclose(memory.closed_form_rate(state), memory.energy_rate(state))
    gated = hkam.HopfieldKuramotoMemory(memory.hopfield, memory.kuramoto, gates)
    velocity, other = memory.vector_field(0.0, state), gated.vector_field(0.0, state)
    assert np.allclose(velocity.x, other.x)
    assert np.allclose(velocity.mu, other.mu)


def test_a_closed_gate_is_no_coupling(draw):
    g, mu = draw.normal(N), draw.rows(N, COLUMNS)
    closed = hkam.GatingCoupling(hkam.DenseSynapses(jnp.asarray(np.zeros((N, N)))))
    for coupling in (closed, hkam.NoCoupling(), hkam.LowRankCoupling(0.0)):
        assert float(coupling.energy(g, mu)) == 0
        assert not any(np.asarray(force).any() for force in coupling.forces(g, mu))


def test_couplings_say_whether_they_are_symmetric(draw):
    open_gate = hkam.DenseSynapses(draw.normal(N, N), symmetric=False)
    assert not hkam.GatingCoupling(open_gate).symmetric
    assert not hkam.PairCoupling(jnp.sin, jnp.sin, symmetric=False).symmetric
    assert hkam.LowRankCoupling().symmetric


def test_couplings_take_plain_numbers_and_name_what_they_refuse(without_shape_checks, draw):
    g, mu = draw.normal(N, dtype=np.float32), draw.rows(N, COLUMNS, dtype=np.float32)
    for strength in (1, 1.0, np.float32(1), jnp.asarray(1)):
        assert np.allclose(hkam.LowRankCoupling(strength).energy(g, mu), hkam.LowRankCoupling().energy(g, mu))
    assert hkam.LowRankCoupling(2).energy(g, mu).dtype == jnp.float32
    weight = draw.symmetric(N)
    listed = hkam.GatingCoupling(hkam.DenseSynapses(np.asarray(weight).tolist()))
    assert np.allclose(
        listed.energy(g, mu), hkam.GatingCoupling(hkam.DenseSynapses(weight)).energy(g, mu), rtol=1e-5
    )
    refused = [
        (lambda: hkam.LowRankCoupling(float("nan")), "strength must be finite"),
        (lambda: hkam.LowRankCoupling([1.0, 2.0]), r"strength must have shape \(\), but has \(2,\)"),
        (lambda: hkam.LowRankCoupling("1"), "strength must be an array of real numbers"),
        (lambda: hkam.LowRankCoupling(1j), "strength must be an array of real numbers"),
        (lambda: hkam.GatingCoupling(weight), r"synapses must be hkam's, such as DenseSynapses\(weight\)"),
        (lambda: hkam.MaskedCoupling(float("nan"), hkam.complete_graph(N)), "strength must be finite"),
        (lambda: hkam.MaskedCoupling(1.0, weight), "graph must be .*, but is a "),
        (lambda: hkam.PairCoupling(1.0, jnp.sin), "G must be a function of a matrix, but is a float"),
        (lambda: hkam.PairCoupling(jnp.sin, weight), "chi must be a function of a matrix"),
    ]
    for make, message in refused:
        with pytest.raises(ValueError, match=message):
            make()


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
def test_couplings_are_right_to_half_precision(draw, dtype):
    n = 200
    g, mu = (value.astype(dtype) for value in (draw.normal(n), draw.rows(n, COLUMNS)))
    exact = g.astype(float), mu.astype(float)
    weight = draw.symmetric(n)
    for make in (
        lambda kind: hkam.LowRankCoupling(jnp.asarray(0.5, kind)),
        lambda kind: hkam.GatingCoupling(hkam.DenseSynapses(weight.astype(dtype).astype(kind))),
        lambda kind: hkam.PairCoupling(jnp.tanh, lambda s: s),
        lambda kind: hkam.MaskedCoupling(jnp.asarray(0.5, kind), hkam.watts_strogatz_graph(n, 20, seed=0)),
    ):
        half, full = make(dtype), make(jnp.float64)
        assert np.isclose(half.energy(g, mu), full.energy(*exact), rtol=1e-4)
        for one, other in zip(half.forces(g, mu), full.forces(*exact), strict=True):
            largest = np.abs(np.asarray(other)).max()
            assert np.allclose(one.astype(float), other, atol=4 * jnp.finfo(dtype).eps * largest)
