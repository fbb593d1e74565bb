import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import hkam
from hkam import sphere
from hkam.sphere import check_unit_rows, row_lengths, row_products

# Few shapes, many values: JAX compiles anew for every shape.
rows = hnp.arrays(np.float64, st.sampled_from([(1, 1), (2, 4), (4, 2)]), elements=st.floats(0.1, 10))


@given(rows)
def test_scaling_rows_gives_unit_rows_and_keeps_directions(mu):
    unit = hkam.unit_rows(jnp.asarray(mu))
    assert sphere.has_unit_rows(unit)
    assert np.allclose(unit * np.linalg.norm(mu, axis=1, keepdims=True), mu)


@given(rows, st.integers(0, 100))
def test_a_tangent_vector_is_orthogonal_to_its_point_and_projecting_twice_is_projecting_once(mu, seed):
    mu = jnp.asarray(mu / np.linalg.norm(mu, axis=1, keepdims=True))
    once = sphere.tangent(mu, jnp.asarray(np.random.default_rng(seed).normal(size=mu.shape)))
    assert np.allclose(np.sum(np.asarray(once * mu), axis=1), 0, atol=1e-12)
    assert np.allclose(sphere.tangent(mu, once), once, atol=1e-12)


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_random_rotations_are_orthogonal(dimensions):
    q = sphere.random_rotation(dimensions, key=jax.random.key(0))
    assert jnp.allclose(q.T @ q, jnp.eye(dimensions), atol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 7])
def test_random_rows_are_unit(n):
    assert sphere.has_unit_rows(hkam.random_unit_rows(n, 3, key=jax.random.key(0)))


@pytest.mark.parametrize("bad", [2.0, 0.0, jnp.nan])
def test_rows_that_are_not_unit_vectors_are_named(bad):
    mu = jnp.eye(3).at[1].multiply(bad)
    assert not sphere.has_unit_rows(mu)
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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("columns", [2, 3, 12])
def test_rows_of_any_finite_length_are_scaled_with_a_finite_derivative(dtype, columns):
    limits = np.finfo(dtype)
    direction = np.arange(1.0, columns + 1) / columns
    direction /= np.linalg.norm(direction)
    for length in (limits.max / 2, limits.max**0.6, 1.0, limits.tiny**0.6, limits.tiny * 100):
        mu = jnp.asarray(dtype(length) * direction.astype(dtype))
        unit, moved = jax.jvp(hkam.unit_rows, (mu,), (mu,))
        assert np.allclose(unit, direction, rtol=1e-5)
        assert np.isfinite(moved).all()
        assert np.allclose(moved, 0, atol=1e-5)  # a longer row points the same way


def test_a_row_of_zeros_stays_and_makes_no_nan():
    mu = jnp.asarray([[0.0, 0.0], [3.0, 4.0]])
    assert np.allclose(hkam.unit_rows(mu), [[0, 0], [0.6, 0.8]])
    slope = np.asarray(jax.jit(jax.grad(lambda m: hkam.unit_rows(m)[:, 0].sum()))(mu))
    assert np.isfinite(slope).all()
    assert not slope[0].any()
    assert row_lengths(mu).tolist() == [0, 5]
    assert np.allclose(jax.grad(lambda m: row_lengths(m).sum())(mu), [[0, 0], [0.6, 0.8]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lengths_of_huge_and_tiny_rows_are_right(dtype):
    for scale in (np.finfo(dtype).max / 8, np.finfo(dtype).tiny * 100):
        length = row_lengths(jnp.asarray(np.array([3, 4], dtype) * dtype(scale)))
        assert np.isclose(length, 5 * dtype(scale), rtol=1e-5)


def test_ordinary_rows_are_scaled_as_plainly_as_ever(draw):
    mu = draw.normal(50, 5, dtype=np.float32)
    plain = jax.jit(lambda rows: rows * jax.lax.rsqrt(row_products(rows, rows)))
    assert jnp.array_equal(jax.jit(hkam.unit_rows)(mu), plain(mu))


def test_half_precision_rows_are_scaled_in_single_precision():
    assert np.allclose(hkam.unit_rows(jnp.asarray([300.0, 400.0], jnp.float16)), [0.6, 0.8], atol=1e-3)


def test_half_precision_states_are_refused_by_name():
    mu = hkam.unit_rows(jnp.asarray([[1.0, 2.0]], jnp.bfloat16))
    with pytest.raises(ValueError, match="mu must be of single or double precision, but is of type bfloat16"):
        check_unit_rows("mu", mu)


def test_rows_must_be_real_and_sizes_whole(without_shape_checks):
    assert np.allclose(hkam.unit_rows([3, 4]), [0.6, 0.8])
    with pytest.raises(ValueError, match="mu must be an array of real numbers"):
        hkam.unit_rows([1j])
    with pytest.raises(ValueError, match="mu must be rows of real numbers, but is one number"):
        hkam.unit_rows(1.0)
    with pytest.raises(ValueError, match="n must be a whole number"):
        hkam.random_unit_rows(-1, 3, key=jax.random.key(0))
    with pytest.raises(ValueError, match="dimensions must be a whole number of at least 1"):
        sphere.random_rotation(0, key=jax.random.key(0))
