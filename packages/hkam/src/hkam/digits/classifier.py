"""The Hopfield network that recognises digits: building it, training it, reading its classes."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Integer, PRNGKeyArray

from amcore.sampling import evenly_spaced
from hkam.dynamics import Recall
from hkam.hopfield import HopfieldMemory
from hkam.lagrangians import ReLULagrangian
from hkam.memory import AbstractMemory
from hkam.states import HopfieldState
from hkam.synapses import DenseSynapses
from hkam.train import Fit, Schedule, batches, fit, recall_batch

__all__ = [
    "CLASSES",
    "HIDDEN_UNITS",
    "accuracy",
    "class_targets",
    "class_units",
    "classifier_cue",
    "classifier_memory",
    "pooled_images",
    "pretrain",
    "spread",
    "squared_error",
    "unit_groups",
]

HIDDEN_UNITS = 300  # added to the pixels, Appendix F.3
CLASSES = 10
# Spectral radius of the random start. The paper gives none; of 0.3, 1 and 1.5 the largest left the least training loss.
_FIRST_WEIGHTS = 1.5


def pooled_images(
    pictures: Integer[np.ndarray, "S height width"], pooling: int = 1
) -> Float[np.ndarray, "S pixels"]:
    """Flatten pictures into pixels in [0, 1], squares of pixels averaged into one.

    Args:
        pictures: Grey levels 0 to 255.
        pooling: Side of a square; must divide height and width.

    Returns:
        Pixels.

    Raises:
        ValueError: If ``pooling`` does not divide the sides.
    """
    count, height, width = pictures.shape
    if pooling < 1 or height % pooling or width % pooling:
        raise ValueError(f"pooling must divide {height} and {width}, but is {pooling}")
    grey = np.asarray(pictures, np.float32) / 255
    squares = grey.reshape(count, height // pooling, pooling, width // pooling, pooling)
    return squares.mean(axis=(2, 4)).reshape(count, -1)


def spread(count: int, number: int) -> Integer[np.ndarray, "number"]:
    """Return indices of some samples spread evenly over all: the two halves of MNIST's test images differ.

    Args:
        count: How many samples there are.
        number: How many to take; all if there are no more.
    """
    return evenly_spaced(count, min(number, count))


def classifier_memory(
    pixels: int, *, hidden: int = HIDDEN_UNITS, classes: int = CLASSES, key: PRNGKeyArray
) -> HopfieldMemory:
    """Make the untrained Hopfield network that classifies images: ReLU units, dense symmetric synapses.

    Its units are the pixels, then ``hidden`` more, then one per class: 784 + 300 + 10 = 1094 for MNIST, which gives the
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


def unit_groups(memory: HopfieldMemory, pixels: int, *, classes: int = CLASSES) -> dict[str, int]:
    """Count a classifier's units of each kind, in their order: pixels, further units, class units.

    Args:
        memory: The network.
        pixels: Pixels of an image.
        classes: Classes.

    Raises:
        ValueError: If the network is too small for that many pixels and classes.
    """
    further = memory.size - pixels - classes
    if further < 0:
        raise ValueError(f"memory must have at least {pixels + classes} units, but has {memory.size}")
    return {"pixels": pixels, "further units": further, "class units": classes}


def classifier_cue(images: Float[Array, "*batch pixels"], units: int) -> HopfieldState:
    """Write images into the first units and zero into the others.

    Args:
        images: Pixels between 0 and 1.
        units: Units of the memory.

    Returns:
        Cues.

    Raises:
        ValueError: If an image has more pixels than there are units.

    Source: the same paper, Appendix F.3.
    """
    if images.shape[-1] > units:
        raise ValueError(f"images must have at most {units} pixels, but have {images.shape[-1]}")
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
    **options: Any,
) -> Fit:
    """Train a Hopfield network to classify images: the first stage of the paper's experiments.

    Args:
        memory: The untrained network, from `classifier_memory`.
        images: Pixels between 0 and 1.
        labels: Class indices.
        schedule: How long and how fast.
        classes: How many classes there are.
        seed: Of the order of samples.
        options: Passed to `hkam.train.fit`: ``watch``, ``watch_every``, ``checkpoint``.

    Returns:
        The trained network, its losses and what was watched.

    Raises:
        ValueError: If there is not one label per image, or one is no class.

    Source: the same paper, §6 and Appendix F.
    """
    _check_labels(labels, len(images), classes)

    def loss(network: HopfieldMemory, batch: tuple[Array, Array]) -> Float[Array, ""]:
        pictures, classes_of = batch
        final = recall_batch(network, classifier_cue(pictures, network.size), steps=schedule.steps).state.x
        return squared_error(final, classes_of, classes)

    draws = batches(images, labels, size=schedule.batch, updates=schedule.updates, seed=seed)
    data = ((jnp.asarray(pictures), jnp.asarray(classes_of)) for pictures, classes_of in draws)
    return fit(memory, loss, data, optimiser=schedule.optimiser(), updates=schedule.updates, **options)


def class_units(
    memory: HopfieldMemory,
    images: Float[np.ndarray, "S pixels"],
    *,
    solve: Callable[[AbstractMemory[Any], Any], Recall],
    classes: int = CLASSES,
    batch: int = 500,
) -> Float[np.ndarray, "S classes"]:
    """Return what the class units of each image end with; the highest is the answer.

    Args:
        memory: The trained network.
        images: Pixels between 0 and 1.
        solve: Maps a memory and a batch of cues to their recall, `hkam.train.recall_batch`,
            or a lambda that calls `hkam.recall` with the paper's solver on a `hkam.BatchedMemory`.
        classes: How many units at the end stand for classes.
        batch: Images at once.

    Returns:
        The class units' last states.

    Raises:
        ValueError: If there are no images.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix F.3.
    """
    if len(images) == 0:
        raise ValueError("images must not be empty")

    parts = [images[start : start + batch] for start in range(0, len(images), batch)]
    return np.concatenate([np.asarray(_units(solve, classes, memory, jnp.asarray(part))) for part in parts])


@eqx.filter_jit
def _units(
    solve: Callable[[AbstractMemory[Any], Any], Recall], classes: int, network: HopfieldMemory, images: Array
) -> Array:
    return solve(network, classifier_cue(images, network.size)).state.x[:, -classes:]


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
        solve: Maps a memory and a batch of cues to their recall: as for `class_units`.
        classes: How many classes there are.
        batch: Images at once.

    Returns:
        Between 0 and 1.

    Raises:
        ValueError: If there are no images, there is not one label per image, or one is no class.
    """
    _check_labels(labels, len(images), classes)
    units = class_units(memory, images, solve=solve, classes=classes, batch=batch)
    return float(np.mean(units.argmax(axis=1) == labels))


def _check_labels(labels: Integer[np.ndarray, "S"], images: int, classes: int) -> None:
    given = np.asarray(labels)
    if given.shape != (images,):
        raise ValueError(f"labels must have one entry per image, {images}, but have shape {given.shape}")
    if images and not ((given >= 0) & (given < classes)).all():
        raise ValueError(
            f"labels must lie between 0 and {classes - 1}, but reach {given.min()} to {given.max()}"
        )
