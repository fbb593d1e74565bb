"""Training memories through their dynamics, and the Hopfield sub-network that recognises digits."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Integer, PRNGKeyArray
from tqdm import tqdm

from hkam.batch import BatchedMemory
from hkam.hopfield import HopfieldMemory
from hkam.lagrangians import ReLULagrangian
from hkam.memory import AbstractMemory
from hkam.recall import Recall, recall
from hkam.states import HopfieldState
from hkam.synapses import DenseSynapses

__all__ = [
    "Fit",
    "Schedule",
    "accuracy",
    "batches",
    "class_targets",
    "classifier_cue",
    "classifier_memory",
    "fit",
    "pretrain",
    "recall_batch",
    "squared_error",
]

Memory = TypeVar("Memory", bound=AbstractMemory[Any])
Batch = TypeVar("Batch")

HIDDEN_UNITS = 300  # added to the pixels, Appendix F.3
CLASSES = 10
# Spectral radius of the random start. The paper gives none; of 0.3, 1 and 1.5 the largest left the least training loss.
_FIRST_WEIGHTS = 1.5


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    The paper's own: 9000 updates, rate 1e-4, halved every 1000, batch 100. The defaults reach the same accuracy in a
    sixth of the updates.

    Args:
        updates: Weight updates.
        batch: Samples an update.
        rate: First learning rate of Lion.
        halve_every: Updates after which the rate has halved, exponentially in between.
        steps: Steps of Heun's method over t ∈ [0, 1].

    Raises:
        ValueError: If an entry is not positive.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix F.2.
    """

    updates: int = 1500
    batch: int = 100
    rate: float = 3e-4
    halve_every: int = 500
    steps: int = 4

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name} must be positive, but is {value}")

    def optimiser(self) -> optax.GradientTransformation:
        """Return Lion with the decaying rate."""
        return optax.lion(optax.exponential_decay(self.rate, self.halve_every, 0.5))


class Fit(NamedTuple):
    """What training leaves.

    Args:
        memory: The trained memory.
        losses: The loss of every update's batch.
    """

    memory: Any
    losses: Float[np.ndarray, "updates"]


def recall_batch(memory: AbstractMemory[Any], cues: Any, *, steps: int = 4) -> Recall:
    """Recall a batch of cues over t ∈ [0, 1] with a few steps of Heun's method, made to be differentiated.

    Args:
        memory: The memory.
        cues: Cues stacked along a first axis.
        steps: Steps of equal length.

    Returns:
        The recall of the batch as one system.
    """
    return recall(
        BatchedMemory(memory),
        cues,
        1.0,
        solver=diffrax.Heun(),
        controller=diffrax.ConstantStepSize(),
        first_step=1 / steps,
        max_steps=steps + 1,  # one to spare where 1/steps is rounded down
        adjoint=diffrax.RecursiveCheckpointAdjoint(checkpoints=steps + 1),
    )


def fit(
    memory: Memory,
    loss: Callable[[Memory, Batch], Float[Array, ""]],
    data: Iterable[Batch],
    *,
    optimiser: optax.GradientTransformation,
    trainable: Any = eqx.is_inexact_array,
    updates: int | None = None,
) -> Fit:
    """Train a memory by gradient descent on a loss.

    Args:
        memory: Where to start.
        loss: Maps the memory and one batch to a scalar.
        data: Batches, one an update.
        optimiser: Any of optax.
        trainable: Which leaves to train: a predicate, or a tree of booleans like the memory.
        updates: How many batches will come, for the progress bar.

    Returns:
        The trained memory and its losses.

    Raises:
        FloatingPointError: If the loss stops being finite.
    """
    learned, frozen = eqx.partition(memory, trainable)
    state = optimiser.init(eqx.filter(learned, eqx.is_inexact_array))

    @eqx.filter_jit(donate="all-except-first")
    def update(inputs: tuple[Any, Any], learned: Any, state: Any) -> tuple[Any, Any, Array]:
        fixed, batch = inputs

        def objective(part: Any) -> Float[Array, ""]:
            return loss(eqx.combine(part, fixed), batch)

        value, slope = eqx.filter_value_and_grad(objective)(learned)
        change, state = optimiser.update(slope, state, learned)
        return eqx.apply_updates(learned, change), state, value

    learned = jax.tree.map(
        lambda leaf: leaf.copy() if eqx.is_array(leaf) else leaf, learned
    )  # the caller keeps its own
    losses = []
    for number, batch in enumerate(tqdm(data, total=updates, desc="training", disable=None, leave=False)):
        learned, state, value = update((frozen, batch), learned, state)
        losses.append(float(value))
        if not np.isfinite(losses[-1]):
            raise FloatingPointError(
                f"the loss of update {number} is {losses[-1]}; a smaller learning rate may help"
            )
    return Fit(eqx.combine(learned, frozen), np.asarray(losses))


