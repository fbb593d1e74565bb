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
    with pytest.raises(ValueError, match=r"second must have shape \(2, 3\), but has \(3, 2\)"):
        multiplexing.multiplexing_memory(jnp.ones((2, 3)), jnp.ones((3, 2)))


def test_selected_weights_give_every_function_its_answers_up_to_the_largest_number(draw):
    keys = jnp.asarray(draw.random.choice([-1.0, 1.0], (6, KEYS)))
    functions = multiplexing.most_functions(KEYS, 6)
    assert functions == 3
    answers = jnp.asarray(draw.random.choice([-1.0, 1.0], (functions, 6, VALUES)))
    mu = draw.rows(functions, KEYS + VALUES, 3)
    plain, gated = multiplexing.selected_weights(keys, answers, mu, gain=1.5)
    memory = multiplexing.selecting_memory(plain, gated)
    assert memory.broken_conditions == ()
    for rows, wanted in zip(mu, answers, strict=True):
        gates = rows[:KEYS] @ rows[KEYS:].T
        assert np.allclose(keys @ (plain + gated * gates), 1.5 * wanted, atol=1e-8)
        assert np.allclose(memory.coupling.synapses.matrix()[:KEYS, KEYS:], gated)


def test_oscillators_of_a_selecting_memory_stay_and_its_energy_falls(draw):
    memory = multiplexing.selecting_memory(draw.normal(3, 2), draw.normal(3, 2))
    state = hkam.HopfieldKuramotoState(draw.normal(5), draw.rows(5, 3))
    assert memory.closed_form_rate(state) < 0
    end = hkam.recall(memory, state, 5.0).state
    assert np.allclose(end.mu, state.mu, atol=0.01)


def test_what_does_not_fit_a_selection_is_named(without_shape_checks):
    keys, answers, mu = jnp.ones((2, 4)), jnp.ones((3, 2, 5)), jnp.ones((3, 9, 2))
    for arguments, message in (
        ((jnp.ones((1, 4)), answers, mu), "answers must have one row per key, 1, but have 2"),
        (
            (keys, answers, mu[:, 1:]),
            r"mu must have one state per function and unit, \(3, 9\), but has \(3, 8\)",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            multiplexing.selected_weights(*arguments)
    with pytest.raises(ValueError, match=r"gated must have shape \(2, 3\), but has \(3, 2\)"):
        multiplexing.selecting_memory(jnp.ones((2, 3)), jnp.ones((3, 2)))
    with pytest.raises(ValueError, match="keys must be at most as many as units, 3, but are 4"):
        multiplexing.most_functions(3, 4)
    with pytest.raises(ValueError, match="keys must be a whole number of at least 1, but is 0"):
        multiplexing.most_functions(3, 0)
