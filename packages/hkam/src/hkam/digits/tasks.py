"""The four editing tasks: digits whose labels 0 and 1 are exchanged or conflated, always or when a cue says so."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from jaxtyping import Integer

__all__ = ["EDITING_TASKS", "Task", "cue_digits", "edited_labels"]

Task = Literal["conflation", "swap", "associative conflation", "associative swap"]

EDITING_TASKS: tuple[Task, ...] = get_args(Task)
"""In the order of the paper's Table 1."""


def edited_labels(
    labels: Integer[np.ndarray, "S"], task: Task, *, cues: Integer[np.ndarray, "S"] | None = None
) -> Integer[np.ndarray, "S"]:
    """Change labels as a task asks.

    Conflation calls every 1 a 0; swap exchanges 0 and 1. The associative tasks do so only where the digit that is shown
    to the oscillators is a 1.

    Args:
        labels: Digits, 0 to 9.
        task: Which of the four.
        cues: The digits shown to the oscillators, 0 or 1; for the associative tasks only.

    Returns:
        The labels to learn, of the type that ``labels`` have.

    Raises:
        ValueError: If the task is none of the four, or cues are missing, not wanted, or neither 0 nor 1.

    Source: "Binding threshold units with artificial oscillatory neurons", §6.
    """
    if task not in EDITING_TASKS:
        raise ValueError(f"task must be one of {', '.join(EDITING_TASKS)}, but is {task!r}")
    associative = task.startswith("associative")
    if associative != (cues is not None):
        wanted = "need cues" if associative else "take no cues"
        raise ValueError(f"labels of the task {task!r} {wanted}")
    replaced = {0: 1, 1: 0} if task.endswith("swap") else {1: 0}
    values = [np.asarray(value, labels.dtype) for value in replaced.values()]
    edited = np.select([labels == digit for digit in replaced], values, labels)
    if cues is None:
        return edited
    if not np.isin(cues, (0, 1)).all():
        raise ValueError(f"cues must be 0 or 1, but hold {sorted(set(cues.tolist()) - {0, 1})}")
    return np.where(cues == 1, edited, labels)


def cue_digits(count: int, *, seed: int | Sequence[int]) -> Integer[np.ndarray, "S"]:
    """Draw which digit, 0 or 1 with equal probability, each sample's oscillators are shown.

    Args:
        count: Number of samples.
        seed: Of the draw.

    Returns:
        Zeros and ones.

    Source: the same paper, §6.
    """
    return np.random.default_rng(seed).integers(0, 2, size=count)
