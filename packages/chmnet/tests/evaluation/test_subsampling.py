import pytest
from hypothesis import given
from hypothesis import strategies as st

from chmnet.evaluation import evenly_spaced


@given(st.data())
def test_indices_are_different_in_order_and_spread_evenly(data):
    length = data.draw(st.integers(2, 5000))
    count = data.draw(st.integers(2, length))
    indices = evenly_spaced(length, count)
    assert indices[0] == 0
    assert indices[-1] == length - 1
    steps = indices.diff()
    assert steps.min() >= 1
    assert steps.max() - steps.min() <= 1


@given(length=st.integers(1, 500))
def test_keeping_all_keeps_all(length):
    assert evenly_spaced(length, length).tolist() == list(range(length))


def test_one_frame_is_the_middle_one():
    assert evenly_spaced(9, 1).tolist() == [4]


@pytest.mark.parametrize(
    ("length", "count", "message"),
    [
        (0, 1, "length must be at least 1, but came as 0"),
        (3, 0, "count must be at least 1, but came as 0"),
        (3, 4, r"count must be at most the number of frames \(3\), but came as 4"),
    ],
)
def test_impossible_sizes_are_refused(length, count, message):
    with pytest.raises(ValueError, match=message):
        evenly_spaced(length, count)
