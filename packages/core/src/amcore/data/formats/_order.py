"""The order of files by the numbers in their names, and files that no one put there as data."""

import re
from pathlib import PurePath
from typing import TypeAlias

_DIGITS = re.compile(r"([0-9]+)")
# What operating systems leave in folders without a leading dot.
_LITTER = {"thumbs.db", "desktop.ini", "ehthumbs.db", "__macosx"}

_Runs: TypeAlias = tuple[str | tuple[int, str], ...]


def natural_order(path: PurePath | str) -> tuple[tuple[tuple[_Runs, _Runs], ...], str]:
    """Give a sort key that reads the numbers in names as numbers: 1, 2, 10, and `AWA-2` before `AWA-10`.

    Used as `sorted(paths, key=natural_order)`. Folders are compared before what they hold, a name before its
    ending, capital letters before small ones; names that differ only in leading zeros keep the order of their
    text.
    """
    path = PurePath(path)
    parts = tuple((_runs(PurePath(part).stem), _runs(PurePath(part).suffix)) for part in path.parts)
    return parts, str(path)


def is_hidden(path: PurePath | str, folder: PurePath | str | None = None) -> bool:
    """Tell whether a file is none of the user's: a hidden one, a resource fork (`._x`), or a system's litter.

    Args:
        path: of the file; only its name is looked at unless `folder` is given.
        folder: one above it: then the folders between the two are looked at as well.
    """
    path = PurePath(path)
    names = (path.name,) if folder is None else path.relative_to(folder).parts
    return any(name.startswith(".") or name.lower() in _LITTER for name in names)


def _runs(text: str) -> _Runs:
    """Letters and numbers in turn; a number as its count of digits and its digits, which has no limit."""
    runs = enumerate(_DIGITS.split(text))
    return tuple((len(run.lstrip("0")), run.lstrip("0")) if odd % 2 else run for odd, run in runs)
