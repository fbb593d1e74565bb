import math

import numpy as np
import pytest

from amcore import checks


@pytest.mark.parametrize("value", [1, 2.5, np.float32(0.5), np.int64(3), np.array(2.0)])
def test_numbers_of_any_kind_are_numbers(value):
    checks.require_number("beta", value)
    checks.require_positive("beta", value)
    checks.require_scale("beta", value)


@pytest.mark.parametrize("value", [True, "1", None, [1.0], np.ones(2)])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match="beta must be a number, but is"):
        checks.require_number("beta", value)


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan])
def test_positive_numbers_are_finite_and_above_zero(value):
    with pytest.raises(ValueError, match="beta must be finite and above 0, but is"):
        checks.require_positive("beta", value)


def test_scales_do_not_overflow():
    for value in (2.0**33, 2.0**-33):
        with pytest.raises(ValueError, match="beta must lie between"):
            checks.require_scale("beta", value)


def test_zero_is_not_negative():
    checks.require_non_negative("gamma", 0)
    with pytest.raises(ValueError, match="gamma must be finite and at least 0"):
        checks.require_non_negative("gamma", -1e-9)
    with pytest.raises(ValueError, match="gamma must be at most 2"):
        checks.require_non_negative("gamma", 3, 2.0)


def test_whole_numbers_come_back_as_pythons_own():
    whole = checks.require_at_least("count", np.int32(4), 1)
    assert (whole, type(whole)) == (4, int)
    with pytest.raises(TypeError, match=r"count must be a whole number, but is 4\.0"):
        checks.require_at_least("count", 4.0, 1)
    with pytest.raises(TypeError, match="count must be a whole number, but is True"):
        checks.require_at_least("count", True, 1)
    with pytest.raises(ValueError, match="count must be at least 1, but is 0"):
        checks.require_at_least("count", 0, 1)


def test_intervals_run_forward():
    assert checks.require_interval("support", [0, np.float32(2)]) == (0.0, 2.0)
    for wrong, error in (
        ((1, 0), ValueError),
        ((0, math.inf), ValueError),
        (3, TypeError),
        (("0", 1), TypeError),
    ):
        with pytest.raises(error, match="support"):
            checks.require_interval("support", wrong)


def test_names_are_among_the_known_ones():
    checks.require_known("states", ["text"], {"text": 1, "vision": 2})
    with pytest.raises(ValueError, match=r"must name modalities among \['text'\], but names \['smell'\]"):
        checks.require_known("states", ["smell"], ["text"])
    with pytest.raises(TypeError, match="states must map modalities to tensors, but is list"):
        checks.require_mapping("states", [], "modalities to tensors")
