import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam.classification import classifier_memory
from hkam.exchange import exchange, with_added_synapses


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
