import jax
import pytest

from hkam import analysis


@pytest.fixture(scope="module")
def found():
    return analysis.errata(key=jax.random.key(0))


def test_every_printed_formula_is_wrong_and_every_corrected_one_right(found):
    assert len(found) == 10
    for erratum in found:
        assert erratum.printed_error > 0.05, erratum.key
        assert erratum.corrected_error < 1e-10, erratum.key


def test_every_erratum_has_its_own_key_and_two_different_formulas(found):
    assert len({erratum.key for erratum in found}) == len(found)
    assert all(erratum.printed != erratum.corrected for erratum in found)
