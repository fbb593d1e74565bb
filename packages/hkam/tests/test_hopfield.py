import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam


def test_field_and_energy_are_the_papers(draw):
    weight, bias, x = draw.symmetric(4), draw.normal(4), draw.normal(4)
    memory = hkam.HopfieldMemory(hkam.ReLULagrangian(), hkam.DenseSynapses(weight), bias)
    W, b, g = np.asarray(weight), np.asarray(bias), np.maximum(x, 0)
    state = hkam.HopfieldState(x)
    assert np.allclose(memory.vector_field(0.0, state).x, W @ g - x + b)
    assert np.allclose(memory.energy(state), (x - b) @ g - 0.5 * g @ g - 0.5 * g @ W @ g)


def test_permuting_units_permutes_the_field(draw):
    weight, bias, x = draw.symmetric(5), draw.normal(5), draw.normal(5)
    order = draw.random.permutation(5)

    @jax.jit
    def field(weight, bias, x):
        memory = hkam.HopfieldMemory(hkam.SoftmaxLagrangian(), hkam.DenseSynapses(weight), bias)
        return memory.vector_field(0.0, hkam.HopfieldState(x)).x, memory.energy(hkam.HopfieldState(x))

    direct, energy = field(weight, bias, x)
    permuted, same_energy = field(weight[order][:, order], bias[order], x[order])
    assert np.allclose(permuted, np.asarray(direct)[order])
    assert np.allclose(energy, same_energy)


def test_hebbian_weights_make_patterns_attractive(draw):
    patterns = jnp.asarray(np.sign(draw.random.normal(size=(2, 40))))
    weight = hkam.hebbian_weights(patterns)
    assert not np.diag(np.asarray(weight)).any()
    memory = hkam.HopfieldMemory(
        hkam.TanhLagrangian(), hkam.DenseSynapses(4 * weight), jnp.asarray(np.zeros(40))
    )
    noisy = patterns[0] * jnp.asarray(np.where(np.arange(40) < 4, -1.0, 1.0))
    end = hkam.recall(memory, hkam.HopfieldState(noisy), 10.0)
    assert np.array_equal(np.sign(end.state.x), patterns[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [0, 1])
def test_no_unit_and_one_unit_work_in_both_precisions(draw, n, dtype):
    zeros = jnp.asarray(np.zeros((n, n), dtype))
    memory = hkam.HopfieldMemory(
        hkam.TanhLagrangian(), hkam.DenseSynapses(zeros), jnp.asarray(np.ones(n, dtype))
    )
    x = memory.vector_field(0.0, hkam.HopfieldState(jnp.asarray(np.zeros(n, dtype)))).x
    assert x.dtype == dtype
    assert np.array_equal(x, np.ones(n))


def test_bias_and_state_must_fit(without_shape_checks):
    synapses = hkam.DenseSynapses(jnp.asarray(np.eye(3)))
    with pytest.raises(ValueError, match=r"bias must have shape \(3,\), but has \(2,\)"):
        hkam.HopfieldMemory(hkam.TanhLagrangian(), synapses, jnp.asarray(np.zeros(2)))
    with pytest.raises(ValueError, match="bias must be finite"):
        hkam.HopfieldMemory(hkam.TanhLagrangian(), synapses, jnp.asarray([0.0, np.nan, 0.0]))
    memory = hkam.HopfieldMemory(hkam.TanhLagrangian(), synapses, jnp.asarray(np.zeros(3)))
    with pytest.raises(ValueError, match=r"state.x must have shape \(3,\), but has \(4,\)"):
        memory.check_state(hkam.HopfieldState(jnp.asarray(np.zeros(4))))
    with pytest.raises(ValueError, match=r"state.x must be finite"):
        memory.check_state(hkam.HopfieldState(jnp.asarray([0.0, np.inf, 0.0])))
