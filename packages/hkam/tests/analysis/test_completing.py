import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hkam
from hkam.analysis import blanked, complete

PATTERNS = np.array([[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]])


@given(st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_blanked_pixels_are_zero_and_the_others_as_they_were(number, seed):
    shown = np.asarray(blanked(jnp.asarray(PATTERNS), number, np.random.default_rng(seed)))
    assert (shown == 0).sum(axis=1).tolist() == [number, number]
    assert (shown[shown != 0] == PATTERNS[shown != 0]).all()


def test_every_pattern_is_damaged_in_its_own_way():
    shown = blanked(jnp.ones((8, 20)), 10, np.random.default_rng(0))
    assert len({tuple(row) for row in np.asarray(shown).tolist()}) == 8


def test_no_pattern_is_no_damage():
    assert blanked(jnp.ones((0, 5)), 2, np.random.default_rng(0)).shape == (0, 5)


def test_more_pixels_than_there_are_cannot_be_blanked():
    with pytest.raises(ValueError, match="chosen must be between 0 and 4, but is 5"):
        blanked(jnp.asarray(PATTERNS), 5, np.random.default_rng(0))


def test_a_pattern_is_whole_if_every_unit_has_its_sign():
    weight = jnp.asarray(3 * PATTERNS.T @ PATTERNS / 4)
    memory = hkam.HopfieldMemory(hkam.TanhLagrangian(), hkam.DenseSynapses(weight), jnp.asarray(np.zeros(4)))
    damaged = blanked(jnp.asarray(PATTERNS), 1, np.random.default_rng(0))
    cues = hkam.HopfieldState(damaged)
    whole = complete(memory, cues, jnp.asarray(PATTERNS), 10.0)
    assert np.array_equal(np.sign(whole.x), PATTERNS)
    assert whole.share == 1
    wrong = PATTERNS.copy()
    wrong[1, 2] *= -1
    assert complete(memory, cues, jnp.asarray(wrong), 10.0).share == 0.5
