"""Completing damaged patterns: some pixels of each are blanked, and the memory is asked for the whole."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hkam.analysis.patterns import random_pixels
from hkam.dynamics import recall
from hkam.memory import AbstractMemory

__all__ = ["Completed", "blanked", "complete"]


class Completed(NamedTuple):
    """What a memory made of damaged patterns.

    Args:
        x: Threshold units at the end, one recall per row.
        share: Share of the recalls in which every threshold unit has the pattern's sign.
    """

    x: Float[Array, "B N"]
    share: float


def blanked(
    patterns: Float[Array, "B pixels"], number: int, random: np.random.Generator
) -> Float[Array, "B pixels"]:
    """Blank some pixels of each pattern, others in each.

    Args:
        patterns: One per row.
        number: How many pixels of each to blank.
        random: Where the numbers come from.

    Returns:
        The patterns with zeros in place of the blanked pixels.

    Raises:
        ValueError: If the patterns have fewer pixels.
    """
    rows, pixels = patterns.shape
    blank = [random_pixels(random, pixels, number) for _ in range(rows)]
    return patterns * jnp.asarray(~np.reshape(np.asarray(blank, bool), (rows, pixels)), patterns.dtype)


def complete(
    memory: AbstractMemory[Any], cues: Any, patterns: Float[Array, "B N"], duration: float = 1.0
) -> Completed:
    """Recall from damaged patterns and count those that come out whole.

    Args:
        memory: With threshold units.
        cues: States stacked along a first axis.
        patterns: What each is to become, entries ±1.
        duration: How long to recall.
    """
    x = _settle(memory, cues, duration)
    return Completed(x, float(jnp.mean(jnp.all(jnp.sign(x) == patterns, axis=1))))


@eqx.filter_jit
def _settle(memory: AbstractMemory[Any], cues: Any, duration: float) -> Float[Array, "B N"]:
    return jax.vmap(lambda cue: recall(memory, cue, duration).state.x)(cues)
