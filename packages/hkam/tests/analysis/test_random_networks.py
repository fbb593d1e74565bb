import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam.analysis.random_networks import BROKEN_MODELS, MODELS, RandomParameters, random_cue


def same(one, other):
    leaves = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(a, b) for a, b in leaves)


@pytest.mark.parametrize("name", MODELS)
def test_the_papers_models_keep_the_conditions_and_their_cues_fit(name):
    draw = RandomParameters(0)
    memory = MODELS[name](draw)
    assert memory.broken_conditions == ()
    memory.check_state(random_cue(memory, draw))
    if not isinstance(memory, hkam.HopfieldMemory):
        assert float(jnp.abs(memory.rotation).max()) > 0


@pytest.mark.parametrize("name", BROKEN_MODELS)
def test_the_broken_ones_break_one_condition_each(name):
    draw = RandomParameters(0)
    memory = BROKEN_MODELS[name](draw)
    assert len(memory.broken_conditions) == 1
    memory.check_state(random_cue(memory, draw))


@pytest.mark.parametrize("name", ["Kuramoto, perceptron", "joint, gating"])
def test_a_network_is_a_matter_of_its_seed(name):
    first, again, other = (MODELS[name](RandomParameters(seed)) for seed in (0, 0, 1))
    assert same(first, again)
    assert not same(first, other)


def test_parameters_are_what_they_are_called():
    draw = RandomParameters(0)
    symmetric, skew, rows = draw.symmetric(5, 0.2), draw.skew(4, 3, 3), draw.rows(7)
    assert np.array_equal(symmetric, symmetric.T)
    assert np.array_equal(skew, -np.swapaxes(skew, 1, 2))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert np.isclose(np.std(draw.normal(10_000, scale=0.3)), 0.3, rtol=0.05)
    assert draw.edges(hkam.complete_graph(4)).shape == (6,)


def test_a_memory_of_another_kind_has_no_random_cue():
    memory = hkam.PhaseKuramotoMemory(jnp.asarray(np.ones(3)), hkam.complete_graph(3))
    with pytest.raises(TypeError, match="memory must be one of the paper's models, but is a PhaseKuramoto"):
        random_cue(memory, RandomParameters(0))
