import pytest
from hypothesis import given
from hypothesis import strategies as st

from hkam.analysis.typesetting import below, formula, scientific


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.25, "0.25"), (13.34, "13"), (0.01, "0.01"), (3.2e-7, r"$3 \cdot 10^{-7}$")],
)
def test_small_numbers_are_powers_of_ten(value, text):
    assert scientific(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (3e-16, "$< 10^{-15}$"), (0.5, "$< 10^{0}$")])
def test_a_tiny_number_stays_below_a_power_of_ten(value, text):
    assert below(value) == text


@given(st.floats(1e-30, 1e30))
def test_the_power_is_the_next_one(value):
    power = int(below(value).removeprefix("$< 10^{").removesuffix("}$"))
    assert 10.0 ** (power - 1) <= value * (1 + 1e-12)
    assert value <= 10.0**power


def test_no_bar_is_left_in_a_formula():
    assert formula(r"\| x \|_F^2") == r"$\Vert  x \Vert _F^2$"
