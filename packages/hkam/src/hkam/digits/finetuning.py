"""Editing a frozen classifier with oscillators: the network, its batches, and its training."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Integer, PRNGKeyArray

from hkam._arrays import count
from hkam.couplings import LowRankCoupling, MaskedCoupling
from hkam.digits.classifier import CLASSES, classifier_cue, squared_error
from hkam.digits.starts import AbstractStart, shown_digits
from hkam.digits.tasks import Task, edited_labels
from hkam.dynamics import Recall
from hkam.graphs import Graph
from hkam.hopfield import HopfieldMemory
from hkam.hopfield_kuramoto import HopfieldKuramotoMemory, low_rank_memory
from hkam.interactions import ReLUInteraction
from hkam.memory import AbstractMemory
from hkam.sphere import random_rotation
from hkam.states import HopfieldKuramotoState
from hkam.train import Fit, Schedule, batches, fit, recall_batch

__all__ = [
    "EditedClassifier",
    "EditingBatch",
    "edited_class_units",
    "editing_batches",
    "fine_tune",
    "random_weights",
]

FIRST_STRENGTH = 1e-2  # κ, §6


class EditedClassifier(eqx.Module):
    """A classifier whose synapses oscillators correct by ``κ μ_iᵀ μ_j``.

    Args:
        memory: The classifier's units bound to oscillators, from `hkam.low_rank_memory`.
        start: Where the oscillators begin.

    Source: the same paper, eq. 18, §6.
    """

    memory: HopfieldKuramotoMemory
    start: AbstractStart

    @classmethod
    def around(
        cls,
        classifier: HopfieldMemory,
        graph: Graph,
        start: AbstractStart,
        *,
        omega: Float[Array, "D1 D1"] | None = None,
        weights: tuple[Float[Array, "E"], Float[Array, "E"]] | None = None,
        mask: Graph | None = None,
    ) -> "EditedClassifier":
        """Bind untrained oscillators to a trained classifier, ``κ = 0.01``.

        Args:
            classifier: The trained network.
            graph: Who interacts among the oscillators.
            start: Where the oscillators begin.
            omega: ``Ω`` if oscillators shall rotate. One shared rotation changes no scalar product and so no answer:
                the gradient with respect to it is zero.
            weights: ``R`` and ``S`` to begin with; zero if None. `random_weights` draws some.
            mask: Which pairs of units ``κ`` couples; all if None, as in eq. 18.

        Raises:
            ValueError: If a graph does not have one node per unit.
        """
        for name, one in (("graph", graph), ("mask", mask)):
            if one is not None and one.nodes != classifier.size:
                raise ValueError(
                    f"{name} must have one node per unit, {classifier.size}, but has {one.nodes}"
                )
        nothing = jnp.zeros(graph.edge_count, classifier.bias.dtype)
        memory = low_rank_memory(
            classifier,
            *(weights or (nothing, nothing)),
            graph,
            strength=jnp.asarray(FIRST_STRENGTH, nothing.dtype),
            omega=omega,
            mask=mask,
        )
        return cls(memory, start)

    @property
    def interaction(self) -> ReLUInteraction:
        """``R`` and ``S`` on their graph."""
        return self.memory.kuramoto.interaction  # pyright: ignore[reportReturnType]

    @property
    def coupling(self) -> LowRankCoupling | MaskedCoupling:
        """``κ``."""
        return self.memory.coupling  # pyright: ignore[reportReturnType]

    @property
    def oscillator_weights(self) -> int:
        """Number of entries of R and S; the paper's Table 4 counts those of ``μ(0)``, too (`model_sizes`)."""
        return self.interaction.linear.size + self.interaction.rectified.size

    def cue(
        self,
        images: Float[Array, "B pixels"],
        shown: Float[Array, "B pixels"] | None = None,
        *,
        rotation: Float[Array, "D1 D1"] | None = None,
    ) -> HopfieldKuramotoState:
        """Write images into the threshold units, and what is shown into the oscillators.

        Args:
            images: Pixels between 0 and 1.
            shown: What the oscillators are shown, between −1 and 1.
            rotation: Turns all oscillators of the batch.

        Returns:
            Cues.
        """
        x = classifier_cue(images, self.memory.hopfield.size).x
        mu = self.start(len(images), shown)
        return HopfieldKuramotoState(x, mu if rotation is None else mu @ rotation.T)

    def trainable(self, *, start: bool, omega: bool = False) -> Any:
        """Return what fine-tuning changes: R, S, κ, and what is asked for; never the classifier.

        Args:
            start: Whether the oscillators' start is learned.
            omega: Whether Ω is.

        Returns:
            A tree of booleans.
        """
        fixed = jax.tree.map(lambda _: False, self)

        def learned(tree: "EditedClassifier") -> list[Any]:
            leaves = [tree.interaction.linear, tree.interaction.rectified, tree.coupling.strength]
            leaves += jax.tree.leaves(tree.start) if start else []
            return [*leaves, tree.memory.kuramoto.omega] if omega else leaves

        return eqx.tree_at(learned, fixed, replace=[True] * len(learned(fixed)))


def random_weights(graph: Graph, k: int, *, key: PRNGKeyArray) -> tuple[Float[Array, "E"], Float[Array, "E"]]:
    """Draw ``R`` and ``S`` from a normal distribution of variance 1/k.

    Args:
        graph: Who interacts.
        k: Neighbours of each oscillator.
        key: Random key.

    Returns:
        Both, one entry per edge.

    Raises:
        ValueError: If ``k`` is no whole number of at least 1.
    """
    spread = count("k", k, least=1) ** -0.5
    first, second = spread * jax.random.normal(key, (2, graph.edge_count))
    return first, second


