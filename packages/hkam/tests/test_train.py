import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from hkam.train import (
    Schedule,
    accuracy,
    batches,
    class_targets,
    classifier_cue,
    classifier_memory,
    fit,
    pretrain,
    recall_batch,
    squared_error,
)


@pytest.fixture
def problem(draw):
    """Two classes of four-pixel images that a line separates."""
    labels = draw.random.integers(0, 2, size=200)
    images = draw.random.uniform(0, 0.5, size=(200, 4)).astype(np.float32)
    images[np.arange(200), labels] += 0.5
    return images, labels


def small():
    return classifier_memory(4, hidden=3, classes=2, key=jax.random.key(0))


def test_the_full_network_has_the_papers_size():
    units = jax.eval_shape(lambda key: classifier_memory(784, key=key), jax.random.key(0))
    assert units.bias.shape == (1094,)
    assert round((units.synapses.weight.size + units.bias.size) / 1e5) == 12


def test_pretraining_learns_to_classify_and_keeps_the_synapses_symmetric(problem):
    images, labels = problem
    before = small()
    schedule = Schedule(updates=120, batch=50, rate=1e-2, halve_every=60)
    trained, losses = pretrain(before, images, labels, classes=2, schedule=schedule)
    assert losses.shape == (120,)
    assert losses[-10:].mean() < 0.5 * losses[0]
    weight = np.asarray(trained.synapses.weight)
    assert np.allclose(weight, weight.T, atol=1e-6)
    assert accuracy(trained, images, labels, solve=recall_batch, classes=2, batch=64) > 0.95
    assert accuracy(before, images, labels, solve=recall_batch, classes=2) < 0.9


def test_only_what_is_trainable_changes_and_the_start_is_left_alone(problem):
    images, labels = problem
    memory = small()
    only_bias = eqx.tree_at(lambda tree: tree.bias, jax.tree.map(lambda _: False, memory), replace=True)

    def loss(model, batch):
        return squared_error(
            recall_batch(model, classifier_cue(batch[0], model.size), steps=1).state.x, batch[1], 2
        )

    data = ((jnp.asarray(a), jnp.asarray(b)) for a, b in batches(images, labels, size=50, updates=2, seed=0))
    trained, _ = fit(memory, loss, data, optimiser=optax.sgd(0.1), trainable=only_bias)
    assert np.array_equal(trained.synapses.weight, memory.synapses.weight)
    assert not np.array_equal(trained.bias, memory.bias)
    assert not np.asarray(memory.bias).any()


def test_a_loss_that_is_not_finite_is_an_error():
    with pytest.raises(FloatingPointError, match="the loss of update 0 is nan"):
        fit(small(), lambda model, _: jnp.nan * model.bias[0], [0], optimiser=optax.sgd(0.1))


def test_batches_go_through_all_samples_before_any_comes_again():
    drawn, again = (
        [batch for (batch,) in batches(np.arange(6), size=2, updates=6, seed=0)] for _ in range(2)
    )
    assert sorted(np.concatenate(drawn[:3])) == sorted(np.concatenate(drawn[3:])) == list(range(6))
    assert np.array_equal(drawn, again)


def test_targets_and_cues_are_the_papers():
    assert class_targets(jnp.asarray([1]), 3).tolist() == [[-1, 1, -1]]
    cue = classifier_cue(jnp.asarray([[0.5, 1.0]]), 4).x
    assert cue.tolist() == [[0.5, 1, 0, 0]]
    assert float(squared_error(jnp.asarray([[9.0, 1.0, -1.0]]), jnp.asarray([0]), 2)) == 0


def test_bad_schedules_and_batches_are_refused():
    with pytest.raises(ValueError, match="rate must be positive, but is 0"):
        Schedule(rate=0.0)
    with pytest.raises(ValueError, match=r"arrays must have one common length of at least 5, but have \[3\]"):
        next(batches(np.arange(3), size=5, updates=1, seed=0))
    with pytest.raises(ValueError, match="images must not be empty"):
        accuracy(small(), np.zeros((0, 4)), np.zeros(0, int), solve=recall_batch)
