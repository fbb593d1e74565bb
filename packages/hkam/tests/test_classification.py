import jax
import numpy as np
import pytest

from hkam.classification import class_units
from hkam.train import accuracy, classifier_cue, classifier_memory, recall_batch


@pytest.fixture
def network():
    return classifier_memory(4, hidden=3, classes=2, key=jax.random.key(0))


def test_batches_are_put_together_in_order(network, draw):
    images = draw.random.uniform(size=(5, 4))
    units = class_units(network, images, solve=recall_batch, classes=2, batch=2)
    wanted = recall_batch(network, classifier_cue(jax.numpy.asarray(images), network.size)).state.x[:, -2:]
    assert np.allclose(units, wanted)


def test_the_highest_unit_is_what_accuracy_counts(network, draw):
    images, labels = draw.random.uniform(size=(20, 4)), draw.random.integers(0, 2, size=20)
    answers = class_units(network, images, solve=recall_batch, classes=2).argmax(axis=1)
    assert np.mean(answers == labels) == accuracy(network, images, labels, solve=recall_batch, classes=2)


def test_no_images_are_refused(network):
    with pytest.raises(ValueError, match="images must not be empty"):
        class_units(network, np.zeros((0, 4)), solve=recall_batch)
