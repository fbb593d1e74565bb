import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hkam import ConvolutionConnection, DenseConnection, DenseSynapses, LayeredSynapses


def layered(key):
    keys = jax.random.split(key, 3)
    shapes = [(4, 4, 2), (4, 4, 3), (5,)]
    return LayeredSynapses(
        shapes,
        [
            ConvolutionConnection(jax.random.normal(keys[0], (3, 3, 2, 3)), 0, 1),
            DenseConnection(jax.random.normal(keys[1], (5, 48)), 1, 2),
            DenseConnection(jax.random.normal(keys[2], (5, 5)), 2, 2),
        ],
    )


def test_layers_with_feedback_are_a_symmetric_matrix(key):
    synapses = layered(key)
    assert synapses.size == 32 + 48 + 5
    matrix = synapses.matrix()
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)


def test_layers_that_are_not_connected_do_not_speak(key):
    matrix = layered(key).matrix()
    np.testing.assert_array_equal(matrix[:32, 80:], 0)
    np.testing.assert_array_equal(matrix[:32, :32], 0)


def test_a_dense_layer_pair_is_its_block_matrix(key):
    weight = jax.random.normal(key, (3, 2))
    matrix = LayeredSynapses([(2,), (3,)], [DenseConnection(weight, 0, 1)]).matrix()
    np.testing.assert_allclose(
        matrix, jnp.block([[jnp.zeros((2, 2)), weight.T], [weight, jnp.zeros((3, 3))]])
    )


def test_training_keeps_a_symmetric_matrix_symmetric(key):
    x = jax.random.normal(key, (4,))
    gradient = jax.grad(lambda weight: jnp.sum(DenseSynapses(weight)(x) ** 2 * jnp.arange(4)))(jnp.eye(4))
    np.testing.assert_allclose(gradient, gradient.T, atol=1e-12)


def test_connections_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="names layer 2, but there are 2 layers"):
        LayeredSynapses([(2,), (3,)], [DenseConnection(jnp.zeros((3, 2)), 0, 2)])
    with pytest.raises(ValueError, match=r"must send shape \(3,\), but sends 4 values"):
        LayeredSynapses([(2,), (3,)], [DenseConnection(jnp.zeros((4, 2)), 0, 1)])
    with pytest.raises(ValueError, match="does not fit its source layer"):
        LayeredSynapses([(2,), (3,)], [DenseConnection(jnp.zeros((3, 5)), 0, 1)])
