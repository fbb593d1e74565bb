import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from hkam.checkpoints import Checkpoint
from hkam.digits.classifier import accuracy, classifier_cue, classifier_memory, pretrain, squared_error
from hkam.train import Schedule, batches, fit, recall_batch


@pytest.fixture
def problem(draw):
    """Two classes of four-pixel images that a line separates."""
    labels = draw.random.integers(0, 2, size=200)
    images = draw.random.uniform(0, 0.5, size=(200, 4)).astype(np.float32)
    images[np.arange(200), labels] += 0.5
    return images, labels


def small():
    return classifier_memory(4, hidden=3, classes=2, key=jax.random.key(0))


def test_pretraining_learns_to_classify_and_keeps_the_synapses_symmetric(problem):
    images, labels = problem
    before = small()
    schedule = Schedule(updates=120, batch=50, rate=1e-2, halve_every=60)
    trained, losses, _ = pretrain(before, images, labels, classes=2, schedule=schedule)
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
    trained, *_ = fit(memory, loss, data, optimiser=optax.sgd(0.1), trainable=only_bias)
    assert np.array_equal(trained.synapses.weight, memory.synapses.weight)
    assert not np.array_equal(trained.bias, memory.bias)
    assert not np.asarray(memory.bias).any()


def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(problem, tmp_path):
    images, labels = problem
    schedule = Schedule(updates=7, batch=50, rate=1e-2, halve_every=3, warm_up=2)

    def run(path, kill_after=None):
        def watch(_):
            if kill_after is not None and len(looks) == kill_after:
                raise KeyboardInterrupt
            looks.append(None)
            return {"looks": float(len(looks))}

        looks = []
        checkpoint = Checkpoint(path, "a run", every=2)
        return pretrain(
            small(),
            images,
            labels,
            classes=2,
            schedule=schedule,
            watch=watch,
            watch_every=1,
            checkpoint=checkpoint,
        )

    whole = run(tmp_path / "whole.npz")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed.npz", kill_after=5)
    resumed = run(tmp_path / "killed.npz")
    assert np.array_equal(whole.memory.synapses.weight, resumed.memory.synapses.weight)
    assert np.array_equal(whole.losses, resumed.losses)
    assert (
        [record["update"] for record in resumed.records]
        == [record["update"] for record in whole.records]
        == list(range(8))
    )
    ended = run(tmp_path / "killed.npz", kill_after=0)  # nothing is left to do, nothing is watched again
    assert np.array_equal(ended.memory.bias, whole.memory.bias)


def test_a_loss_that_is_not_finite_is_an_error():
    with pytest.raises(FloatingPointError, match="the loss of update 0 is nan"):
        fit(small(), lambda model, _: jnp.nan * model.bias[0], [0], optimiser=optax.sgd(0.1))


def test_batches_go_through_all_samples_before_any_comes_again():
    drawn, again = (
        [batch for (batch,) in batches(np.arange(6), size=2, updates=6, seed=0)] for _ in range(2)
    )
    assert sorted(np.concatenate(drawn[:3])) == sorted(np.concatenate(drawn[3:])) == list(range(6))
    assert np.array_equal(drawn, again)


def test_bad_schedules_and_batches_are_refused():
    with pytest.raises(ValueError, match="rate must be positive and finite, but is 0"):
        Schedule(rate=0.0)
    with pytest.raises(ValueError, match="warm_up must be positive and finite, but is -1"):
        Schedule(warm_up=-1)
    with pytest.raises(ValueError, match=r"arrays must have one common length of at least 5, but have \[3\]"):
        next(batches(np.arange(3), size=5, updates=1, seed=0))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"rate": float("nan")}, "rate must be positive and finite"),
        ({"rate": float("inf")}, "rate must be positive and finite"),
        ({"batch": 1.5}, "batch must be a whole number"),
        ({"updates": 10.0}, "updates must be a whole number"),
        ({"steps": 2.5}, "steps must be a whole number"),
    ],
)
def test_schedules_of_impossible_numbers_are_refused(without_shape_checks, entry, message):
    with pytest.raises(ValueError, match=message):
        Schedule(**entry)


def test_batches_of_none_are_refused():
    with pytest.raises(ValueError, match="size must be a whole number of at least 1, but is 0"):
        next(batches(np.zeros(3), size=0, updates=1, seed=0))
