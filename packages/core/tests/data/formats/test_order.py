from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.formats._order import is_hidden, natural_order

NAMES = st.text("ab1207._- ", min_size=1, max_size=8)


@pytest.mark.parametrize(
    "ordered",
    [
        ["1.png", "2.png", "10.png"],
        ["AWA-2.mp4", "AWA-10.mp4"],
        ["a/2/b.png", "a/10/a.png", "b/1/a.png"],
        ["a.png", "a1.png", "a1b.png", "a2.png"],
        ["frame.png", "frame-1.png"],
        ["1.5.png", "1.10.png"],
        ["007.png", "7.png", "08.png"],
        ["x" + "9" * 5000, "x1" + "0" * 5000],
    ],
)
def test_numbers_in_names_count_as_numbers(ordered):
    assert sorted(set(ordered), key=natural_order) == ordered
    assert sorted(map(PurePath, reversed(ordered)), key=natural_order) == list(map(PurePath, ordered))


@given(names=st.lists(NAMES, unique=True))
def test_the_order_is_one_and_total(names):
    ordered = sorted(names, key=natural_order)
    assert ordered == sorted(set(names), key=natural_order)
    assert len({natural_order(name) for name in names}) == len(set(names))


@given(numbers=st.lists(st.integers(0, 10**12), unique=True))
def test_plain_numbers_are_in_their_own_order(numbers):
    ordered = sorted((f"f{number}.png" for number in numbers), key=natural_order)
    assert ordered == [f"f{number}.png" for number in sorted(numbers)]


@pytest.mark.parametrize("name", ["._a.jpg", ".hidden", "Thumbs.db", "desktop.ini", "__MACOSX"])
def test_what_no_one_put_there_is_hidden(name):
    assert is_hidden(name)
    assert is_hidden(f"top/{name}/a.jpg", "top")
    assert not is_hidden(f"{name}/a.jpg", name)
    assert not is_hidden(f"{name}/a.jpg")


@pytest.mark.parametrize("name", ["a.jpg", "a._jpg", "thumbs.jpg"])
def test_other_files_are_not(name):
    assert not is_hidden(name)
