"""Training memories through their dynamics."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float
from tqdm import tqdm

from hkam._arrays import count
from hkam.batch import BatchedMemory
from hkam.checkpoints import Checkpoint, Progress
from hkam.dynamics import Recall, recall
from hkam.memory import AbstractMemory

__all__ = [
    "Fit",
    "Schedule",
    "batches",
    "fit",
    "recall_batch",
]

Memory = TypeVar("Memory", bound=eqx.Module)
Batch = TypeVar("Batch")


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
        warm_up: Updates over which the rate first rises from zero; may be zero.

    Raises:
        ValueError: If another entry is not positive and finite, or a number of things is no whole number.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix F.2.
    """

    updates: int = 1500
    batch: int = 100
    rate: float = 3e-4
    halve_every: int = 500
    steps: int = 4
    warm_up: int = 0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (0 < value < float("inf") or (name == "warm_up" and value == 0)):
                raise ValueError(f"{name} must be positive and finite, but is {value}")
        for name in ("updates", "batch", "steps", "warm_up"):
            count(name, getattr(self, name))

    def optimiser(self, *, scale: float = 1.0) -> optax.GradientTransformation:
        """Return Lion with the decaying rate.

        Args:
            scale: Factor on the rate, for a group of parameters that shall move slower.
        """
        rate = scale * self.rate
        decay = optax.exponential_decay(rate, self.halve_every, 0.5)
        if not self.warm_up:
            return optax.lion(decay)
        return optax.lion(
            optax.join_schedules([optax.linear_schedule(0.0, rate, self.warm_up), decay], [self.warm_up])
        )


class Fit(NamedTuple):
    """What training leaves.

    Args:
        memory: The trained memory.
        losses: The loss of every update's batch.
        records: What was watched, with the number of updates it came after as ``update``.
    """

    memory: Any
    losses: Float[np.ndarray, "updates"]
    records: list[dict[str, float]]


def recall_batch(memory: AbstractMemory[Any], cues: Any, *, steps: int = 4) -> Recall:
    """Recall a batch of cues over t ∈ [0, 1] with a few steps of Heun's method, made to be differentiated.

    Args:
        memory: The memory.
        cues: Cues stacked along a first axis.
        steps: Steps of equal length.

    Returns:
        The recall of the batch as one system.

    Raises:
        ValueError: If ``steps`` is no whole number of at least 1.
    """
    steps = count("steps", steps, least=1)
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
    watch: Callable[[Memory], Mapping[str, float]] | None = None,
    watch_every: int = 50,
    checkpoint: Checkpoint | None = None,
) -> Fit:
    """Train a memory by gradient descent on a loss.

    Args:
        memory: Where to start: a memory, or any module that holds one.
        loss: Maps the memory and one batch to a scalar.
        data: Batches, one per update. A run that resumes leaves out those that it has used, so they must come in the
            same order again.
        optimiser: Any of optax.
        trainable: Which leaves to train: a predicate, or a tree of booleans like the memory.
        updates: How many batches will come, for the progress bar.
        watch: Measured before the first update, every ``watch_every`` updates, and at the end.
        watch_every: Updates between two looks.
        checkpoint: Where to keep the progress. With one, a run that was killed ends, when it is started again, with
            the weights it would have had.

    Returns:
        The trained memory, its losses, and what was watched.

    Raises:
        FloatingPointError: If the loss stops being finite.
        hkam.checkpoints.CheckpointError: If the checkpoint is of another run.
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

    # The caller keeps its own; and a type that the first update would make definite compiles the update once more.
    learned, state = jax.tree.map(
        lambda leaf: jnp.array(leaf, leaf.dtype) if eqx.is_array(leaf) else leaf, (learned, state)
    )
    losses: list[float] = []
    records: list[dict[str, float]] = []
    kept = checkpoint.load((learned, state)) if checkpoint is not None else None
    if kept is not None:
        (learned, state), losses, records = kept.values, list(kept.losses), list(kept.records)
    done = len(losses)

    def look() -> None:
        if watch is not None and (not records or records[-1]["update"] != len(losses)):
            records.append({"update": len(losses), **watch(eqx.combine(learned, frozen))})

    def save() -> None:
        if checkpoint is not None:
            checkpoint.save(Progress((learned, state), losses, records))

    for number, batch in enumerate(tqdm(data, total=updates, desc="training", disable=None, leave=False)):
        if number < done:
            continue
        if number % watch_every == 0:
            look()
        learned, state, value = update((frozen, batch), learned, state)
        losses.append(float(value))
        if not np.isfinite(losses[-1]):
            raise FloatingPointError(
                f"the loss of update {number} is {losses[-1]}; a smaller learning rate may help"
            )
        if checkpoint is not None and len(losses) % checkpoint.every == 0:
            save()
    if len(losses) > done:
        look()
        save()
    return Fit(eqx.combine(learned, frozen), np.asarray(losses), records)


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
        ValueError: If the arrays differ in length or hold less than one batch, or ``size`` or ``updates`` is no whole
            number (of at least 1, 0).
    """
    size, updates = count("size", size, least=1), count("updates", updates)
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
