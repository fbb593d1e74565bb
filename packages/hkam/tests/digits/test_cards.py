import jax
import pandas as pd
import pytest

from hkam.digits.binding import untrained_edit
from hkam.digits.cards import edit_card
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