class EditingBatch(NamedTuple):
    """What one update of fine-tuning sees.

    Args:
        images: Pixels between 0 and 1.
        labels: Edited labels.
        shown: What the oscillators are shown; ``None`` for the non-associative tasks.
        rotation: Turns all oscillators of the batch; ``None`` for none.
    """

    images: Float[Array, "B pixels"]
    labels: Integer[Array, "B"]
    shown: Float[Array, "B pixels"] | None
    rotation: Float[Array, "D1 D1"] | None


def editing_batches(
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    task: Task,
    *,
    size: int,
    updates: int,
    seed: int,
    rotate: int | None = None,
) -> Iterator[EditingBatch]:
    """Draw the batches of a task: every batch has its own cues and, if wanted, its own rotation.

    Args:
        images: Digits, pixels between 0 and 1.
        labels: Their classes.
        task: Which of the four.
        size: Samples a batch.
        updates: Number of batches.
        seed: Of all draws.
        rotate: Columns of the oscillators, D + 1, to turn them at random, as the paper does for the non-associative
            tasks; ``None`` leaves them. The answer does not depend on it.

    Yields:
        The batches.
    """
    order = batches(images, labels, size=size, updates=updates, seed=seed)
    for number, (pictures, digits) in enumerate(order):
        shown, cues = None, None
        if task.startswith("associative"):
            shown, cues = shown_digits(images, labels, size, seed=[seed, number])
        turn = None
        if rotate is not None:
            turn = random_rotation(rotate, key=jax.random.fold_in(jax.random.key(seed), number))
        yield EditingBatch(
            jnp.asarray(pictures),
            jnp.asarray(edited_labels(digits, task, cues=cues)),
            None if shown is None else jnp.asarray(shown),
            turn,
        )


def fine_tune(
    network: EditedClassifier,
    data: Iterable[EditingBatch],
    *,
    schedule: Schedule,
    trainable: Any,
    interaction_rate: float = 1.0,
    start_rate: float = 1.0,
    strength_rate: float = 1.0,
    classes: int = CLASSES,
    **options: Any,
) -> Fit:
    """Train the oscillators of an edited classifier: the second stage of the paper's experiments.

    Args:
        network: Where to start, from `EditedClassifier.around`.
        data: Batches, from `editing_batches`.
        schedule: How long and how fast.
        trainable: What to train, from `EditedClassifier.trainable`.
        interaction_rate: Learning rate of R and S, relative to the schedule's. Forces on an oscillator are sums over
            its neighbours, so the more there are, the larger and stiffer the change that the same rate makes.
        start_rate: Learning rate of the start's rows, relative to the schedule's. Only their directions count, and they
            are of length one, so steps that suit R and S hardly turn them.
        strength_rate: Learning rate of κ, relative to the schedule's. The larger κ, the stiffer the trained dynamics.
        classes: How many classes there are.
        options: Passed to `hkam.train.fit`: ``watch``, ``watch_every``, ``checkpoint``.

    Returns:
        The trained network, its losses and what was watched.

    Source: the same paper, §6, Appendix F.
    """

    def loss(model: EditedClassifier, batch: EditingBatch) -> Float[Array, ""]:
        cue = model.cue(batch.images, batch.shown, rotation=batch.rotation)
        final = recall_batch(model.memory, cue, steps=schedule.steps).state.x
        return squared_error(final, batch.labels, classes)

    groups = jax.tree.map(lambda _: "rest", network)
    parts: dict[str, Callable[[Any], Any]] = {
        "interaction": lambda tree: tree.interaction,
        "start": lambda tree: tree.start,
        "strength": lambda tree: tree.coupling.strength,
    }
    for name, part in parts.items():
        groups = eqx.tree_at(part, groups, jax.tree.map(lambda _, name=name: name, part(groups)))
    groups = eqx.filter(groups, trainable)
    rates = {"rest": 1.0, "interaction": interaction_rate, "start": start_rate, "strength": strength_rate}
    optimiser = optax.multi_transform(
        {name: schedule.optimiser(scale=scale) for name, scale in rates.items()}, groups
    )
    return fit(
        network, loss, data, optimiser=optimiser, trainable=trainable, updates=schedule.updates, **options
    )


def edited_class_units(
    network: EditedClassifier,
    images: Float[np.ndarray, "S pixels"],
    shown: Float[np.ndarray, "S pixels"] | None = None,
    *,
    solve: Callable[[AbstractMemory[Any], Any], Recall],
    classes: int = CLASSES,
    batch: int = 100,
) -> Float[np.ndarray, "S classes"]:
    """Return what the class units of each image end with; the highest is the answer.

    Args:
        network: The edited classifier.
        images: Pixels between 0 and 1.
        shown: What each sample's oscillators are shown, between −1 and 1.
        solve: Maps a memory and a batch of cues to their recall, as for `hkam.digits.classifier.class_units`.
        classes: How many units at the end stand for classes.
        batch: Images at once.

    Returns:
        The class units' last states.

    Raises:
        ValueError: If there are no images.

    Source: the same paper, §6.
    """
    if len(images) == 0:
        raise ValueError("images must not be empty")

    parts = []
    for first in range(0, len(images), batch):
        part = slice(first, first + batch)
        digits = None if shown is None else jnp.asarray(shown[part])
        parts.append(np.asarray(_units(solve, classes, network, jnp.asarray(images[part]), digits)))
    return np.concatenate(parts)


@eqx.filter_jit
def _units(
    solve: Callable[[AbstractMemory[Any], Any], Recall],
    classes: int,
    network: EditedClassifier,
    images: Array,
    shown: Array | None,
) -> Array:
    return solve(network.memory, network.cue(images, shown)).state.x[:, -classes:]
