"""What is watched while an edit is trained, and the history that it leaves."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from hkam.digits.finetuning import EditedClassifier, edited_class_units
from hkam.digits.reading import Samples
from hkam.digits.solvers import Solve
from hkam.train import Fit

__all__ = ["strength_and_accuracy", "training_history"]


def strength_and_accuracy(
    samples: Samples, *, solve: Solve
) -> Callable[[EditedClassifier], dict[str, float]]:
    """Return what `fine_tune` can ``watch``: the strength κ, and how often the network says what its task wants.

    Args:
        samples: Digits of the task.
        solve: Maps a memory and a batch of cues to their recall.

    Returns:
        Maps a network to its ``strength`` and its ``accuracy`` in percent.
    """

    def watch(model: EditedClassifier) -> dict[str, float]:
        units = edited_class_units(model, samples.images, samples.shown, solve=solve)
        right = np.mean(units.argmax(axis=1) == samples.wanted)
        return {"strength": float(model.coupling.strength), "accuracy": 100 * float(right)}

    return watch


def training_history(fitted: Fit, *, window: int) -> pd.DataFrame:
    """Put the loss beside what was watched.

    Args:
        fitted: What training left.
        window: Last updates over which the loss is averaged.

    Returns:
        ``update``, what was watched after so many updates, and the mean ``loss`` until then, missing before the first.

    Raises:
        ValueError: If nothing was watched.
    """
    if not fitted.records:
        raise ValueError("fitted must have records of what was watched, but has none")
    history = pd.DataFrame(fitted.records)
    running = np.asarray(pd.Series(fitted.losses).rolling(window, min_periods=1).mean())
    until = np.append(np.nan, running)
    return history.assign(loss=until[history["update"].to_numpy(int)])
