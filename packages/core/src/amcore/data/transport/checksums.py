"""Checksums of files, and the `SHA256SUMS` list beside prepared arrays."""

from collections.abc import Iterable
from pathlib import Path

from amcore.data.errors import DataError
from amcore.files import sha256

SUMS = "SHA256SUMS"


def write_sums(folder: Path, names: Iterable[str]) -> Path:
    """Write the `SHA256SUMS` of the named files of a folder, in the format of `sha256sum`.

    Returns:
        the list's path.
    """
    sums = folder / SUMS
    sums.write_text("".join(f"{sha256(folder / name)}  {name}\n" for name in sorted(names)))
    return sums


def damaged(folder: Path) -> list[str]:
    """Files of a folder that are missing or differ from its `SHA256SUMS`; empty when all is well.

    Raises:
        DataError: the list is absent or cannot be read as one.
    """
    sums = folder / SUMS
    if not sums.is_file():
        raise DataError(f"{sums} is missing: the folder was never prepared completely; prepare it again")
    lines = [line.split("  ", 1) for line in sums.read_text(errors="replace").splitlines()]
    if not lines or any(len(line) != 2 for line in lines):
        raise DataError(f"{sums} is no list of checksums; delete it and prepare the folder again")
    return [
        name for digest, name in lines if not (folder / name).is_file() or sha256(folder / name) != digest
    ]
