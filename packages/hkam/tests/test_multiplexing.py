import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import multiplexing

KEYS, VALUES = 12, 8


def patterns(draw):
    while True:
        keys, values = (np.sign(draw.random.normal(size=(2, n))) for n in (KEYS, VALUES))
        if abs(keys[0] @ keys[1]) <= 4 and abs(values[0] @ values[1]) <= 2:
            return jnp.asarray(keys), jnp.asarray(values)


def test_one_network_performs_the_computation_that_the_oscillators_ask_for(draw):
    keys, values = patterns(draw)
    straight, crossed = (multiplexing.association_weights(keys, order) for order in (values, values[::-1]))
    memory = multiplexing.multiplexing_memory(straight, crossed)
    assert memory.broken_conditions == ()
    cues = []
    for pattern in (0, 1):
        x = jnp.concatenate([keys[pattern], jnp.asarray(np.zeros(VALUES))])
        cues += [
            multiplexing.multiplexing_cue(x, KEYS, aligned=flag, key=jax.random.key(pattern))
            for flag in (False, True)
        ]
    many = jax.tree.map(lambda *leaves: jnp.asarray(np.stack(leaves)), *cues)
    ends = jax.jit(jax.vmap(lambda cue: hkam.recall(memory, cue, 20.0).state))(many)
    answers = np.sign(np.asarray(ends.x)[:, KEYS:])
    for row, wanted in enumerate((0, 1, 1, 0)):
        assert np.array_equal(answers[row], values[wanted])
    between = np.abs(np.einsum("bid,bjd->bij", np.asarray(ends.mu)[:, :KEYS], np.asarray(ends.mu)[:, KEYS:]))
    assert between[[0, 2]].max() < 0.1
    assert between[[1, 3]].min() > 0.9


def test_both_weights_must_join_the_same_groups(without_shape_checks):
    with pytest.raises(ValueError, match=r"second must have the shape of first, \(2, 3\), but has \(3, 2\)"):
        multiplexing.multiplexing_memory(jnp.ones((2, 3)), jnp.ones((3, 2)))
