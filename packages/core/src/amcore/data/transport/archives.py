"""Taking members out of tar, zip, wheel and Debian archives: all that was asked for and nothing else, or an error."""

import gzip
import lzma
import os
import posixpath
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TypeVar

from amcore.data.errors import DataError
from amcore.data.transport._members import FILE, FOLDER, LINK, read_members
from amcore.data.transport._streams import Bounded, chunks

# What the readers of the standard library raise on bytes that are no archive, or a damaged one.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
)
_GZIP = b"\x1f\x8b"
_LONGEST_NAME = 255
_LONGEST_PATH = 2048

Item = TypeVar("Item")


def unpack(archive: Path, folder: Path, members: Sequence[str]) -> list[Path]:
    r"""Write the members of an archive that match the patterns below `folder`, under their own paths.

    The kind of archive is read from its first bytes, not its name. What matches is written, or the archive is
    refused. The one exception is a symbolic link to a member that is written too: it is a second name of the same
    bytes, and is left out. A backslash in a path counts as a slash.

    Args:
        archive: tar (plain, or compressed with gzip, bzip2, xz or lzma), zip, wheel, or Debian package.
        folder: existing and empty.
        members: patterns of paths within the archive; `*` crosses folders.

    Returns:
        paths of what was written.

    Raises:
        DataError: the archive is damaged, encrypted or of an unknown kind; makes over 100 MB and over a hundred
            times its own size; a member's path leads out of the folder or cannot be written; a member that was asked
            for is no regular file, or comes twice (letter case does not count); or a pattern matches nothing.
        OSError: a file cannot be written.
    """
    taken: dict[str, str] = {}
    folders: set[str] = set()
    links: dict[str, str] = {}
    written: dict[str, Path] = {}
    for member in _told(archive, read_members(archive)):
        if member.kind == FOLDER:
            continue
        path = _inside(member.name, archive)
        if not any(fnmatchcase(path, pattern) for pattern in members):
            continue
        if member.kind not in (FILE, LINK):
            raise DataError(
                f"{archive.name} holds {path!r}, a {member.kind}; only regular files can be taken, so the archive is "
                "refused"
            )
        _claim(path, taken, folders, archive)
        if member.kind == LINK:
            links[path] = posixpath.normpath(posixpath.join(posixpath.dirname(path), member.target))
            continue
        written[path] = folder / path
        written[path].parent.mkdir(parents=True, exist_ok=True)
        _write(written[path], _told(archive, member.content))
    _check_links(links, written, archive)
    for pattern in members:
        if not any(fnmatchcase(path, pattern) for path in written):
            raise DataError(
                f"{archive.name} holds nothing that matches {pattern!r}; correct the source's members"
            )
    return list(written.values())


def decompress(packed: Path, target: Path) -> None:
    """Write what a gzip file holds.

    Args:
        packed: the gzip file.
        target: the file to write.

    Raises:
        DataError: it is damaged or no gzip file, or makes over 100 MB and over a hundred times its own size.
        OSError: the target cannot be written.
    """

    def content() -> Iterator[bytes]:
        with packed.open("rb") as file:
            if file.read(len(_GZIP)) != _GZIP:
                raise DataError(f"{packed.name} cannot be decompressed, for it is no gzip file")
            file.seek(0)
            yield from chunks(Bounded(gzip.GzipFile(fileobj=file), packed))

    _write(target, _told(packed, content()))


def _write(target: Path, content: Iterator[bytes]) -> None:
    with target.open("wb") as file:
        file.writelines(content)


def _inside(name: str, archive: Path) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", name):
        raise DataError(
            f"{archive.name} has a member {_shown(name)} that leads out of the folder; the archive is refused"
        )
    try:
        longest = max((len(os.fsencode(part)) for part in path.parts), default=0)
        whole = len(os.fsencode(path))
    except UnicodeEncodeError:
        longest = whole = 0
    if not 0 < longest <= _LONGEST_NAME or whole > _LONGEST_PATH or "\0" in name:
        raise DataError(
            f"{archive.name} has a member {_shown(name)}, which is no name for a file here; the archive is refused"
        )
    return str(path)


def _shown(name: str) -> str:
    return repr(name) if len(name) <= _LONGEST_NAME else f"{name[:50]!r}… of {len(name)} letters"


def _claim(path: str, taken: dict[str, str], folders: set[str], archive: Path) -> None:
    """Note a path as taken, unless something stands there or above already. Letter case does not count."""
    key = path.casefold()
    above = {str(parent) for parent in PurePosixPath(key).parents}
    there = key if key in taken else next((parent for parent in above if parent in taken), None)
    if there is not None or key in folders:
        other = taken[there] if there is not None else f"{path}/"
        raise DataError(
            f"{archive.name} holds both {other!r} and {path!r}, which cannot stand side by side (letter case does "
            "not count); the archive is refused"
        )
    taken[key] = path
    folders |= above


def _check_links(links: dict[str, str], written: Mapping[str, Path], archive: Path) -> None:
    """See that every symbolic link leads, through others or not, to a file that was written."""
    good: set[str] = set()
    for path in links:
        way, place = {path}, links[path]
        while place in links and place not in good and place not in way:
            way.add(place)
            place = links[place]
        if place not in written and place not in good:
            raise DataError(
                f"{archive.name} holds {path!r}, a symbolic link to {_shown(links[path])}, which is not among the "
                "files taken; the archive is refused"
            )
        good |= way


def _told(archive: Path, items: Iterator[Item]) -> Iterator[Item]:
    """The same items; what goes wrong while they are read is told as damage of the archive."""
    try:
        yield from items
    except DataError:
        raise
    except _DAMAGE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"{archive.name} is damaged: {reason}; delete {archive} and fetch it again"
        ) from error
