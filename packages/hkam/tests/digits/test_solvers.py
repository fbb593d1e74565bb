import jax
import jax.numpy as jnp
import numpy as np

from hkam.digits.classifier import classifier_cue, classifier_memory
from hkam.digits.solvers import adaptive, fixed_step, reading_solvers
from hkam.dynamics import recall
from hkam.train import recall_batch

MEMORY = classifier_memory(3, hidden=2, classes=2, key=jax.random.key(0))
CUES = classifier_cue(jnp.asarray([[0.1, 0.5, 0.9], [1.0, 0.0, 0.2]], jnp.float32), MEMORY.size)


def test_a_batch_is_recalled_like_its_cues_one_by_one():
    together = np.asarray(adaptive(MEMORY, CUES).state.x)
    alone = [np.asarray(recall(MEMORY, type(CUES)(x), 1.0).state.x) for x in CUES.x]
    assert np.allclose(together, alone, atol=1e-3)  # the tolerance of the adaptive steps


def test_fixed_steps_are_those_of_the_training():
    exact, coarse = (np.asarray(fixed_step(steps)(MEMORY, CUES).state.x) for steps in (200, 1))
    assert np.array_equal(coarse, recall_batch(MEMORY, CUES, steps=1).state.x)
    ends = np.asarray(adaptive(MEMORY, CUES).state.x)
    assert np.abs(exact - ends).max() < 0.1 * np.abs(coarse - ends).max()


def test_accuracies_are_read_with_both_solvers():
    solvers = reading_solvers(3)
    assert list(solvers) == ["adaptive", "fixed step"]
    assert solvers["adaptive"] is adaptive
    wanted = recall_batch(MEMORY, CUES, steps=3).state.x
    assert np.array_equal(solvers["fixed step"](MEMORY, CUES).state.x, wanted)
