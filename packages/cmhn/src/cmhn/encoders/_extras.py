"""Asking for an optional package by the extra that brings it."""

from importlib.util import find_spec

__all__ = ["require_extra"]


def require_extra(extra: str, *packages: str) -> None:
    """Say what to install where a package is missing."""
    for package in packages:
        if find_spec(package) is None:
            raise ImportError(f"this encoder needs {package}: install it with `pip install 'cmhn[{extra}]'`")
