"""The exact exchange of two class units, and each of its parts, added to the synapses so many times."""

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer

from hkam.digits.classifier import class_units
from hkam.digits.exchange import Exchange, with_added_synapses
from hkam.digits.solvers import Solve
from hkam.digits.tasks import edited_labels
from hkam.hopfield import HopfieldMemory

__all__ = ["exchange_sweep", "quoted_exchange"]


def exchange_sweep(
    network: HopfieldMemory,
    exchanged: Exchange,
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    *,
    solve: Solve,
) -> pd.DataFrame:
    """Add the exact exchange of two class units, and each of its parts, several times to the synapses.

    Args:
        network: The classifier.
        exchanged: The change by which the class units of 0 and 1 take each other's synapses.
        images: Test images.
        labels: Their classes.
        solve: Maps a memory and a batch of cues to their recall.

    Returns:
        ``added`` (which part), ``times``, and the accuracy in percent on the labels of ``no edit``, ``conflation`` and
        ``swap``.
    """
    parts = {
        "positive part": exchanged.positive,
        "negative part": exchanged.negative,
        "both": exchanged.positive + exchanged.negative,
    }
    wanted = {
        "no edit": labels,
        "conflation": edited_labels(labels, "conflation"),
        "swap": edited_labels(labels, "swap"),
    }
    rows = []
    for part, change in parts.items():
        for times in (0.0, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0):
            changed = with_added_synapses(network, times * change)
            answers = class_units(changed, images, solve=solve).argmax(axis=1)
            accuracy = {name: 100 * float(np.mean(answers == right)) for name, right in wanted.items()}
            rows.append({"added": part, "times": times, **accuracy})
    return pd.DataFrame(rows)


def quoted_exchange(sweep: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a sweep that say which rank an edit needs, with the ``key`` by which each is quoted.

    Args:
        sweep: As from `exchange_sweep`.

    Returns:
        ``key``, ``added``, ``times``, ``labels`` and ``value``, the accuracy.
    """
    asked = [
        ("none", "both", 0.0, "no edit"),
        ("swap", "both", 1.0, "swap"),
        ("swap_positive", "positive part", 1.5, "swap"),
        ("swap_negative", "negative part", 1.5, "swap"),
    ]
    rows = pd.DataFrame(asked, columns=["key", "added", "times", "labels"])
    return rows.merge(sweep.melt(["added", "times"], var_name="labels"))
