import jax
import jax.numpy as jnp
import pytest

from hkam.analysis import BROKEN_MODELS, MODELS, RandomParameters, random_cue


@pytest.mark.parametrize("name", [*MODELS, *BROKEN_MODELS])
def test_a_model_says_whether_it_keeps_its_theorem_and_has_a_field_at_its_cue(name):
    draw = RandomParameters(0)
    memory = {**MODELS, **BROKEN_MODELS}[name](draw)
    assert bool(memory.broken_conditions) is (name in BROKEN_MODELS)
    cue = random_cue(memory, draw)
    field = memory.vector_field(0.0, cue)
    assert jax.tree.structure(field) == jax.tree.structure(cue)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(field))


def test_the_same_seed_draws_the_same_network():
    one, other = (MODELS["joint, gating"](RandomParameters(3)) for _ in range(2))
    assert all((a == b).all() for a, b in zip(*map(jax.tree.leaves, (one, other)), strict=True))
