import jax
import jax.numpy as jnp
import pytest

from hkam import analysis
from hkam.analysis.evidence import _degrees_of_freedom
from hkam.analysis.evidence_parts import moving_state, relative


@pytest.fixture(scope="module", params=[0, 1, 8])
def found(request):
    return analysis.errata(key=jax.random.key(request.param))


def test_every_printed_formula_is_wrong_and_every_corrected_one_right(found):
    assert len(found) == 12
    for erratum in found:
        assert erratum.printed_error > 0.1, erratum.key
        assert erratum.corrected_error < 1e-12, erratum.key


def test_every_erratum_has_its_own_key_and_two_different_formulas(found):
    assert len({erratum.key for erratum in found}) == len(found)
    assert all(erratum.printed != erratum.corrected for erratum in found)


@pytest.mark.parametrize(("units", "dimension"), [(6, 3), (4, 4), (5, 2), (3, 4), (2, 6), (1, 3)])
def test_degrees_of_freedom_are_right_with_fewer_oscillators_than_dimensions_too(units, dimension):
    _, corrected = _degrees_of_freedom(units, dimension, jax.random.key(units))
    assert corrected == 0


def test_states_move_every_rectified_unit():
    state = moving_state(jax.random.key(0), 50)
    assert jnp.all(state.x > 0)


def test_a_difference_from_nothing_is_finite():
    assert relative(jnp.asarray(1e-16), jnp.asarray(0.0)) < 1e-12
