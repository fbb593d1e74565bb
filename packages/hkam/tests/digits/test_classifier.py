import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hkam.digits.classifier import (
    accuracy,
    class_targets,
    class_units,
    classifier_cue,
    classifier_memory,
    pooled_images,
    pretrain,
    spread,
    squared_error,
    unit_groups,
)
from hkam.train import Schedule, recall_batch


@pytest.fixture
def network():
    return classifier_memory(4, hidden=3, classes=2, key=jax.random.key(0))


def test_the_full_network_has_the_papers_size():
    units = jax.eval_shape(lambda key: classifier_memory(784, key=key), jax.random.key(0))
    assert units.bias.shape == (1094,)
    assert round((units.synapses.weight.size + units.bias.size) / 1e5) == 12


def test_all_units_are_of_a_kind(network):
    groups = unit_groups(network, 4, classes=2)
    assert groups == {"pixels": 4, "further units": 3, "class units": 2}
    assert sum(groups.values()) == network.size
    with pytest.raises(ValueError, match="memory must have at least 10 units, but has 9"):
        unit_groups(network, 8, classes=2)


def test_targets_and_cues_are_the_papers():
    assert class_targets(jnp.asarray([1]), 3).tolist() == [[-1, 1, -1]]
    cue = classifier_cue(jnp.asarray([[0.5, 1.0]]), 4).x
    assert cue.tolist() == [[0.5, 1, 0, 0]]
    assert float(squared_error(jnp.asarray([[9.0, 1.0, -1.0]]), jnp.asarray([0]), 2)) == 0


def test_batches_are_put_together_in_order(network, draw):
    images = draw.random.uniform(size=(5, 4))
    units = class_units(network, images, solve=recall_batch, classes=2, batch=2)
    wanted = recall_batch(network, classifier_cue(jnp.asarray(images), network.size)).state.x[:, -2:]
    assert np.allclose(units, wanted)


def test_the_highest_unit_is_what_accuracy_counts(network, draw):
    images, labels = draw.random.uniform(size=(20, 4)), draw.random.integers(0, 2, size=20)
    answers = class_units(network, images, solve=recall_batch, classes=2).argmax(axis=1)
    assert np.mean(answers == labels) == accuracy(network, images, labels, solve=recall_batch, classes=2)


def test_no_images_are_refused(network):
    with pytest.raises(ValueError, match="images must not be empty"):
        class_units(network, np.zeros((0, 4)), solve=recall_batch)


def test_pooling_averages_squares_of_pixels():
    pictures = np.arange(16, dtype=np.uint8).reshape(1, 4, 4)
    assert np.allclose(pooled_images(pictures, 2) * 255, [[2.5, 4.5, 10.5, 12.5]])
    assert np.allclose(pooled_images(pictures), pictures.reshape(1, 16) / 255)
    with pytest.raises(ValueError, match="pooling must divide 4 and 4, but is 3"):
        pooled_images(pictures, 3)


def test_some_samples_are_spread_over_all():
    assert spread(10, 3).tolist() == [0, 4, 9]
    assert spread(4, 9).tolist() == [0, 1, 2, 3]
    assert len(set(spread(10_000, 2000))) == 2000


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0], r"labels must have one entry per image, 2, but have shape \(1,\)"),
        ([0, 2], "labels must lie between 0 and 1, but reach 0 to 2"),
        ([-1, 0], "labels must lie between 0 and 1, but reach -1 to 0"),
    ],
)
def test_labels_that_are_no_classes_are_refused(without_shape_checks, network, labels, message):
    images = np.zeros((2, 4))
    with pytest.raises(ValueError, match=message):
        accuracy(network, images, np.array(labels), solve=recall_batch, classes=2)
    with pytest.raises(ValueError, match=message):
        pretrain(network, images, np.array(labels), schedule=Schedule(updates=1, batch=2), classes=2)


def test_images_larger_than_the_network_are_refused():
    with pytest.raises(ValueError, match="images must have at most 3 pixels, but have 4"):
        classifier_cue(jnp.ones((1, 4)), 3)
