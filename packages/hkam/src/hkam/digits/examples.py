"""Some digits, and what a classifier says of them before and after its edits."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer

from hkam.digits.classifier import class_units
from hkam.digits.finetuning import EditedClassifier, edited_class_units
from hkam.digits.solvers import Solve
from hkam.digits.starts import ShownStart, shown_values
from hkam.digits.tasks import edited_labels
from hkam.hopfield import HopfieldMemory

__all__ = ["Answer", "answers_to_examples"]


class Answer(NamedTuple):
    """What a classifier says of one digit.

    Attributes:
        picture: What it sees.
        before: Its answer before the edit.
        after: Its answer after the edit.
        is_right: Whether that is what the task wants.
    """

    picture: Float[np.ndarray, "height width"]
    before: int
    after: int
    is_right: bool


def answers_to_examples(
    network: HopfieldMemory,
    networks: Mapping[str, EditedClassifier],
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    *,
    solve: Solve,
    each: int = 4,
) -> dict[str, list[Answer]]:
    """Ask the classifier before and after its edits about the first zeros and ones.

    Args:
        network: The unedited classifier.
        networks: The edited one of each task; those with a cue are shown a 0 and a 1 in turn.
        images: Square test images, pixels between 0 and 1.
        labels: Their classes.
        solve: Maps a memory and a batch of cues to their recall.
        each: How many zeros and how many ones.

    Returns:
        By task, a row of answers; beside the picture stands, paler, what the oscillators are shown.
    """
    picked = np.concatenate([np.flatnonzero(labels == digit)[:each] for digit in (0, 1)])
    cues = np.tile([0, 1], each)
    shown = np.stack([images[labels == cue][-1] for cue in cues])
    side = math.isqrt(images.shape[1])
    pictures, beside = (pixels.reshape(-1, side, side) for pixels in (images[picked], 0.6 * shown))
    before = class_units(network, images[picked], solve=solve).argmax(axis=1)
    rows = {}
    for task, model in networks.items():
        cued = isinstance(model.start, ShownStart)
        seen = shown_values(shown) if cued else None
        after = edited_class_units(model, images[picked], seen, solve=solve).argmax(axis=1)
        wanted = edited_labels(labels[picked], task, cues=cues if cued else None)  # pyright: ignore[reportArgumentType]
        drawn = np.concatenate([pictures, beside], axis=2) if cued else pictures
        columns = (drawn, before.tolist(), after.tolist(), (after == wanted).tolist())
        rows[task] = [Answer(*one) for one in zip(*columns, strict=True)]
    return rows
