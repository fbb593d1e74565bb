"""What a user hands over as numbers, as the arrays that the computations need, or an error that names the argument."""

import operator
from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

__all__ = ["count", "counts", "real_array", "wide"]

_SINGLE = 4  # bytes of a number in single precision


def real_array(name: str, value: Any) -> Float[Array, "..."]:
    """Return numbers as a JAX array of a floating type.

    Args:
        name: What to call the argument in the message.
        value: A number, a list of numbers, a NumPy, JAX or scipy sparse array. Whole numbers become floating ones; a
            Python number keeps to the precision of what it meets.

    Raises:
        ValueError: If these are not real numbers.
    """
    if isinstance(value, jax.Array):
        array = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        return jnp.asarray(_float(name, value))
    else:
        # scipy is not imported for this: whoever has a sparse matrix has imported it.
        written_out = getattr(value, "toarray", lambda: value)
        try:
            array = np.asarray(written_out())
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} must be an array of real numbers, but is {_kind(value)}") from error
    if jnp.issubdtype(array.dtype, jnp.floating):
        return jnp.asarray(array)
    if array.size and not jnp.issubdtype(array.dtype, jnp.integer):
        what = _kind(value) if array.dtype == object else f"of type {array.dtype}"
        raise ValueError(f"{name} must be an array of real numbers, but is {what}")
    return jnp.asarray(array, jnp.result_type(float))


def count(name: str, value: Any, *, least: int = 0) -> int:
    """Return a whole number as a plain integer.

    Args:
        name: What to call the argument in the message.
        value: The number, of any integer type.
        least: The smallest that is allowed.

    Raises:
        ValueError: If it is no whole number, or a smaller one.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool | np.bool) or number < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, but is {value!r}")
    return number


def counts(name: str, values: Iterable[Any], *, least: int = 0) -> tuple[int, ...]:
    """Return whole numbers, such as the sides of a layer, as a tuple of plain integers.

    Args:
        name: What to call the argument in the message.
        values: The numbers.
        least: The smallest that is allowed.

    Raises:
        ValueError: If these are not several, or one is no whole number, or a smaller one.
    """
    if not isinstance(values, Iterable):
        raise ValueError(f"{name} must be a tuple of whole numbers, such as (3,), but is {values!r}")
    return tuple(count(name, value, least=least) for value in values)


def wide(*values: Float[Array, "..."]) -> tuple[Float[Array, "..."], ...]:
    """Return arrays of half precision in single precision, in which long sums are right, and others as they are."""
    return tuple(value.astype(jnp.float32) if value.dtype.itemsize < _SINGLE else value for value in values)


def _float(name: str, value: int | float) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError(f"{name} must be finite, but is larger than any floating number") from error


def _kind(value: Any) -> str:
    module = type(value).__module__.split(".")[0]
    return type(value).__name__ if module == "builtins" else f"{module}'s {type(value).__name__}"
