import pytest

from hkam.digits.exchange import exchange
from hkam.digits.exchanging import exchange_sweep, quoted_exchange
from hkam.digits.solvers import fixed_step


def test_an_exchange_added_once_answers_as_the_swap_wants(small_classifier, small_digits):
    images, labels = small_digits
    exchanged = exchange(
        small_classifier.synapses.matrix(), small_classifier.size - 10, small_classifier.size - 9
    )
    sweep = exchange_sweep(small_classifier, exchanged, images, labels, solve=fixed_step(3)).set_index(
        ["added", "times"]
    )
    none, once = sweep.loc[("both", 0.0)], sweep.loc[("both", 1.0)]
    assert once["swap"] == pytest.approx(none["no edit"])
    quoted = quoted_exchange(sweep.reset_index()).set_index("key")["value"]
    assert quoted["swap"] == once["swap"]
    assert quoted["none"] == none["no edit"]
