import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.sampling import evenly_spaced


@given(st.data())
def test_indices_are_different_in_order_and_spread_evenly(data):
    length = data.draw(st.integers(2, 5000))
    count = data.draw(st.integers(2, length))
    indices = evenly_spaced(length, count)
    assert (indices[0], indices[-1]) == (0, length - 1)
    steps = np.diff(indices)
    assert steps.min() >= 1
    assert steps.max() - steps.min() <= 1
    places = [(index * (count - 1), place * (length - 1)) for place, index in enumerate(indices.tolist())]
    assert all(
        2 * abs(here - wanted) <= count - 1 for here, wanted in places
    )  # none is further than half an item


@given(st.data())
def test_the_choice_is_the_rounding_of_numpy_where_floats_are_exact(data):
    steps = 2 ** data.draw(st.integers(0, 8))
    length = data.draw(st.integers(steps + 1, 5000))
    exact = (np.arange(steps + 1) * ((length - 1) / steps)).round().astype(int)
    assert np.array_equal(evenly_spaced(length, steps + 1), exact)


@pytest.mark.parametrize(("length", "chosen"), [(9, [4]), (8, [3]), (1, [0])])
def test_of_one_it_is_the_middle_one(length, chosen):
    assert evenly_spaced(length, 1).tolist() == chosen


@pytest.mark.parametrize(
    ("length", "count", "message"),
    [
        (0, 1, "length must be at least 1"),
        (3, 0, "count must be at least 1"),
        (3, 4, "count must be at most 3, the number of items, but is 4"),
    ],
)
def test_impossible_sizes_are_refused(length, count, message):
    with pytest.raises(ValueError, match=message):
        evenly_spaced(length, count)
