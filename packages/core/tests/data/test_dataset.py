import pytest

from amcore.data.dataset import Dataset


def write(target, points=20, seed=0):
    raise AssertionError("options are looked at, not used")


DATASET = Dataset("set", "a set", sources=lambda **_: (), files=lambda **_: (), write=write)


def test_given_options_stand_before_defaults():
    assert DATASET.options({}) == {"points": 20, "seed": 0}
    assert DATASET.options({"seed": 5}) == {"points": 20, "seed": 5}


def test_an_unknown_option_names_the_known_ones():
    with pytest.raises(ValueError, match="option of set must be one of: points, seed, but is 'sede'"):
        DATASET.options({"sede": 5})
