import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import hkam
from hkam.analysis import follow_energy
from hkam.lagrangians import AttentionLagrangian, LayerNormLagrangian, PoolingLagrangian

UNITS = 12
SHIFT = np.linspace(-1, 1, 4)


def attention(x):
    return scipy.special.softmax(2 * x.reshape(3, 4), axis=1).reshape(-1)


def layer_norm(x):
    tokens = x.reshape(3, 4)
    deviation = np.sqrt(tokens.var(axis=1, keepdims=True) + 0.1)
    return (1.5 * (tokens - tokens.mean(axis=1, keepdims=True)) / deviation + SHIFT).reshape(-1)


def pooling(x):
    windows = x.reshape(2, 6).T.reshape(3, 4)  # columns of two by two units of a layer of two by six
    soft = scipy.special.logsumexp(3 * windows, axis=1, b=1 / 4) / 3
    shares = np.maximum(soft, 0)[:, None] * scipy.special.softmax(3 * windows, axis=1)
    return shares.reshape(6, 2).T.reshape(-1)


CLOSED_FORMS = {
    "attention": (AttentionLagrangian(4, beta=2.0), attention),
    "layer norm": (LayerNormLagrangian(4, epsilon=0.1, scale=1.5, shift=jnp.asarray(SHIFT)), layer_norm),
    "pooling": (PoolingLagrangian((2, 6), (2, 2), beta=3.0), pooling),
}
LAYERED = hkam.LayeredLagrangian(
    [*(lagrangian for lagrangian, _ in CLOSED_FORMS.values()), hkam.TanhLagrangian()], [UNITS] * 3 + [2]
)
CONVEX = {**{name: lagrangian for name, (lagrangian, _) in CLOSED_FORMS.items()}, "layered": LAYERED}


def states(units, number=20, seed=0):
    return np.random.default_rng(seed).normal(scale=2, size=(number, units))


def single(module):
    return jax.tree.map(lambda leaf: leaf.astype(np.float32), module)


@eqx.filter_jit
def activations(lagrangian, x):
    return jax.vmap(lagrangian.activation)(x)


@eqx.filter_jit
def hessians(lagrangian, x):
    return jax.vmap(lambda one: jax.vmap(lambda v: lagrangian.gain(one, v))(jnp.eye(one.size)))(x)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_the_activation_is_the_known_function_in_single_and_double_precision(name):
    lagrangian, activation = CLOSED_FORMS[name]
    x = states(UNITS)
    wanted = np.stack([activation(one) for one in x])
    for module, dtype, tolerance in ((lagrangian, np.float64, 1e-12), (single(lagrangian), np.float32, 3e-6)):
        got = activations(module, jnp.asarray(x.astype(dtype)))
        assert got.dtype == dtype
        assert np.allclose(got, wanted, atol=tolerance)


@pytest.mark.parametrize("name", CONVEX)
def test_the_activation_is_the_gradient_by_finite_differences(name):
    lagrangian = CONVEX[name]
    x = states(38 if name == "layered" else UNITS, 1)[0]
    value = eqx.filter_jit(lambda module, points: jax.vmap(module)(points))
    step = 1e-6 * np.eye(x.size)
    measured = (value(lagrangian, jnp.asarray(x + step)) - value(lagrangian, jnp.asarray(x - step))) / 2e-6
    assert np.allclose(lagrangian.activation(jnp.asarray(x)), measured, atol=1e-7)


@pytest.mark.parametrize("name", CONVEX)
def test_the_hessian_is_symmetric_and_positive_semidefinite_at_random_states(name):
    lagrangian = CONVEX[name]
    got = np.asarray(hessians(lagrangian, jnp.asarray(states(38 if name == "layered" else UNITS))))
    assert lagrangian.convex
    assert np.allclose(got, got.swapaxes(1, 2), atol=1e-12)
    assert np.linalg.eigvalsh(got).min() > -1e-12


