import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hkam import (
    FunctionLagrangian,
    IdentityLagrangian,
    LayeredLagrangian,
    ReLULagrangian,
    SigmoidLagrangian,
    SoftmaxLagrangian,
    TanhLagrangian,
)

ACTIVATIONS = {
    IdentityLagrangian: lambda x: x,
    ReLULagrangian: jax.nn.relu,
    TanhLagrangian: jnp.tanh,
    SigmoidLagrangian: jax.nn.sigmoid,
    SoftmaxLagrangian: jax.nn.softmax,
}


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_the_activation_is_the_gradient(kind, key):
    x = 3 * jax.random.normal(key, (7,))
    np.testing.assert_allclose(kind().activation(x), ACTIVATIONS[kind](x), atol=1e-12)


@pytest.mark.parametrize("kind", ACTIVATIONS)
@pytest.mark.parametrize("scale", [0.0, 1.0, 500.0])
def test_a_lagrangian_that_calls_itself_convex_has_a_positive_semidefinite_hessian(kind, scale, key):
    x = scale * jax.random.normal(key, (6,))
    gain = jax.vmap(kind().gain, (None, 0))(x, jnp.eye(6))
    assert kind().convex
    assert jnp.linalg.eigvalsh(gain).min() >= -1e-12


def test_the_gain_is_the_hessian_applied_to_a_vector(key):
    x, v = jax.random.normal(key, (2, 5))
    np.testing.assert_allclose(
        SoftmaxLagrangian().gain(x, v), jax.hessian(SoftmaxLagrangian())(x) @ v, atol=1e-12
    )


def test_a_users_own_function_counts_as_convex_only_when_said_so(key):
    x = jax.random.normal(key, (4,))
    own = FunctionLagrangian(lambda x: jnp.sum(x**4) / 4)
    np.testing.assert_allclose(own.activation(x), x**3)
    assert not own.convex
    assert FunctionLagrangian(own.function, convex=True).convex


def test_layers_act_apart(key):
    x = jax.random.normal(key, (5,))
    layered = LayeredLagrangian([ReLULagrangian(), SoftmaxLagrangian()], [2, 3])
    expected = jnp.concatenate([jax.nn.relu(x[:2]), jax.nn.softmax(x[2:])])
    np.testing.assert_allclose(layered.activation(x), expected, atol=1e-12)
    assert layered.convex
    assert not LayeredLagrangian([ReLULagrangian(), FunctionLagrangian(jnp.sum)], [2, 3]).convex


def test_layers_need_a_size_each():
    with pytest.raises(ValueError, match="one entry a part, 1, but came with 2"):
        LayeredLagrangian([ReLULagrangian()], [1, 2])
