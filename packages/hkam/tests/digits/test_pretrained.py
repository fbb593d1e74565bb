import jax
import pytest

from hkam.digits import (
    EDITING_TASKS,
    pretrained_card,
    pretrained_classifier,
    pretrained_edit,
)


@pytest.fixture(scope="module")
def classifier():
    return pretrained_classifier()


def test_the_classifier_comes_with_a_card(classifier):
    assert classifier.size == 1094
    assert "| accuracy on MNIST, % |" in pretrained_card()


@pytest.mark.parametrize("task", EDITING_TASKS)
def test_an_edit_of_it_comes_for_each_task(classifier, task):
    edited = pretrained_edit(task).memory.hopfield
    assert all(
        (one == other).all() for one, other in zip(*map(jax.tree.leaves, (edited, classifier)), strict=True)
    )
    assert task in pretrained_card(task)


@pytest.mark.parametrize("load", [pretrained_edit, pretrained_card])
def test_an_unknown_task_is_refused(load, without_shape_checks):
    with pytest.raises(ValueError, match=r"task must be one of conflation, swap, .*, but is 'digits'"):
        load("digits")