def batches(*arrays: np.ndarray, size: int, updates: int, seed: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Draw batches, going through all samples in a new random order each time.

    Args:
        arrays: Samples along the first axis, the same number in each.
        size: Samples a batch.
        updates: Number of batches.
        seed: Of the random orders.

    Yields:
        One batch of each array.

    Raises:
        ValueError: If the arrays differ in length or hold less than one batch.
    """
    lengths = {len(array) for array in arrays}
    if len(lengths) != 1 or min(lengths) < size:
        raise ValueError(f"arrays must have one common length of at least {size}, but have {sorted(lengths)}")
    random = np.random.default_rng(seed)
    order, position = np.empty(0, dtype=int), 0
    for _ in range(updates):
        if position + size > len(order):
            order, position = random.permutation(lengths.copy().pop()), 0
        chosen = order[position : position + size]
        position += size
        yield tuple(array[chosen] for array in arrays)


def classifier_memory(
    pixels: int, *, hidden: int = HIDDEN_UNITS, classes: int = CLASSES, key: PRNGKeyArray
) -> HopfieldMemory:
    """Make the untrained Hopfield network that classifies images: ReLU units, dense symmetric synapses.

    Its units are the pixels, then ``hidden`` more, then one a class: 784 + 300 + 10 = 1094 for MNIST, which gives the
    N² + N ≈ 12·10⁵ parameters of the paper.

    Args:
        pixels: Pixels of an image.
        hidden: Further units.
        classes: Classes.
        key: Random key.

    Returns:
        The memory.

    Source: the same paper, §6 and Appendix F.3.
    """
    units = pixels + hidden + classes
    square = jax.random.normal(key, (units, units))
    # A symmetric Gaussian matrix with entries of variance σ² has spectral radius 2 σ √N.
    weight = _FIRST_WEIGHTS / (2 * units) ** 0.5 * (square + square.T) / 2
    return HopfieldMemory(ReLULagrangian(), DenseSynapses(weight), jnp.zeros(units))


def classifier_cue(images: Float[Array, "*batch pixels"], units: int) -> HopfieldState:
    """Write images into the first units and zero into the others.

    Args:
        images: Pixels between 0 and 1.
        units: Units of the memory.

    Returns:
        Cues.

    Source: the same paper, Appendix F.3.
    """
    added = jnp.zeros((*images.shape[:-1], units - images.shape[-1]), images.dtype)
    return HopfieldState(jnp.concatenate([images, added], axis=-1))


def class_targets(labels: Integer[Array, "*batch"], classes: int = CLASSES) -> Float[Array, "*batch classes"]:
    """Write labels as ``2 e_i − 1``.

    Args:
        labels: Class indices.
        classes: How many classes there are.

    Returns:
        +1 for the class, −1 for the others.

    Source: the same paper, Appendix F.3.
    """
    return 2 * jax.nn.one_hot(labels, classes) - 1


def squared_error(
    final: Float[Array, "B N"], labels: Integer[Array, "B"], classes: int = CLASSES
) -> Float[Array, ""]:
    """Return the mean squared distance of the last units from the targets.

    Args:
        final: Last states of the threshold units, ``x(1)``.
        labels: Class indices.
        classes: How many units at the end stand for classes.

    Returns:
        The loss.

    Source: the same paper, Appendix F.3.
    """
    return jnp.mean(jnp.sum((final[:, -classes:] - class_targets(labels, classes)) ** 2, axis=-1))


def pretrain(
    memory: HopfieldMemory,
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    *,
    schedule: Schedule,
    classes: int = CLASSES,
    seed: int = 0,
) -> Fit:
    """Train a Hopfield network to classify images: the first stage of the paper's experiments.

    Args:
        memory: The untrained network, from `classifier_memory`.
        images: Pixels between 0 and 1.
        labels: Class indices.
        schedule: How long and how fast.
        classes: How many classes there are.
        seed: Of the order of samples.

    Returns:
        The trained network and its losses.

    Source: the same paper, §6 and Appendix F.
    """

    def loss(network: HopfieldMemory, batch: tuple[Array, Array]) -> Float[Array, ""]:
        pictures, classes_of = batch
        final = recall_batch(network, classifier_cue(pictures, network.size), steps=schedule.steps).state.x
        return squared_error(final, classes_of, classes)

    draws = batches(images, labels, size=schedule.batch, updates=schedule.updates, seed=seed)
    data = ((jnp.asarray(pictures), jnp.asarray(classes_of)) for pictures, classes_of in draws)
    return fit(memory, loss, data, optimiser=schedule.optimiser(), updates=schedule.updates)


def accuracy(
    memory: HopfieldMemory,
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    *,
    solve: Callable[[AbstractMemory[Any], Any], Recall],
    classes: int = CLASSES,
    batch: int = 500,
) -> float:
    """Return the share of images whose class unit ends highest.

    Args:
        memory: The trained network.
        images: Pixels between 0 and 1.
        labels: Class indices.
        solve: Maps a memory and a batch of cues to their recall: `recall_batch`, or a lambda that calls `hkam.recall`
            with the paper's solver on a `hkam.BatchedMemory`.
        classes: How many classes there are.
        batch: Images at once.

    Returns:
        Between 0 and 1.

    Raises:
        ValueError: If there are no images.
    """
    if len(images) == 0:
        raise ValueError("images must not be empty")

    @eqx.filter_jit
    def predict(network: HopfieldMemory, pictures: Array) -> Array:
        final = solve(network, classifier_cue(pictures, network.size)).state.x
        return jnp.argmax(final[:, -classes:], axis=-1)

    parts = [images[start : start + batch] for start in range(0, len(images), batch)]
    predicted = np.concatenate([np.asarray(predict(memory, jnp.asarray(part))) for part in parts])
    return float(np.mean(predicted == labels))
