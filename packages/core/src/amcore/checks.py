"""Checks at the door that need no framework: each names the argument, what is wanted and what came."""

import math
import operator
from collections.abc import Collection, Mapping
from numbers import Real
from typing import Any

__all__ = [
    "LARGEST_SCALE",
    "require_at_least",
    "require_interval",
    "require_known",
    "require_mapping",
    "require_non_negative",
    "require_number",
    "require_positive",
    "require_scale",
    "shortened",
    "whole_number",
]

_LONGEST_WORDS = 200
LARGEST_SCALE = 2.0**32
"""The largest β, γ or width, and the inverse of the smallest: the fourth root of float32's largest number."""


def require_number(name: str, value: Any) -> None:
    """Refuse what is no real number; an array or a tensor without axes is one.

    Raises:
        TypeError: If it is none.
    """
    if isinstance(value, bool) or not (isinstance(value, Real) or getattr(value, "ndim", None) == 0):
        raise TypeError(f"{name} must be a number, but is {value!r:.80}")


def require_positive(name: str, value: Any) -> None:
    """Refuse what is no finite number above 0.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is not finite, or not above 0.
    """
    require_number(name, value)
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be finite and above 0, but is {value}")


def require_scale(name: str, value: Any) -> None:
    """Refuse a factor of what is exponentiated that overflows, or whose inverse does.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is not between 2⁻³² and 2³².
    """
    require_positive(name, value)
    if not 1 / LARGEST_SCALE <= value <= LARGEST_SCALE:
        raise ValueError(
            f"{name} must lie between {1 / LARGEST_SCALE:.3g} and {LARGEST_SCALE:.3g}, but is {value}"
        )


def require_non_negative(name: str, value: Any, largest: float = math.inf) -> None:
    """Refuse what is no finite number of at least 0, or is larger than ``largest``.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is not finite, negative, or too large.
    """
    require_number(name, value)
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be finite and at least 0, but is {value}")
    if value > largest:
        raise ValueError(f"{name} must be at most {largest:.3g}, but is {value}")


def whole_number(name: str, value: Any, wanted: str = "a whole number, but is") -> int:
    """Return a whole number as Python's own, whether it came as that, as NumPy's or in a tensor.

    Raises:
        TypeError: If it is none.
    """
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise TypeError(f"{name} must be {wanted} {value!r}")


def require_at_least(name: str, value: Any, least: int) -> int:
    """Return a whole number of at least ``least`` as Python's own.

    Raises:
        TypeError: If it is no whole number.
        ValueError: If it is smaller.
    """
    whole = whole_number(name, value)
    if whole < least:
        raise ValueError(f"{name} must be at least {least}, but is {whole}")
    return whole


def require_interval(name: str, interval: Any) -> tuple[float, float]:
    """Return start and end as Python's own numbers.

    Raises:
        TypeError: If it is no pair of numbers.
        ValueError: If they are not finite, or the start is not below the end.
    """
    try:
        start, stop = interval
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be two numbers, but is {interval!r:.80}") from None
    require_number(name, start)
    require_number(name, stop)
    if not (math.isfinite(start) and math.isfinite(stop) and start < stop):
        raise ValueError(f"{name} must be finite with its start below its end, but is {interval}")
    return float(start), float(stop)


def require_mapping(name: str, mapping: Any, wanted: str) -> None:
    """Refuse what is no mapping.

    Raises:
        TypeError: If it is none.
    """
    if not isinstance(mapping, Mapping):
        raise TypeError(f"{name} must map {wanted}, but is {type(mapping).__name__}")


def require_known(
    name: str, chosen: Collection[str], known: Collection[str], what: str = "modalities"
) -> None:
    """Refuse names that are none of the known ones.

    Raises:
        ValueError: If some are not.
    """
    unknown = [one for one in chosen if one not in known]
    if unknown:
        raise ValueError(f"{name} must name {what} among {sorted(known)}, but names {sorted(unknown)}")


def shortened(what: object) -> str:
    """Return what a file says, which may be a million letters, in at most some two hundred."""
    words = str(what)
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}…"
