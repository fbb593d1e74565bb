import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam.digits.classifier import classifier_memory
from hkam.digits.exchange import exchange, with_added_synapses


def test_the_two_parts_add_up_to_the_exchange(draw):
    weight = draw.normal(7, 7)
    weight = weight + weight.T
    swapped = np.arange(7)
    swapped[[2, 5]] = [5, 2]
    found = exchange(weight, 2, 5)
    assert np.allclose(found.positive + found.negative, weight[swapped][:, swapped] - weight, atol=1e-5)


def test_each_part_has_rank_one_and_its_sign(draw):
    weight = draw.normal(7, 7)
    found = exchange(weight + weight.T, 0, 6)
    for part, eigenvalue in ((found.positive, found.eigenvalue), (-found.negative, found.eigenvalue)):
        spectrum = np.linalg.eigvalsh(np.asarray(part))
        assert spectrum[-1] == pytest.approx(float(eigenvalue), rel=1e-5)
        assert np.abs(spectrum[:-1]).max() < 1e-5 * spectrum[-1]


def test_the_exchanged_memory_recalls_the_same_in_exchanged_units(draw):
    memory = classifier_memory(6, hidden=4, classes=3, key=jax.random.key(0))
    swapped = np.arange(13)
    swapped[[10, 11]] = [11, 10]
    found = exchange(memory.synapses.matrix(), 10, 11)
    exchanged = with_added_synapses(memory, found.positive + found.negative)
    x = draw.normal(13)
    recalled = hkam.recall(memory, hkam.HopfieldState(x)).state.x
    other = hkam.recall(exchanged, hkam.HopfieldState(x[swapped])).state.x
    assert np.allclose(other[swapped], recalled, atol=1e-4)
    assert not np.allclose(other, recalled, atol=1e-2)


def test_units_with_the_same_synapses_need_no_change():
    found = exchange(jnp.ones((4, 4)), 1, 2)
    assert float(found.eigenvalue) == 0
    assert not np.any(found.positive)
    assert not np.any(found.negative)


def test_adding_nothing_leaves_the_memory_as_it_is():
    memory = classifier_memory(6, hidden=4, classes=3, key=jax.random.key(0))
    assert eqx.tree_equal(with_added_synapses(memory, jnp.zeros((13, 13))), memory)


@pytest.mark.parametrize("units", [(1, 1), (-1, 2), (0, 4)])
def test_units_that_are_not_two_of_the_memory_are_refused(units):
    with pytest.raises(ValueError, match="two of 0 to 3"):
        exchange(jnp.ones((4, 4)), *units)


def test_exchanging_equal_units_has_a_finite_derivative():
    slope = jax.grad(lambda weight: jnp.sum(exchange(weight, 1, 2).positive ** 2))(jnp.ones((4, 4)))
    assert np.isfinite(slope).all()


def test_huge_synapses_are_exchanged_too():
    weight = jnp.asarray(1e25 * np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]]), jnp.float32)
    found = exchange(weight, 0, 2)
    order = np.array([2, 1, 0])
    assert np.allclose(
        weight + found.positive + found.negative, np.asarray(weight)[order][:, order], atol=1e20
    )


def test_what_cannot_be_exchanged_or_added_is_named(without_shape_checks):
    memory = classifier_memory(6, hidden=4, classes=3, key=jax.random.key(0))
    layers = hkam.LayeredSynapses([(2,)], [])
    layered = hkam.HopfieldMemory(hkam.ReLULagrangian(), layers, jnp.zeros(2))
    assert float(exchange([[0, 1, 2], [1, 0, 3], [2, 3, 0]], np.int64(0), 1).eigenvalue) > 0
    refused = [
        (lambda: exchange(np.ones((2, 3)), 0, 1), "weight must be square"),
        (lambda: exchange(np.ones((3, 3)), 0.5, 1), "the units must be two of 0 to 2, but are 0.5 and 1"),
        (lambda: exchange(np.ones((3, 3)), "a", 1), "the units must be two of 0 to 2"),
        (lambda: with_added_synapses(memory, np.ones((2, 2))), r"change must have shape \(13, 13\)"),
        (lambda: with_added_synapses(layered, np.ones((2, 2))), "memory must have DenseSynapses"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
