"""How classifiers of digits are read: with the paper's solver, and with the one of their training."""

from collections.abc import Callable
from typing import Any

from hkam.batch import BatchedMemory
from hkam.dynamics import Recall, recall
from hkam.memory import AbstractMemory
from hkam.train import recall_batch

__all__ = ["Solve", "adaptive", "fixed_step", "reading_solvers"]

Solve = Callable[[AbstractMemory[Any], Any], Recall]
"""Maps a memory and a batch of cues to their recall."""


def adaptive(memory: AbstractMemory[Any], cues: Any) -> Recall:
    """Recall a batch of cues over t ∈ [0, 1] with the paper's adaptive solver.

    Args:
        memory: The memory.
        cues: Cues stacked along a first axis.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix F.1.
    """
    return recall(BatchedMemory(memory), cues, 1.0)


def fixed_step(steps: int) -> Solve:
    """Return the solver of a training: so many steps of Heun's method over t ∈ [0, 1].

    Programs are compiled per solver: make one and use it again.

    Args:
        steps: Steps of equal length.
    """

    def solve(memory: AbstractMemory[Any], cues: Any) -> Recall:
        return recall_batch(memory, cues, steps=steps)

    return solve


def reading_solvers(steps: int) -> dict[str, Solve]:
    """Return the two solvers by which accuracies are told apart, ``adaptive`` and ``fixed step``.

    Args:
        steps: Of the training.
    """
    return {"adaptive": adaptive, "fixed step": fixed_step(steps)}
