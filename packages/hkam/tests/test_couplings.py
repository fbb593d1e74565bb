import jax
import jax.numpy as jnp
import numpy as np

import hkam

N, COLUMNS = 5, 3


def test_forces_are_the_printed_sums_up_to_what_the_projection_removes(draw):
    weight, g, mu = draw.symmetric(N), draw.normal(N), draw.rows(N, COLUMNS)
    coupling = hkam.PairCoupling(jnp.sin, lambda s: weight * s**2)
    delta_x, delta_mu = jax.jit(coupling.forces)(g, mu)
    W, a, rows = np.asarray(weight), np.outer(g, g), np.asarray(mu)
    s = rows @ rows.T
    assert np.allclose(delta_x, (np.cos(a) * W * s**2) @ g)
    printed = (np.sin(a) * 2 * W * s * (1 - np.eye(N))) @ rows
    assert np.allclose(hkam.tangent(mu, delta_mu), hkam.tangent(mu, jnp.asarray(printed)))


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
