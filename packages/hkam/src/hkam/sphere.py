"""The sphere the oscillators live on: unit rows, tangent vectors, rotations."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from hkam._arrays import count, real_array, wide

__all__ = ["has_unit_rows", "random_rotation", "random_unit_rows", "row_products", "tangent", "unit_rows"]

UNIT_TOLERANCE = (
    1e-4  # how far from one per row's length may be on the way in: float32 encodings stay well below
)


_SHRINK = 2.0**-4
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


def unit_rows(mu: Float[Array, "*batch D1"]) -> Float[Array, "*batch D1"]:
    """Scale every row to length one.

    Args:
        mu: Rows of any length. A row of zeros has no direction and stays as it is, with derivative zero; so does one
            whose entries are all below the smallest normal number of its type.

    Returns:
        ``μ_i / |μ_i|``.

    Raises:
        ValueError: If these are not rows of real numbers.
    """
    rows = real_array("mu", mu)
    if rows.ndim == 0:
        raise ValueError("mu must be rows of real numbers, but is one number")
    (states,) = wide(rows)
    return _unit_rows(states).astype(rows.dtype)


@jax.custom_jvp
def _unit_rows(mu: Float[Array, "*batch D1"]) -> Float[Array, "*batch D1"]:
    return _scaled_rows(mu)[0]


@_unit_rows.defjvp
def _unit_rows_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (mu,), (change,) = primals, tangents
    unit, divisor, scale = _scaled_rows(mu)
    return unit, scale * tangent(unit, change) / divisor


@functools.partial(jax.jit, inline=True)  # one program, not one per operation, where nothing else compiles
def _scaled_rows(mu: Float[Array, "*batch D1"]) -> tuple[Array, Array, Array]:
    """Return unit rows ``(μ / divisor) · scale``; the divisor is 1 unless squares of the entries leave their type."""
    limits = jnp.finfo(mu.dtype)
    squares = row_products(mu, mu)
    ordinary = (squares > limits.tiny / limits.eps) & (squares < limits.max)
    divided, largest, empty = by_largest_entry(mu)
    rows = jnp.where(ordinary, mu, divided)
    squares = jnp.where(ordinary, squares, row_products(divided, divided))
    scale = jnp.where(empty, 0.0, jax.lax.rsqrt(jnp.where(empty, 1.0, squares)))
    return jnp.where(empty, mu, rows * scale), jnp.where(ordinary, 1.0, largest), scale


def by_largest_entry(mu: Float[Array, "*batch D1"]) -> tuple[Array, Array, Array]:
    """Return rows divided by their largest entry, that entry (1 for an empty row), and which rows are empty."""
    largest = jax.lax.stop_gradient(_largest_entry(mu))
    empty = largest < jnp.finfo(mu.dtype).tiny
    divisor = jnp.where(empty, 1.0, largest)
    # The reciprocal of the largest numbers is below the smallest normal one, which XLA takes for zero.
    shrink = jnp.where(divisor > 1, _SHRINK, 1.0).astype(mu.dtype)
    return (mu * shrink) / (divisor * shrink), divisor, empty


def _largest_entry(mu: Float[Array, "*batch D1"]) -> Float[Array, "*batch 1"]:
    sizes, columns = jnp.abs(mu), mu.shape[-1]
    if not 0 < columns <= _SHORT_ROW:
        return jnp.max(sizes, axis=-1, keepdims=True, initial=0.0)
    return functools.reduce(jnp.maximum, [sizes[..., d : d + 1] for d in range(columns)])


def row_lengths(mu: Float[Array, "*batch D1"]) -> Float[Array, "*batch"]:
    """Return the length of every row, with derivative zero where it is zero.

    Args:
        mu: Rows.
    """
    # Scaled by the largest entry, so that no square leaves the type; the scale is a constant to the derivative.
    rows, largest, empty = by_largest_entry(mu)
    squares = jnp.where(empty, 1.0, row_products(rows, rows))
    return jnp.where(empty, 0.0, largest * jnp.sqrt(squares))[..., 0]


def has_unit_rows(mu: Float[Array, "*batch N D1"]) -> Bool[Array, ""]:
    """Tell whether all rows have length one to 1e-4 (and are finite)."""
    return jnp.all(jnp.abs(jnp.linalg.norm(mu, axis=-1) - 1.0) <= UNIT_TOLERANCE)


def tangent(mu: Float[Array, "*batch D1"], v: Float[Array, "*batch D1"]) -> Float[Array, "*batch D1"]:
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

    Raises:
        ValueError: If ``n`` is no whole number, or ``dimensions`` none of at least 1.
    """
    return unit_rows(jax.random.normal(key, (count("n", n), count("dimensions", dimensions, least=1))))


def random_rotation(dimensions: int, *, key: PRNGKeyArray) -> Float[Array, "D1 D1"]:
    """Draw an orthogonal matrix uniformly (Haar measure).

    Args:
        dimensions: Rows and columns, D + 1.
        key: Random key.

    Returns:
        ``Q`` with ``Qᵀ Q = I``.

    Raises:
        ValueError: If ``dimensions`` is no whole number of at least 1.

    Source: the same paper, Appendix F.4 (rotation of the start for every batch).
    """
    return jax.random.orthogonal(key, count("dimensions", dimensions, least=1))


def check_unit_rows(name: str, mu: Float[Array, "*batch N D1"]) -> None:
    """Refuse rows that are not unit vectors, where the values are known.

    Args:
        name: What to call the argument in the message.
        mu: The rows.

    Raises:
        ValueError: If a row is not finite or its length is not one to 1e-4, which half precision cannot hold.
    """
    if isinstance(mu, Tracer):
        return
    rows = real_array(name, mu)
    if rows.dtype.itemsize < jnp.dtype(jnp.float32).itemsize:
        raise ValueError(f"{name} must be of single or double precision, but is of type {rows.dtype}")
    values = np.asarray(rows, dtype=float)
    with np.errstate(over="ignore"):  # a length beyond the type is refused like any other
        lengths = np.linalg.norm(values, axis=-1)
    bad = ~(np.abs(lengths - 1.0) <= UNIT_TOLERANCE)
    if bad.any():
        where = tuple(int(index) for index in np.argwhere(bad)[0])
        raise ValueError(
            f"{name} must have unit rows, but row {where} has length {lengths[where]:.6g}; hkam.unit_rows scales rows"
        )