@given(st.sampled_from([(1, 2), (5, 1), (4, 3)]), st.floats(0.01, 100), st.integers(0, 1000))
def test_what_a_token_spreads_over_its_slots_sums_up_to_one(shape, beta, seed):
    slots, tokens = shape
    x = states(slots * tokens, 1, seed)[0]
    got = np.asarray(AttentionLagrangian(slots, beta=beta).activation(jnp.asarray(x))).reshape(tokens, slots)
    assert np.allclose(got.sum(axis=1), 1)
    assert (got >= 0).all()


def test_attention_over_all_units_is_softmax():
    x = jnp.asarray(states(UNITS, 1)[0])
    assert np.allclose(AttentionLagrangian(UNITS)(x), hkam.SoftmaxLagrangian()(x))


def test_scores_bound_to_a_query_settle_to_attention(draw):
    keys, query = draw.normal(5, 3), draw.normal(3)
    lagrangian = hkam.LayeredLagrangian([hkam.IdentityLagrangian(), AttentionLagrangian(5)], [3, 5])
    synapses = hkam.LayeredSynapses([(3,), (5,)], [hkam.DenseConnection(weight=keys, source=0, target=1)])
    memory = hkam.HopfieldMemory(lagrangian, synapses, jnp.zeros(8))
    velocity = memory.vector_field(0.0, hkam.HopfieldState(jnp.concatenate([query, keys @ query]))).x
    assert np.allclose(velocity[3:], 0)
    assert np.allclose(velocity[:3] + query, scipy.special.softmax(keys @ query) @ keys)


def test_without_epsilon_layer_norm_standardises():
    x = states(UNITS)
    wanted = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    for epsilon in (1e-4, 1e-8, 1e-12):
        got = jax.vmap(LayerNormLagrangian(UNITS, epsilon=epsilon).activation)(jnp.asarray(x))
        assert np.abs(got - wanted).max() < 10 * epsilon


def test_layer_norm_ignores_what_all_units_have_in_common_and_stays_finite_where_they_are_equal():
    lagrangian = LayerNormLagrangian(UNITS)
    x = jnp.asarray(states(UNITS, 1)[0])
    assert np.allclose(lagrangian.activation(x + 100), lagrangian.activation(x))
    assert np.allclose(lagrangian.activation(jnp.full(UNITS, 7.0)), 0)
    assert np.isfinite(lagrangian.gain(jnp.full(UNITS, 7.0), x)).all()


@given(st.floats(1e-6, 1e6), st.integers(0, 1000))
def test_a_pooled_value_lies_between_mean_and_maximum(beta, seed):
    x = states(UNITS, 1, seed)[0]
    (got,) = np.asarray(PoolingLagrangian((UNITS,), (UNITS,), beta=beta).pooled(jnp.asarray(x)))
    assert x.mean() - 1e-9 <= got <= x.max() + 1e-9


def test_pooling_tends_to_the_maximum_and_to_the_mean():
    x = states(UNITS).reshape(20, 3, 4)
    for beta, wanted in ((1e5, x.max(axis=2)), (1e-7, x.mean(axis=2))):
        pooled = jax.vmap(PoolingLagrangian((3, 4), (1, 4), beta=beta).pooled)
        assert np.allclose(pooled(jnp.asarray(x.reshape(20, -1))), wanted, atol=2e-5)


def test_equal_synapses_hand_on_the_rectified_pooled_values_of_squares():
    layer = PoolingLagrangian((4, 4, 2), (2, 2, 1), beta=50.0)
    x = jnp.asarray(states(32, 1)[0])
    kernel = jnp.broadcast_to(jnp.eye(2), (2, 2, 2, 2))
    sums = hkam.ConvolutionConnection(kernel=kernel, source=0, target=1, stride=2)
    received = sums(layer.activation(x).reshape(4, 4, 2))
    squares = np.asarray(x).reshape(2, 2, 2, 2, 2).max(axis=(1, 3))
    assert np.allclose(received.reshape(-1), np.maximum(layer.pooled(x), 0))
    assert np.allclose(received, np.maximum(squares, 0), atol=np.log(4) / 50 + 1e-9)


