import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hkam.analysis import drawn_patterns, random_pixels

CROSS_AND_LINE = """
#.#  ...
.#.  ###
"""


def test_patterns_are_read_from_left_to_right_and_row_by_row():
    patterns = drawn_patterns(CROSS_AND_LINE)
    assert patterns.tolist() == [[1, -1, 1, -1, 1, -1], [-1, -1, -1, 1, 1, 1]]


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_what_is_drawn_is_what_is_read(count, height, width, seed):
    wanted = np.random.default_rng(seed).choice([-1.0, 1.0], size=(count, height, width))
    lines = [
        "  ".join("".join("#" if pixel > 0 else "." for pixel in pattern[row]) for pattern in wanted)
        for row in range(height)
    ]
    assert np.array_equal(drawn_patterns("\n".join(lines)), wanted.reshape(count, -1))


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        ("##  ##\n##", "drawing must have the same patterns in every line"),
        ("##\n#", "drawing must have the same patterns in every line"),
        ("\n", "drawing must have the same patterns in every line"),
        ("#o", r"drawing must consist of '#' and '\.', but has \['o'\]"),
    ],
)
def test_what_is_no_drawing_is_refused(drawing, message):
    with pytest.raises(ValueError, match=message):
        drawn_patterns(drawing)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 2**32 - 1))
def test_as_many_pixels_are_chosen_as_asked_for(pixels, chosen, seed):
    if chosen > pixels:
        with pytest.raises(ValueError, match=f"chosen must be between 0 and {pixels}, but is {chosen}"):
            random_pixels(np.random.default_rng(seed), pixels, chosen)
        return
    marked = random_pixels(np.random.default_rng(seed), pixels, chosen)
    assert marked.shape == (pixels,)
    assert marked.sum() == chosen


def test_pixels_are_chosen_anew_each_time():
    random = np.random.default_rng(0)
    assert not np.array_equal(random_pixels(random, 40, 20), random_pixels(random, 40, 20))
