import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam


def layered(draw, stride=1):
    rows, columns = (-(-4 // stride), -(-5 // stride))
    return hkam.LayeredSynapses(
        [(4, 5, 2), (rows, columns, 3), (6,)],
        [
            hkam.ConvolutionConnection(kernel=draw.normal(3, 3, 2, 3), source=0, target=1, stride=stride),
            hkam.ConvolutionConnection(kernel=draw.normal(3, 3, 3, 3), source=1, target=1),
            hkam.DenseConnection(weight=draw.normal(6, rows * columns * 3), source=1, target=2),
        ],
    )


@pytest.mark.parametrize("stride", [1, 2])
def test_layers_make_a_symmetric_map_whatever_the_weights(draw, stride):
    matrix = np.asarray(eqx.filter_jit(lambda synapses: synapses.matrix())(layered(draw, stride)))
    assert np.allclose(matrix, matrix.T, atol=1e-12)
    assert matrix.any()


def test_a_convolution_is_the_printed_sum(draw):
    y, w = draw.normal(4, 5, 2), draw.normal(3, 3, 2, 3)
    got = hkam.ConvolutionConnection(kernel=w, source=0, target=1)(y)
    y, w = np.asarray(y), np.asarray(w)
    h, column, c = 1, 2, 1
    printed = sum(
        w[i + 1, j + 1, o, c] * y[h + i, column + j, o]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        for o in range(2)
    )
    assert np.allclose(np.asarray(got)[h, column, c], printed)


def test_splitting_a_state_gives_the_layers_in_their_shapes(draw):
    synapses = layered(draw)
    x = np.arange(float(synapses.size))
    parts = synapses.split(jnp.asarray(x))
    assert [part.shape for part in parts] == [(4, 5, 2), (4, 5, 3), (6,)]
    assert np.array_equal(np.concatenate([np.asarray(part).reshape(-1) for part in parts]), x)


def test_training_keeps_a_dense_matrix_symmetric(draw):
    weight, g = draw.symmetric(4), draw.normal(4)
    slope = np.asarray(jax.jit(jax.grad(lambda w: jnp.sum(jnp.sin(hkam.DenseSynapses(w)(g)))))(weight))
    assert np.array_equal(slope, slope.T)
    synapses = hkam.DenseSynapses(weight)
    assert np.allclose(synapses(g), np.asarray(weight) @ np.asarray(g))

    def loss(synapses):
        return jnp.sum(jnp.sin(synapses(g)))

    of_module = np.asarray(eqx.filter_grad(loss)(synapses).weight)
    assert np.array_equal(of_module, of_module.T)
    assert np.allclose(of_module, slope)
    change = draw.normal(4, 4)
    _, moved = jax.jvp(lambda w: loss(eqx.tree_at(lambda s: s.weight, synapses, w)), (weight,), (change,))
    assert np.allclose(moved, jnp.vdot(slope, change))


def test_an_asymmetric_matrix_is_accepted_only_explicitly():
    weight = jnp.array([[0.0, 1.0], [0.0, 0.0]])
    with pytest.raises(ValueError, match=r"weight must be symmetric, but .* reaches 1"):
        hkam.DenseSynapses(weight)
    synapses = hkam.DenseSynapses(weight, symmetric=False)
    assert not synapses.symmetric
    assert jnp.array_equal(synapses(jnp.array([1.0, 2.0])), jnp.array([2.0, 0.0]))


@pytest.mark.parametrize("n", [0, 1])
def test_no_unit_and_one_unit_work(n):
    assert hkam.DenseSynapses(jnp.ones((n, n)))(jnp.ones(n)).shape == (n,)


def test_bad_matrices_are_refused():
    with pytest.raises(ValueError, match=r"weight must be square, but has shape \(2, 3\)"):
        hkam.DenseSynapses(jnp.ones((2, 3)))
    with pytest.raises(ValueError, match="weight must be finite"):
        hkam.DenseSynapses(jnp.full((2, 2), jnp.nan))


def test_connections_must_fit_the_layers():
    with pytest.raises(ValueError, match=r"connections\[0\] names layer 2"):
        hkam.LayeredSynapses(
            [(2,), (3,)], [hkam.DenseConnection(weight=jnp.ones((3, 2)), source=0, target=2)]
        )
    with pytest.raises(ValueError, match=r"connections\[0\] must send shape \(3,\), but sends 4 values"):
        hkam.LayeredSynapses(
            [(2,), (3,)], [hkam.DenseConnection(weight=jnp.ones((4, 2)), source=0, target=1)]
        )
    with pytest.raises(ValueError, match=r"connections\[0\] does not fit its source layer"):
        hkam.LayeredSynapses(
            [(2,), (3,)], [hkam.DenseConnection(weight=jnp.ones((3, 5)), source=0, target=1)]
        )
