"""The sphere the oscillators live on: unit rows, tangent vectors, rotations."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, PRNGKeyArray

__all__ = ["has_unit_rows", "random_rotation", "random_unit_rows", "row_products", "tangent", "unit_rows"]

UNIT_TOLERANCE = (
    1e-4  # how far from one a row's length may be on the way in: float32 encodings stay well below
)


_SHORT_ROW = 8  # up to so many columns are added one by one: reductions over short rows are slow on CPUs


def row_products(a: Float[Array, "*batch D1"], b: Float[Array, "*batch D1"]) -> Float[Array, "*batch 1"]:
    """Return the scalar product of every two rows, with a last axis of length one.

    Args:
        a: Rows.
        b: As many rows of the same length.

    Returns:
        ``a_iᵀ b_i``.
    """
    columns = a.shape[-1]
    if not 0 < columns <= _SHORT_ROW:
        return jnp.sum(a * b, axis=-1, keepdims=True)
    return functools.reduce(jnp.add, [a[..., d : d + 1] * b[..., d : d + 1] for d in range(columns)])


@jax.custom_jvp
def unit_rows(mu: Float[Array, "*batch D1"]) -> Float[Array, "*batch D1"]:
    """Scale every row to length one.

    Args:
        mu: Rows, none of them zero.

    Returns:
        ``μ_i / |μ_i|``.
    """
    return mu * jax.lax.rsqrt(row_products(mu, mu))


@unit_rows.defjvp
def _unit_rows_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (mu,), (change,) = primals, tangents
    scale = jax.lax.rsqrt(row_products(mu, mu))
    unit = mu * scale
    return unit, scale * tangent(unit, change)


def has_unit_rows(mu: Float[Array, "*batch N D1"]) -> Bool[Array, ""]:
    """Tell whether all rows have length one to 1e-4 (and are finite)."""
    return jnp.all(jnp.abs(jnp.linalg.norm(mu, axis=-1) - 1.0) <= UNIT_TOLERANCE)


def tangent(mu: Float[Array, "N D1"], v: Float[Array, "N D1"]) -> Float[Array, "N D1"]:
    """Project vectors onto the sphere's tangent planes, ``(I − μ_i μ_iᵀ) v_i``.

    Args:
        mu: Unit rows, the points.
        v: Vectors at these points.

    Returns:
        The projected vectors.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 9.
    """
    return v - row_products(mu, v) * mu


def random_unit_rows(n: int, dimensions: int, *, key: PRNGKeyArray) -> Float[Array, "N D1"]:
    """Draw points uniformly on the sphere.

    Args:
        n: Number of oscillators N.
        dimensions: Columns, D + 1.
        key: Random key.

    Returns:
        Unit rows.
    """
    return unit_rows(jax.random.normal(key, (n, dimensions)))


def random_rotation(dimensions: int, *, key: PRNGKeyArray) -> Float[Array, "D1 D1"]:
    """Draw an orthogonal matrix uniformly (Haar measure).

    Args:
        dimensions: Rows and columns, D + 1.
        key: Random key.

    Returns:
        ``Q`` with ``Qᵀ Q = I``.

    Source: the same paper, Appendix F.4 (rotation of the start for every batch).
    """
    return jax.random.orthogonal(key, dimensions)


def check_unit_rows(name: str, mu: Float[Array, "*batch N D1"]) -> None:
    """Refuse rows that are not unit vectors, where the values are known.

    Args:
        name: What to call the argument in the message.
        mu: The rows.

    Raises:
        ValueError: If a row is not finite or its length is not one to 1e-4.
    """
    if isinstance(mu, Tracer):
        return
    lengths = np.linalg.norm(np.asarray(mu, dtype=float), axis=-1)
    bad = ~(np.abs(lengths - 1.0) <= UNIT_TOLERANCE)
    if bad.any():
        where = tuple(int(index) for index in np.argwhere(bad)[0])
        raise ValueError(
            f"{name} must have unit rows, but row {where} has length {lengths[where]:.6g}; hkam.unit_rows scales rows"
        )
