import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import hkam
from hkam.sphere import check_unit_rows, row_products

# Few shapes, many values: JAX compiles anew for every shape.
rows = hnp.arrays(np.float64, st.sampled_from([(1, 1), (2, 4), (4, 2)]), elements=st.floats(0.1, 10))


@given(rows)
def test_scaling_rows_gives_unit_rows_and_keeps_directions(mu):
    unit = hkam.unit_rows(jnp.asarray(mu))
    assert hkam.has_unit_rows(unit)
    assert np.allclose(unit * np.linalg.norm(mu, axis=1, keepdims=True), mu)


@given(rows, st.integers(0, 100))
def test_a_tangent_vector_is_orthogonal_to_its_point_and_projecting_twice_is_projecting_once(mu, seed):
    mu = jnp.asarray(mu / np.linalg.norm(mu, axis=1, keepdims=True))
    once = hkam.tangent(mu, jnp.asarray(np.random.default_rng(seed).normal(size=mu.shape)))
    assert np.allclose(np.sum(np.asarray(once * mu), axis=1), 0, atol=1e-12)
    assert np.allclose(hkam.tangent(mu, once), once, atol=1e-12)


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_random_rotations_are_orthogonal(dimensions):
    q = hkam.random_rotation(dimensions, key=jax.random.key(0))
    assert jnp.allclose(q.T @ q, jnp.eye(dimensions), atol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 7])
def test_random_rows_are_unit(n):
    assert hkam.has_unit_rows(hkam.random_unit_rows(n, 3, key=jax.random.key(0)))


@pytest.mark.parametrize("bad", [2.0, 0.0, jnp.nan])
def test_rows_that_are_not_unit_vectors_are_named(bad):
    mu = jnp.eye(3).at[1].multiply(bad)
    assert not hkam.has_unit_rows(mu)
    with pytest.raises(ValueError, match=r"mu must have unit rows, but row \(1,\) has length"):
        check_unit_rows("mu", mu)


@pytest.mark.parametrize("columns", [1, 3, 8, 9])
def test_short_and_long_rows_are_treated_alike(draw, columns):
    one, other = draw.normal(4, columns), draw.normal(4, columns)
    assert np.allclose(row_products(one, other)[:, 0], jnp.sum(one * other, axis=-1))

    def written_out(mu):
        return mu / jnp.linalg.norm(mu, axis=-1, keepdims=True)

    assert np.allclose(hkam.unit_rows(one), written_out(one))
    for derivative in (jax.jacrev, jax.jacfwd):
        assert np.allclose(derivative(hkam.unit_rows)(one), derivative(written_out)(one))

    def bent(scale):
        return lambda mu: jnp.sum(jnp.sin(scale(mu)))

    assert np.allclose(jax.hessian(bent(hkam.unit_rows))(one), jax.hessian(bent(written_out))(one))
