"""Parts of the evidence for misprints: random pieces of small networks, and how far one number is from another."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hkam.sphere import random_unit_rows
from hkam.states import HopfieldKuramotoState

__all__ = ["FLOOR", "Errors", "moving_state", "relative", "symmetric"]

Errors = tuple[Float[Array, ""], Float[Array, ""]]
"""Of the printed and of the corrected formula."""

FLOOR = 1e-3


def symmetric(key: PRNGKeyArray, n: int) -> Float[Array, "n n"]:
    """Return a random symmetric matrix."""
    square = jax.random.normal(key, (n, n))
    return 0.5 * (square + square.T)


def moving_state(key: PRNGKeyArray, n: int) -> HopfieldKuramotoState:
    """Return a random state in which every rectified unit is active, so that each part of the network moves."""
    first, second = jax.random.split(key)
    x = jax.random.uniform(first, (n,), minval=0.2, maxval=1.5)
    return HopfieldKuramotoState(x, random_unit_rows(n, 3, key=second))


def relative(value: Float[Array, ""], wanted: Float[Array, ""]) -> Float[Array, ""]:
    """Return the relative difference of two numbers; where the wanted one is nearly zero, the difference to a floor."""
    return jnp.abs(value - wanted) / jnp.maximum(jnp.abs(wanted), FLOOR)
