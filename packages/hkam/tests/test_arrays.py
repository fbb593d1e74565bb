import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import scipy.sparse

from hkam._arrays import count, real_array, wide


@pytest.mark.parametrize(
    "value",
    [[1, 2], (1.0, 2.0), np.array([1, 2], np.uint8), np.array([1.0, 2.0], np.float32), jnp.asarray([1, 2])],
)
def test_numbers_of_any_kind_become_floating_arrays(value):
    array = real_array("x", value)
    assert isinstance(array, jax.Array)
    assert jnp.issubdtype(array.dtype, jnp.floating)
    assert array.tolist() == [1, 2]


def test_floating_arrays_keep_their_precision():
    for dtype in (np.float16, ml_dtypes.bfloat16, np.float32, np.float64):
        assert real_array("x", np.ones(2, dtype)).dtype == dtype


def test_a_python_number_keeps_to_the_precision_of_what_it_meets():
    for number in (2, 2.0):
        assert (real_array("x", number) * jnp.ones(2, jnp.float32)).dtype == jnp.float32


@pytest.mark.parametrize("form", ["csr_array", "coo_matrix", "lil_array"])
def test_sparse_matrices_are_written_out(form):
    dense = np.array([[0.0, 2.0], [3.0, 0.0]])
    assert np.array_equal(real_array("x", getattr(scipy.sparse, form)(dense)), dense)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "x must be an array of real numbers, but is NoneType"),
        ("ab", "x must be an array of real numbers, but is of type <U2"),
        ([[1.0], [1.0, 2.0]], "x must be an array of real numbers, but is list"),
        ([True], "x must be an array of real numbers, but is of type bool"),
        (True, "x must be an array of real numbers, but is of type bool"),
        (1j, "x must be an array of real numbers, but is of type complex128"),
        (jnp.asarray([1j]), "x must be an array of real numbers, but is of type complex128"),
        (10**400, "x must be finite, but is larger than any floating number"),
        ({1, 2}, "x must be an array of real numbers, but is set"),
    ],
)
def test_what_is_no_array_of_real_numbers_is_refused_by_name(value, message):
    with pytest.raises(ValueError, match=message):
        real_array("x", value)


def test_traced_values_pass():
    assert jax.jit(lambda x: real_array("x", x))(jnp.asarray([1, 2])).tolist() == [1, 2]


def test_only_half_precision_is_widened():
    kinds = [
        value.dtype
        for value in wide(*(jnp.ones(1, t) for t in (jnp.float16, jnp.bfloat16, jnp.float32, float)))
    ]
    assert kinds == [jnp.float32] * 3 + [jnp.float64]


@pytest.mark.parametrize("value", [2, np.int8(2), np.uint64(2), jnp.asarray(2)])
def test_whole_numbers_of_any_type_count(value):
    assert type(count("n", value)) is int


@pytest.mark.parametrize("value", [2.0, "2", None, True, np.bool(1), -1, [2]])
def test_what_is_no_whole_number_does_not_count(value):
    with pytest.raises(ValueError, match="n must be a whole number of at least 0, but is"):
        count("n", value)
