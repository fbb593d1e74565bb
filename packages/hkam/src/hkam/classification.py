"""Reading classes off the units that stand for them."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hkam.hopfield import HopfieldMemory
from hkam.memory import AbstractMemory
from hkam.recall import Recall
from hkam.train import CLASSES, classifier_cue

__all__ = ["class_units"]


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
        solve: Maps a memory and a batch of cues to their recall, as for `hkam.train.accuracy`.
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

    @eqx.filter_jit
    def answer(network: HopfieldMemory, pictures: Array) -> Array:
        return solve(network, classifier_cue(pictures, network.size)).state.x[:, -classes:]

    parts = [images[start : start + batch] for start in range(0, len(images), batch)]
    return np.concatenate([np.asarray(answer(memory, jnp.asarray(part))) for part in parts])
