"""Writing numbers into the scalar products among oscillators, and reading them back."""

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

__all__ = ["decode_scalars", "encode_scalars"]

_EXCESS = 1e-6  # how far beyond ±1 a value may be: rounding of a rescaled float32 image


def encode_scalars(
    values: Float[Array, "K"], dimensions: int, *, directions: Float[Array, "K D"] | None = None
) -> Float[Array, "K+1 D1"]:
    """Write numbers into the scalar products of one oscillator with the others.

    ``μ_1 = e_1``, ``μ_{j+1} = v_j e_1 + √(1 − v_j²) u_j`` with unit vectors ``u_j ⟂ e_1``, so that
    ``μ_1ᵀ μ_{j+1} = v_j``.

    The paper prints ``1 − v_j²`` for the second component, which is not a unit vector; the root is meant.

    Args:
        values: ``v``, between −1 and 1.
        dimensions: Columns, D + 1, at least 2.
        directions: ``u_j`` without their first component, unit rows; all ``e_2`` by default, as in the paper.
            Directions that differ keep oscillators that encode nothing (``v = 0``) from all pointing one way.

    Returns:
        Unit rows, one more than there are values.

    Raises:
        ValueError: If a value is not between −1 and 1, there are fewer than two columns, or the directions do not fit.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix C, eq. 36 corrected.
    """
    if dimensions < 2:
        raise ValueError(f"dimensions must be at least 2, but is {dimensions}")
    if not isinstance(values, Tracer) and not (np.abs(np.asarray(values)) <= 1 + _EXCESS).all():
        raise ValueError(f"values must lie between −1 and 1, but reach {float(jnp.max(jnp.abs(values))):.6g}")
    (count,) = values.shape
    if directions is None:
        directions = jnp.zeros((count, dimensions - 1), values.dtype).at[:, 0].set(1)
    if directions.shape != (count, dimensions - 1):
        raise ValueError(f"directions must have shape {(count, dimensions - 1)}, but has {directions.shape}")
    values = jnp.clip(values, -1, 1)
    rest = jnp.sqrt(1 - values**2)[:, None] * directions
    first = jnp.zeros((1, dimensions), values.dtype).at[0, 0].set(1)
    return jnp.concatenate([first, jnp.concatenate([values[:, None], rest], axis=1)])


def decode_scalars(mu: Float[Array, "N D1"]) -> Float[Array, "N-1"]:
    """Read the scalar products ``μ_1ᵀ μ_{j+1}``.

    Args:
        mu: Unit rows.

    Returns:
        ``v``; any common rotation of the oscillators leaves it unchanged.

    Source: the same paper, Appendix C.
    """
    return mu[1:] @ mu[0]
