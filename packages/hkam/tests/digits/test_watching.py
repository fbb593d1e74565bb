import jax
import numpy as np
import pytest

from hkam.digits.binding import untrained_edit
from hkam.digits.classifier import classifier_memory
from hkam.digits.finetuning import edited_class_units
from hkam.digits.reading import Samples
from hkam.digits.solvers import fixed_step
from hkam.digits.watching import strength_and_accuracy, training_history
from hkam.train import Fit

SOLVE = fixed_step(2)


def test_the_share_of_wanted_answers_is_watched(draw):
    classifier = classifier_memory(4, hidden=3, key=jax.random.key(0))
    model = untrained_edit(classifier, 4, "swap", k=4, D=2, seed=0)
    images = draw.random.uniform(size=(8, 4)).astype(np.float32)
    wanted = edited_class_units(model, images, solve=SOLVE).argmax(axis=1)
    wanted[:2] = (wanted[:2] + 1) % 10
    watch = strength_and_accuracy(Samples(images, None, wanted, wanted), solve=SOLVE)
    assert watch(model) == {"strength": pytest.approx(0.01), "accuracy": 75.0}


def test_a_history_has_the_mean_of_the_last_losses():
    records = [{"update": update, "accuracy": 50.0 + update} for update in (0, 2, 4, 5)]
    history = training_history(Fit(None, np.asarray([8.0, 4.0, 2.0, 1.0, 5.0]), records), window=2)
    assert history["update"].tolist() == [0, 2, 4, 5]
    assert history["accuracy"].tolist() == [50, 52, 54, 55]
    assert np.isnan(history["loss"].iloc[0])
    assert history["loss"].iloc[1:].tolist() == [6, 1.5, 3]


def test_a_history_of_nothing_is_refused():
    with pytest.raises(ValueError, match="fitted must have records of what was watched, but has none"):
        training_history(Fit(None, np.asarray([1.0]), []), window=2)
