"""Writing numbers into the scalar products among oscillators, and reading them back."""

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from hkam._arrays import count, real_array
from hkam.sphere import check_unit_rows

__all__ = ["decode_scalars", "encode_scalars", "independent_products"]

_EXCESS = 1e-6  # how far beyond ±1 a value may be: rounding of a rescaled float32 image


def encode_scalars(
    values: Float[ArrayLike, "K"], dimensions: int, *, directions: Float[ArrayLike, "K D"] | None = None
) -> Float[Array, "K+1 D1"]:
    """Write numbers into the scalar products of one oscillator with the others.

    ``μ_1 = e_1``, ``μ_{j+1} = v_j e_1 + √(1 − v_j²) u_j`` with unit vectors ``u_j ⟂ e_1``, so that
    ``μ_1ᵀ μ_{j+1} = v_j``.

    The paper prints ``1 − v_j²`` for the second component, which is not a unit vector; the root is meant.

    Args:
        values: ``v``, between −1 and 1. At −1 and 1 the root's derivative is infinite; it counts as zero there.
        dimensions: Columns, D + 1, at least 2.
        directions: ``u_j`` without their first component, unit rows; all ``e_2`` by default, as in the paper.
            Directions that differ keep oscillators that encode nothing (``v = 0``) from all pointing one way.

    Returns:
        Unit rows, one more than there are values.

    Raises:
        ValueError: If a value is not between −1 and 1, there are fewer than two columns, or the directions do not fit
            or are no unit rows.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix C, eq. 36 corrected.
    """
    dimensions, v = count("dimensions", dimensions), real_array("values", values)
    if dimensions < 2:
        raise ValueError(f"dimensions must be at least 2, but is {dimensions}")
    if v.ndim != 1:
        raise ValueError(f"values must be a row of numbers, but has shape {v.shape}")
    if not isinstance(v, Tracer) and not (np.abs(np.asarray(v)) <= 1 + _EXCESS).all():
        raise ValueError(f"values must lie between −1 and 1, but reach {float(jnp.max(jnp.abs(v))):.6g}")
    shape = (len(v), dimensions - 1)
    if directions is None:
        u = jnp.zeros(shape, v.dtype).at[:, 0].set(1)
    else:
        u = real_array("directions", directions)
        if u.shape != shape:
            raise ValueError(f"directions must have shape {shape}, but has {u.shape}")
        check_unit_rows("directions", u)
    v = jnp.clip(v, -1, 1)
    squares = 1 - v**2
    # The inner choice keeps the infinite slope of the root at zero out of the gradient.
    lengths = jnp.where(squares > 0, jnp.sqrt(jnp.where(squares > 0, squares, 1.0)), 0.0)
    first = jnp.zeros((1, dimensions), v.dtype).at[0, 0].set(1)
    return jnp.concatenate([first, jnp.concatenate([v[:, None], lengths[:, None] * u], axis=1)])


def decode_scalars(mu: Float[ArrayLike, "N D1"]) -> Float[Array, "N-1"]:
    """Read the scalar products ``μ_1ᵀ μ_{j+1}``.

    Args:
        mu: Unit rows.

    Returns:
        ``v``; any common rotation of the oscillators leaves it unchanged.

    Raises:
        ValueError: If ``mu`` does not have at least one row.

    Source: the same paper, Appendix C.
    """
    rows = real_array("mu", mu)
    if rows.ndim != 2 or len(rows) == 0:
        raise ValueError(f"mu must be at least one row, but has shape {rows.shape}")
    return rows[1:] @ rows[0]


def independent_products(oscillators: int, dimensions: int) -> int:
    """Return how many scalar products among oscillators can be chosen freely, ``N D − D (D + 1) / 2``.

    These are the oscillators' degrees of freedom, without those of a common rotation; with fewer oscillators than
    dimensions they are all ``N (N − 1) / 2`` pairs. More numbers than this, drawn at random, cannot all be scalar
    products. The paper counts ``(N − 1) D``, which is right for D = 1 alone: a rotation in D + 1 dimensions has
    ``D (D + 1) / 2`` parameters, not D.

    Args:
        oscillators: N.
        dimensions: Columns, D + 1.

    Raises:
        ValueError: If ``oscillators`` is no whole number, or ``dimensions`` none of at least 1.

    Source: the same paper, Appendix C, corrected.
    """
    n, columns = count("oscillators", oscillators), count("dimensions", dimensions, least=1)
    d = min(columns, max(n, 1)) - 1
    return n * d - d * (d + 1) // 2
