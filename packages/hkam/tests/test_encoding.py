import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hkam import encoding

# Few shapes, many values: JAX compiles anew for every shape.
numbers = hnp.arrays(np.float64, st.sampled_from([0, 1, 5]), elements=st.floats(-1, 1))


@given(numbers, st.sampled_from([2, 4]), st.booleans(), st.integers(0, 9))
def test_decoding_returns_what_was_encoded_and_rows_are_unit(values, dimensions, own_directions, seed):
    random = np.random.default_rng(seed)
    directions = None
    if own_directions:
        directions = random.normal(size=(len(values), dimensions - 1))
        directions = jnp.asarray(directions / np.linalg.norm(directions, axis=1, keepdims=True))
    mu = encoding.encode_scalars(jnp.asarray(values), dimensions, directions=directions)
    assert mu.shape == (len(values) + 1, dimensions)
    assert np.allclose(np.linalg.norm(mu, axis=1), 1, atol=1e-12)
    assert np.allclose(encoding.decode_scalars(mu), values, atol=1e-12)
    rotation, _ = np.linalg.qr(random.normal(size=(dimensions, dimensions)))
    assert np.allclose(encoding.decode_scalars(mu @ jnp.asarray(rotation)), values, atol=1e-12)


def test_by_default_the_rest_points_along_the_second_axis():
    mu = encoding.encode_scalars(jnp.asarray([0.6], jnp.float32), 3)
    assert mu.dtype == jnp.float32
    assert np.allclose(mu, [[1, 0, 0], [0.6, 0.8, 0]])


def test_values_beyond_one_and_too_few_columns_are_refused(without_shape_checks):
    with pytest.raises(ValueError, match=r"values must lie between −1 and 1, but reach 1\.5"):
        encoding.encode_scalars(jnp.asarray([0.0, -1.5]), 3)
    with pytest.raises(ValueError, match="values must lie"):
        encoding.encode_scalars(jnp.asarray([np.nan]), 3)
    with pytest.raises(ValueError, match="dimensions must be at least 2, but is 1"):
        encoding.encode_scalars(jnp.asarray([0.0]), 1)
    with pytest.raises(ValueError, match=r"directions must have shape \(1, 2\), but has \(1, 3\)"):
        encoding.encode_scalars(jnp.asarray([0.0]), 3, directions=jnp.ones((1, 3)))


def test_the_ends_of_the_interval_have_a_finite_derivative():
    values = jnp.asarray([1.0, -1.0, 0.6, 0.0])
    slopes = jax.jit(jax.jacfwd(lambda v: encoding.encode_scalars(v, 2)))(values)
    assert np.isfinite(slopes).all()
    assert np.allclose(slopes[1:, 1].diagonal(), [0, 0, -0.75, 0])
    assert np.isfinite(jax.grad(lambda v: jnp.sum(encoding.encode_scalars(v, 3) ** 3))(values)).all()


def test_lists_and_whole_numbers_are_encoded(without_shape_checks):
    assert np.allclose(encoding.encode_scalars([1, 0], 2), [[1, 0], [1, 0], [0, 1]])
    assert np.allclose(encoding.decode_scalars(encoding.encode_scalars([0.6, -1], 3)), [0.6, -1])


def test_what_cannot_be_encoded_is_named(without_shape_checks):
    refused = [
        (lambda: encoding.encode_scalars([jnp.nan], 3), "values must lie between"),
        (
            lambda: encoding.encode_scalars([[0.5]], 3),
            r"values must be a row of numbers, but has shape \(1, 1\)",
        ),
        (lambda: encoding.encode_scalars(["a"], 3), "values must be an array of real numbers"),
        (lambda: encoding.encode_scalars([0.5], 2.5), "dimensions must be a whole number"),
        (
            lambda: encoding.encode_scalars([0.5], 3, directions=[[2.0, 0.0]]),
            "directions must have unit rows",
        ),
        (
            lambda: encoding.encode_scalars([0.5], 3, directions=[[1.0]]),
            r"directions must have shape \(1, 2\)",
        ),
        (lambda: encoding.decode_scalars(np.ones((0, 3))), "mu must be at least one row"),
        (lambda: encoding.decode_scalars([1.0]), "mu must be at least one row"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize(("oscillators", "dimensions"), [(5, 2), (6, 3), (7, 4), (3, 5), (1, 3), (4, 1)])
def test_as_many_products_are_free_as_their_slopes_have_rank(draw, oscillators, dimensions):
    def products(rows):
        mu = rows / jnp.linalg.norm(rows, axis=1, keepdims=True)
        return (mu @ mu.T)[jnp.triu_indices(oscillators, k=1)]

    slopes = jax.jacobian(products)(draw.rows(oscillators, dimensions))
    rank = np.linalg.matrix_rank(np.reshape(slopes, (-1, oscillators * dimensions))) if slopes.size else 0
    assert encoding.independent_products(oscillators, dimensions) == rank


def test_a_number_of_oscillators_that_there_is_not_is_named(without_shape_checks):
    with pytest.raises(ValueError, match="oscillators must be a whole number of at least 0, but is -1"):
        encoding.independent_products(-1, 3)
    with pytest.raises(ValueError, match="dimensions must be a whole number of at least 1, but is 0"):
        encoding.independent_products(3, 0)
