import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
import hkam.train


def joint(draw):
    graph = hkam.watts_strogatz_graph(5, 2, seed=0)
    threshold = hkam.HopfieldMemory(
        hkam.TanhLagrangian(), hkam.DenseSynapses(draw.symmetric(5)), draw.normal(5)
    )
    edges = (draw.normal(graph.edge_count) for _ in range(2))
    return hkam.low_rank_memory(threshold, *edges, graph, strength=jnp.asarray(0.3), omega=draw.skew(3, 3))


def states(draw):
    return hkam.HopfieldKuramotoState(draw.normal(3, 5), draw.rows(3, 5, 3))


def test_a_batch_does_what_its_states_do_alone(draw):
    memory, many = joint(draw), states(draw)
    batch = hkam.BatchedMemory(memory)
    together = jax.jit(lambda s: batch.vector_field(0.0, s))(many)
    apart = jax.jit(jax.vmap(lambda s: memory.vector_field(0.0, s)))(many)
    assert np.allclose(together.x, apart.x)
    assert np.allclose(together.mu, apart.mu)
    assert np.allclose(batch.energy(many), jax.vmap(memory.energy)(many).sum())
    assert batch.broken_conditions == ()
    assert np.allclose(batch.rotation, memory.rotation)


def test_gradients_of_a_batched_recall_are_the_sum_of_the_states(draw):
    memory, many = joint(draw), states(draw)

    def total(model):
        return jnp.sum(hkam.train.recall_batch(model, many, steps=2).state.x ** 2)

    def one_by_one(model):
        ends = jax.vmap(
            lambda s: hkam.train.recall_batch(model, jax.tree.map(lambda v: v[None], s), steps=2).state.x
        )
        return jnp.sum(ends(many) ** 2)

    got, wanted = (eqx.filter_jit(eqx.filter_grad(f))(memory) for f in (total, one_by_one))
    for one, other in zip(jax.tree.leaves(got), jax.tree.leaves(wanted), strict=True):
        assert np.allclose(one, other)


def test_the_frame_of_a_batch_is_that_of_its_memory(draw):
    batch = hkam.BatchedMemory(joint(draw))
    assert batch.without_rotation().rotation is None


def test_every_state_of_a_batch_is_checked(without_shape_checks, draw):
    batch, many = hkam.BatchedMemory(joint(draw)), states(draw)
    with pytest.raises(ValueError, match=r"state.mu must have unit rows"):
        batch.check_state(hkam.HopfieldKuramotoState(many.x, many.mu.at[1].multiply(2.0)))
    with pytest.raises(ValueError, match="state must have one batch axis in front"):
        batch.check_state(hkam.HopfieldKuramotoState(many.x[:2], many.mu))
