"""A user's own energy in ten lines: solved, with its theorem, and trained."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import hkam
from hkam.train import fit, recall_batch

N, COLUMNS = 5, 3


class Hyperbola(hkam.AbstractLagrangian):
    convex: bool = eqx.field(static=True, default=True, init=False)

    def __call__(self, x):
        return jnp.sum(jnp.sqrt(1 + x**2))


class Triangles(hkam.AbstractInteraction):
    weight: jax.Array
    invariant: bool = eqx.field(static=True, default=True, init=False)

    def energy(self, mu):
        s = (self.weight + self.weight.T) * (mu @ mu.T)
        return -jnp.trace(s @ s @ s)


LAGRANGIANS = {
    "subclass": Hyperbola(),
    "function": hkam.FunctionLagrangian(lambda x: jnp.sum(jnp.sqrt(1 + x**2)), convex=True),
}


def bound(draw, lagrangian):
    threshold = hkam.HopfieldMemory(lagrangian, hkam.DenseSynapses(draw.symmetric(N)), draw.normal(N))
    oscillators = hkam.KuramotoMemory(Triangles(0.3 * draw.normal(N, N)), draw.skew(COLUMNS, COLUMNS))
    return hkam.HopfieldKuramotoMemory(threshold, oscillators, hkam.LowRankCoupling(0.1))


def test_the_lagrangian_and_its_function_are_one(draw):
    x = draw.normal(N)
    one, other = (lagrangian.activation(x) for lagrangian in LAGRANGIANS.values())
    assert np.allclose(one, other)
    assert np.allclose(one, x / np.sqrt(1 + np.asarray(x) ** 2))


@pytest.mark.parametrize("kind", LAGRANGIANS)
def test_it_is_solved_and_keeps_the_theorem(draw, measured_rate, kind):
    memory = bound(draw, LAGRANGIANS[kind])
    state = hkam.HopfieldKuramotoState(draw.normal(N), draw.rows(N, COLUMNS))
    assert memory.broken_conditions == ()
    end, before, after, rate = eqx.filter_jit(
        lambda m, y: (
            (end := hkam.recall(m, y, 20.0)),
            m.energy(y),
            m.energy(end.state),
            m.energy_rate(y),
        )
    )(memory, state)
    assert after < before
    assert rate < 0
    assert abs(measured_rate(memory, state) - rate) < 1e-6 * max(1.0, abs(float(rate)))
    assert np.abs(np.linalg.norm(end.state.mu, axis=1) - 1).max() < 1e-5


def test_it_is_trained_in_all_its_parts(draw):
    memory = bound(draw, Hyperbola())
    cues = hkam.HopfieldKuramotoState(draw.normal(2, N), draw.rows(2, N, COLUMNS))

    def loss(model, batch):
        return jnp.mean((recall_batch(model, batch, steps=2).state.x - 1) ** 2)

    trained, losses, _ = fit(memory, loss, [cues] * 8, optimiser=optax.adam(0.05))
    assert losses[-1] < 0.9 * losses[0]
    changed = jax.tree.map(lambda old, new: not np.array_equal(old, new), memory, trained)
    assert changed.kuramoto.interaction.weight
    assert changed.hopfield.synapses.weight
    assert changed.coupling.strength
