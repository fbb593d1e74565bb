import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import hkam

# Few shapes, many values: JAX compiles anew for every shape.
numbers = hnp.arrays(np.float64, st.sampled_from([0, 1, 5]), elements=st.floats(-1, 1))


@given(numbers, st.sampled_from([2, 4]), st.booleans(), st.integers(0, 9))
def test_decoding_returns_what_was_encoded_and_rows_are_unit(values, dimensions, own_directions, seed):
    random = np.random.default_rng(seed)
    directions = None
    if own_directions:
        directions = random.normal(size=(len(values), dimensions - 1))
        directions = jnp.asarray(directions / np.linalg.norm(directions, axis=1, keepdims=True))
    mu = hkam.encode_scalars(jnp.asarray(values), dimensions, directions=directions)
    assert mu.shape == (len(values) + 1, dimensions)
    assert np.allclose(np.linalg.norm(mu, axis=1), 1, atol=1e-12)
    assert np.allclose(hkam.decode_scalars(mu), values, atol=1e-12)
    rotation, _ = np.linalg.qr(random.normal(size=(dimensions, dimensions)))
    assert np.allclose(hkam.decode_scalars(mu @ jnp.asarray(rotation)), values, atol=1e-12)


def test_by_default_the_rest_points_along_the_second_axis():
    mu = hkam.encode_scalars(jnp.asarray([0.6], jnp.float32), 3)
    assert mu.dtype == jnp.float32
    assert np.allclose(mu, [[1, 0, 0], [0.6, 0.8, 0]])


def test_values_beyond_one_and_too_few_columns_are_refused(without_shape_checks):
    with pytest.raises(ValueError, match=r"values must lie between −1 and 1, but reach 1\.5"):
        hkam.encode_scalars(jnp.asarray([0.0, -1.5]), 3)
    with pytest.raises(ValueError, match="values must lie"):
        hkam.encode_scalars(jnp.asarray([np.nan]), 3)
    with pytest.raises(ValueError, match="dimensions must be at least 2, but is 1"):
        hkam.encode_scalars(jnp.asarray([0.0]), 1)
    with pytest.raises(ValueError, match=r"directions must have shape \(1, 2\), but has \(1, 3\)"):
        hkam.encode_scalars(jnp.asarray([0.0]), 3, directions=jnp.ones((1, 3)))
