"""A small classifier, edits of it that nobody trained, and digits."""

import jax
import numpy as np
import pytest

from hkam.digits.classifier import classifier_memory
from hkam.digits.finetuning import EditedClassifier
from hkam.digits.starts import LearnedStart, ShownStart
from hkam.graphs import watts_strogatz_graph

_PIXELS = 4


@pytest.fixture(scope="session")
def small_classifier():
    return classifier_memory(_PIXELS, hidden=3, key=jax.random.key(0))


@pytest.fixture
def untrained_edits(draw, small_classifier):
    """One without a cue, ``a``, and one with a cue, ``b``."""
    units = small_classifier.size
    graph = watts_strogatz_graph(units, 4, seed=0)
    shown = ShownStart.incoherent(_PIXELS, units, 5, key=jax.random.key(1))
    starts = {"a": LearnedStart(draw.normal(units, 5)), "b": shown}
    return {name: EditedClassifier.around(small_classifier, graph, start) for name, start in starts.items()}


@pytest.fixture
def small_digits(draw):
    return draw.random.uniform(size=(30, _PIXELS)).astype(np.float32), np.tile(np.arange(10), 3)
