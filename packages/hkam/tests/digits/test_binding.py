import jax
import numpy as np
import pytest

from hkam.couplings import LowRankCoupling, MaskedCoupling
from hkam.digits.binding import untrained_edit
from hkam.digits.classifier import classifier_memory
from hkam.digits.starts import LearnedStart, ShownStart
from hkam.graphs import watts_strogatz_graph

PIXELS, K, D = 4, 4, 2
CLASSIFIER = classifier_memory(PIXELS, hidden=3, classes=2, key=jax.random.key(0))
UNITS = CLASSIFIER.size


def bound(task="swap", *, seed=3, **factors):
    return untrained_edit(CLASSIFIER, PIXELS, task, k=K, D=D, seed=seed, **factors)


def test_the_printed_model_couples_all_pairs_and_begins_with_no_interaction():
    edit = bound()
    assert isinstance(edit.coupling, LowRankCoupling)
    assert edit.oscillator_weights == 2 * watts_strogatz_graph(UNITS, K, seed=3).edge_count
    assert not edit.interaction.linear.any()
    assert not edit.interaction.rectified.any()
    assert edit.memory.kuramoto.omega is None


def test_a_task_with_a_cue_shows_the_oscillators_an_image():
    assert isinstance(bound("swap").start, LearnedStart)
    shown = bound("associative swap", start="incoherent").start
    assert isinstance(shown, ShownStart)
    assert bound("swap").start(1, None).shape == (1, UNITS, D + 1)


def test_neighbours_couple_on_another_small_world_than_that_of_the_interaction():
    edit = bound(coupling="neighbours")
    assert isinstance(edit.coupling, MaskedCoupling)
    masked, interacting = (np.asarray(part.graph.edges) for part in (edit.coupling, edit.interaction))
    assert len(masked) == len(interacting)
    assert not np.array_equal(np.unique(masked, axis=0), np.unique(interacting, axis=0))


def test_first_weights_are_drawn_and_belong_to_the_seed():
    one, again, other = (bound(first_weights="random", seed=seed).interaction.linear for seed in (3, 3, 4))
    assert one.all()
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_rotation_begins_at_zero():
    omega = np.asarray(bound(rotates=True).memory.kuramoto.omega)
    assert omega.shape[-2:] == (D + 1, D + 1)
    assert not omega.any()


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"coupling": "none"}, "coupling must be one of all pairs, neighbours, but is 'none'"),
        ({"first_weights": "ones"}, "first_weights must be one of zero, random, but is 'ones'"),
        ({"start": "cold"}, "kind must be one of"),
    ],
)
@pytest.mark.usefixtures("without_shape_checks")
def test_other_factors_are_refused(factors, message):
    with pytest.raises(ValueError, match=message):
        bound(**factors)
