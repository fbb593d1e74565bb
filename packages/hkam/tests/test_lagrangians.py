import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

import hkam

CLOSED_FORMS = {
    "identity": (hkam.IdentityLagrangian(), lambda x: x),
    "relu": (hkam.ReLULagrangian(), lambda x: np.maximum(x, 0)),
    "tanh": (hkam.TanhLagrangian(), np.tanh),
    "sigmoid": (hkam.SigmoidLagrangian(), scipy.special.expit),
    "softmax": (hkam.SoftmaxLagrangian(), scipy.special.softmax),
    "function": (hkam.FunctionLagrangian(lambda x: jnp.sum(x**4)), lambda x: 4 * x**3),
    "layered": (
        hkam.LayeredLagrangian([hkam.SoftmaxLagrangian(), hkam.TanhLagrangian()], [2, 3]),
        lambda x: np.concatenate([scipy.special.softmax(x[:2]), np.tanh(x[2:])]),
    ),
}
STATES = np.array([-3.0, -0.5, 0.0, 0.7, 2.0])


@pytest.mark.parametrize("name", CLOSED_FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_activation_is_the_known_function(name, dtype):
    lagrangian, activation = CLOSED_FORMS[name]
    got = jax.jit(lagrangian.activation)(jnp.asarray(STATES.astype(dtype)))
    assert got.dtype == dtype
    assert np.allclose(got, activation(STATES), atol=1e-6)


@pytest.mark.parametrize("name", ["identity", "tanh", "sigmoid", "softmax", "layered"])
def test_the_hessian_of_a_convex_lagrangian_is_positive_semidefinite_also_at_zero(name):
    lagrangian, activation = CLOSED_FORMS[name]
    hessian = np.asarray(
        jax.jit(jax.vmap(lambda v: lagrangian.gain(jnp.asarray(STATES), v)))(jnp.asarray(np.eye(5)))
    )
    tiny = 1e-5 * np.eye(5)
    measured = np.array([activation(STATES + step) - activation(STATES - step) for step in tiny]) / 2e-5
    assert lagrangian.convex
    assert np.allclose(hessian, measured, atol=1e-8)
    assert np.linalg.eigvalsh(hessian).min() > -1e-12


@pytest.mark.parametrize("name", list(CLOSED_FORMS)[:5])
def test_extreme_states_give_finite_activations(name):
    assert np.isfinite(jax.jit(CLOSED_FORMS[name][0].activation)(jnp.asarray([-1e4, 1e4]))).all()


def test_an_empty_state_has_an_empty_activation():
    assert hkam.TanhLagrangian().activation(jnp.asarray(np.zeros(0))).shape == (0,)


def test_a_function_counts_as_convex_only_when_said():
    assert not hkam.FunctionLagrangian(jnp.sum).convex
    assert hkam.FunctionLagrangian(jnp.sum, convex=True).convex
    assert not hkam.LayeredLagrangian([hkam.FunctionLagrangian(jnp.sum)], [1]).convex


def test_a_function_may_have_parameters():
    lagrangian = hkam.FunctionLagrangian(eqx.nn.Linear(3, "scalar", key=jax.random.key(0)))
    slope = eqx.filter_grad(lambda model, x: model(x))(lagrangian, jnp.asarray(STATES[:3]))
    assert np.allclose(slope.function.weight, STATES[None, :3])


def test_layers_and_sizes_must_correspond():
    with pytest.raises(ValueError, match="sizes must have one entry per part, 1, but have 2"):
        hkam.LayeredLagrangian([hkam.TanhLagrangian()], [1, 2])
