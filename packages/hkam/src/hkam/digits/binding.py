"""Untrained oscillators bound to a classifier, as the factors of an edit say."""

from typing import Literal, get_args

import jax
import jax.numpy as jnp

from hkam.digits.finetuning import EditedClassifier, random_weights
from hkam.digits.starts import StartKind, first_start
from hkam.digits.tasks import Task
from hkam.graphs import watts_strogatz_graph
from hkam.hopfield import HopfieldMemory

__all__ = ["CoupledPairs", "FirstWeights", "untrained_edit"]

CoupledPairs = Literal["all pairs", "neighbours"]
FirstWeights = Literal["zero", "random"]

_MASK_SEED = 1000  # added to the seed: the graph of the coupling is another one than that of the interaction


def untrained_edit(
    classifier: HopfieldMemory,
    pixels: int,
    task: Task,
    *,
    k: int,
    D: int,
    start: StartKind = "learned",
    coupling: CoupledPairs = "all pairs",
    first_weights: FirstWeights = "zero",
    rotates: bool = False,
    seed: int,
) -> EditedClassifier:
    """Bind untrained oscillators to a trained classifier.

    Args:
        classifier: The trained network.
        pixels: Pixels of an image.
        task: Which of the four; those with a cue show the oscillators an image.
        k: Neighbours of each oscillator on its small world.
        D: Degrees of freedom of an oscillator, which has D + 1 columns.
        start: Where the oscillators begin, as for `first_start`.
        coupling: Which units κ couples: all pairs, as in eq. 18, or the neighbours on a second small world.
        first_weights: R and S to begin with: zero, or drawn by `random_weights`.
        rotates: Whether the oscillators have an Ω, zero to begin with.
        seed: Of the graphs and of all draws.

    Raises:
        ValueError: If there is no such coupling, no such first weights, or no such start.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 18, §6.
    """
    for name, value, wanted in (
        ("coupling", coupling, get_args(CoupledPairs)),
        ("first_weights", first_weights, get_args(FirstWeights)),
    ):
        if value not in wanted:
            raise ValueError(f"{name} must be one of {', '.join(wanted)}, but is {value!r}")
    key = jax.random.key(seed)
    graph = watts_strogatz_graph(classifier.size, k, seed=seed)
    associative = task.startswith("associative")
    mask, weights = None, None
    if coupling == "neighbours":
        mask = watts_strogatz_graph(classifier.size, k, seed=_MASK_SEED + seed)
    if first_weights == "random":
        weights = random_weights(graph, k, key=jax.random.fold_in(key, 1))
    return EditedClassifier.around(
        classifier,
        graph,
        first_start(start, pixels, classifier.size, D + 1, associative=associative, key=key),
        omega=jnp.zeros((D + 1, D + 1)) if rotates else None,
        weights=weights,
        mask=mask,
    )