@pytest.mark.parametrize("name", CLOSED_FORMS)
@pytest.mark.parametrize("size", [0.0, 1e4, 1e25])
def test_extreme_states_give_finite_activations_and_gains(name, size):
    lagrangian = single(CLOSED_FORMS[name][0])
    x = jnp.asarray(size * np.sign(states(UNITS, 1)[0]), jnp.float32)
    assert np.isfinite(lagrangian.activation(x)).all()
    assert np.isfinite(lagrangian.gain(x, jnp.ones_like(x))).all()


def test_no_units_have_no_activation():
    for lagrangian in (AttentionLagrangian(3), LayerNormLagrangian(3)):
        assert lagrangian.activation(jnp.zeros(0)).shape == (0,)


def test_the_energy_of_a_memory_of_such_layers_never_rises(draw):
    memory = hkam.HopfieldMemory(LAYERED, hkam.DenseSynapses(draw.symmetric(38)), draw.normal(38))
    followed = follow_energy(memory, hkam.HopfieldState(3 * draw.normal(38)), 5.0, samples=101)
    assert memory.broken_conditions == ()
    assert followed.largest_rise < 1e-9
    assert followed.rate_deviation < 1e-9


def test_temperature_scale_and_shift_can_be_learned():
    x = jnp.asarray(states(UNITS, 1)[0])
    for lagrangian, _ in CLOSED_FORMS.values():
        slopes = eqx.filter_grad(lambda module: jnp.sum(module.activation(x) ** 2))(lagrangian)
        assert all(np.abs(leaf).max() > 0 for leaf in jax.tree.leaves(slopes))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: AttentionLagrangian(0), "slots must be a whole number of at least 1, but is 0"),
        (lambda: AttentionLagrangian(2, beta=0.0), "beta must be positive and finite, but is 0.0"),
        (lambda: LayerNormLagrangian(2.5), "width must be a whole number of at least 1, but is 2.5"),
        (lambda: LayerNormLagrangian(2, epsilon=0.0), "epsilon must be positive and finite, but is 0.0"),
        (lambda: LayerNormLagrangian(2, scale=-1.0), "scale must be positive and finite, but is -1.0"),
        (lambda: LayerNormLagrangian(2, shift=[1.0]), r"shift must have shape \(2,\), but has \(1,\)"),
        (lambda: LayerNormLagrangian(2, shift=float("nan")), "shift must be finite"),
        (lambda: PoolingLagrangian(4, (2,)), "shape must be a tuple of whole numbers"),
        (lambda: PoolingLagrangian((4, 0), (2, 1)), "shape must be a whole number of at least 1, but is 0"),
        (
            lambda: PoolingLagrangian((4, 3), (2, 2)),
            r"window must divide the sides \(4, 3\), but is \(2, 2\)",
        ),
        (lambda: PoolingLagrangian((4, 3), (2,)), r"window must divide the sides \(4, 3\), but is \(2,\)"),
        (
            lambda: PoolingLagrangian((4,), (2,), beta=float("inf")),
            "beta must be positive and finite, but is inf",
        ),
    ],
)
def test_bad_arguments_are_named(make, sentence, without_shape_checks):
    with pytest.raises(ValueError, match=sentence):
        make()


@pytest.mark.parametrize(
    ("lagrangian", "sentence"),
    [
        (AttentionLagrangian(5), "slots must divide the number of units, 12, but is 5"),
        (LayerNormLagrangian(5), "width must divide the number of units, 12, but is 5"),
        (PoolingLagrangian((5,), (5,)), r"x must have shape \(5,\), but has \(12,\)"),
        (
            hkam.LayeredLagrangian([AttentionLagrangian(5)], [5]),
            r"sizes must sum up to the number of units, 12, but",
        ),
    ],
)
def test_states_of_another_size_are_refused(lagrangian, sentence):
    with pytest.raises(ValueError, match=sentence):
        lagrangian.activation(jnp.zeros(UNITS))
