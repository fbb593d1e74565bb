import jax
import jax.numpy as jnp

import hkam


def test_states_are_pytrees_whose_fields_have_names(draw):
    state = hkam.HopfieldKuramotoState(x=draw.normal(3), mu=draw.rows(3, 2))
    doubled = jax.tree.map(lambda leaf: 2 * leaf, state)
    assert isinstance(doubled, hkam.HopfieldKuramotoState)
    assert jnp.array_equal(doubled.x, 2 * state.x)
    assert jnp.array_equal(doubled.mu, 2 * state.mu)
    for kind, field in ((hkam.HopfieldState, "x"), (hkam.KuramotoState, "mu"), (hkam.PhaseState, "phi")):
        value = draw.rows(3, 2) if field == "mu" else draw.normal(3)
        assert list(vars(kind(value))) == [field]
