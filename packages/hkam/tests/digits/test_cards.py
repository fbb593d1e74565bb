import jax
import pandas as pd
import pytest

from hkam.digits.binding import untrained_edit
from hkam.digits.cards import classifier_card, edit_card
from hkam.digits.classifier import classifier_memory

READ = pd.DataFrame(
    [
        {"variant": solver, "split": split, "metric": metric, "value": value}
        for solver, values in (("adaptive", (91.234, 90.0)), ("fixed step", (80.0, 79.996)))
        for split, value in zip(("train", "test"), values, strict=True)
        for metric, value in (("accuracy", value), ("accuracy of 0", 1.0))
    ]
)


@pytest.fixture
def network():
    return untrained_edit(classifier_memory(4, hidden=3, key=jax.random.key(0)), 4, "swap", k=4, D=2, seed=0)


def test_the_card_of_an_edit_says_how_it_was_made_and_how_good_it_is(network):
    card = edit_card(network, "swap", READ, k=4, D=2, updates=7, batch=20, profile="smoke", seed=5)
    assert card.startswith("# A digit classifier edited by oscillators: swap\n")
    assert (
        f"by {network.oscillator_weights} weights (k = 4, D = 2). Trained in 7 updates of\n20 images" in card
    )
    assert "profile smoke, seed 5." in card
    assert card.splitlines()[-2:] == ["| adaptive | 91.23 | 90.00 |", "| fixed step | 80.00 | 80.00 |"]


def test_the_card_of_a_classifier_says_how_it_was_made_and_how_good_it_is():
    network = classifier_memory(4, hidden=3, key=jax.random.key(0))
    card = classifier_card(network, {"test": 90.126, "train": 95.0}, hidden=3, updates=7, seed=5)
    assert card.startswith("# A Hopfield network that classifies digits\n\n17 ReLU units")
    assert "pixels, 3 further units" in card
    assert "Trained in 7 updates, seed 5." in card
    assert card.endswith("| accuracy on MNIST, % | train | test |\n|---|---|---|\n| here | 95.00 | 90.13 |")
