import copy
import pickle

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse

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


def test_synapses_take_lists_whole_numbers_and_sparse_matrices(without_shape_checks):
    dense = [[0, 2], [2, 0]]
    for weight in (dense, np.array(dense), np.array(dense, float), scipy.sparse.csr_array(dense)):
        assert hkam.DenseSynapses(weight)(jnp.asarray([1.0, 3.0])).tolist() == [6, 2]
    kernel = np.ones((3, 3, 1, 1), int).tolist()
    for connection in (
        hkam.DenseConnection(weight=[[1, 1]], source=np.int64(0), target=1),
        hkam.ConvolutionConnection(kernel=kernel, source=0, target=1, stride=2),
    ):
        assert jnp.issubdtype(jax.tree.leaves(connection)[0].dtype, jnp.floating)


def test_what_synapses_cannot_take_is_named(without_shape_checks):
    matrix, kernel = np.ones((2, 2)), np.ones((3, 3, 1, 1))
    refused = [
        (lambda: hkam.DenseSynapses(1.0), r"weight must be square, but has shape \(\)"),
        (lambda: hkam.DenseSynapses([1.0]), r"weight must be square, but has shape \(1,\)"),
        (lambda: hkam.DenseSynapses([["a"]]), "weight must be an array of real numbers"),
        (lambda: hkam.DenseSynapses([[1j]]), "weight must be an array of real numbers"),
        (lambda: hkam.DenseSynapses([[0.0], [1.0, 2.0]]), "weight must be an array of real numbers"),
        (lambda: hkam.DenseConnection(weight=[1.0], source=0, target=1), "weight must have the axes target"),
        (lambda: hkam.DenseConnection(weight=matrix * np.nan, source=0, target=1), "weight must be finite"),
        (lambda: hkam.DenseConnection(weight=matrix, source=0.5, target=1), "source must be a whole number"),
        (lambda: hkam.DenseConnection(weight=matrix, source=0, target=-1), "target must be a whole number"),
        (
            lambda: hkam.ConvolutionConnection(kernel=kernel[0], source=0, target=1),
            "kernel must have the axes height, width",
        ),
        (
            lambda: hkam.ConvolutionConnection(kernel=kernel, source=0, target=1, stride=0),
            "stride must be a whole number of at least 1",
        ),
        (lambda: hkam.LayeredSynapses([2, 3], []), r"shapes\[0\] must be a tuple of whole numbers"),
        (lambda: hkam.LayeredSynapses([(2,), (-3,)], []), r"shapes\[1\] must be a whole number"),
        (lambda: hkam.LayeredSynapses([(2,)], [matrix]), r"connections\[0\] must be a DenseConnection"),
        (
            lambda: hkam.LayeredSynapses(
                [(4, 4, 2), (4, 4, 1)], [hkam.ConvolutionConnection(kernel=kernel, source=0, target=1)]
            ),
            r"connections\[0\] does not fit its source layer",
        ),
        (
            lambda: hkam.LayeredSynapses(
                [(4,), (4,)], [hkam.ConvolutionConnection(kernel=kernel, source=0, target=1)]
            ),
            r"connections\[0\] does not fit its source layer",
        ),
    ]
    for make, message in refused:
        with pytest.raises(ValueError, match=message):
            make()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_the_largest_weights_stay_finite(dtype):
    largest = np.finfo(dtype).max
    assert (hkam.DenseSynapses(jnp.full((2, 2), largest, dtype)).weight == largest).all()


def test_synapses_are_citizens_of_jax(draw, tmp_path):
    g = draw.normal(4)
    synapses = hkam.DenseSynapses(draw.symmetric(4))
    eqx.tree_serialise_leaves(tmp_path / "synapses", synapses)
    read = eqx.tree_deserialise_leaves(tmp_path / "synapses", hkam.DenseSynapses(jnp.zeros((4, 4))))
    for again in (read, copy.deepcopy(synapses), pickle.loads(pickle.dumps(synapses))):
        assert eqx.tree_equal(again, synapses)
    assert np.allclose(eqx.filter_jit(lambda s, x: s(x))(synapses, g), synapses(g))
    assert jax.vmap(synapses)(jnp.zeros((0, 4))).shape == (0, 4)
