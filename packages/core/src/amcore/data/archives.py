"""Taking members out of tar, zip, wheel and Debian archives without leaving the folder."""

import lzma
import os
import shutil
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from amcore.data.errors import DataError

_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError)
_AR_MAGIC = b"!<arch>\n"
_AR_HEADER = 60
_AR_NAME = slice(0, 16)
_AR_SIZE = slice(48, 58)


def unpack(archive: Path, folder: Path, members: Sequence[str]) -> list[Path]:
    """Write the members of an archive that match the patterns below `folder`, under their own paths.

    Only regular files are taken. The kind of archive is read from its first bytes, not its name.

    Args:
        archive: `.tar.*`, `.tgz`, `.zip`, `.whl` or `.deb`.
        folder: existing, on which nothing is checked for being overwritten.
        members: patterns of paths within the archive; `*` crosses folders.

    Returns:
        paths of what was written.

    Raises:
        DataError: a member's path leads out of the folder, a pattern matches nothing, or the archive is
            damaged.
        OSError: a file cannot be written.
    """
    written: list[str] = []
    try:
        for name, content in _files(archive):
            path = _inside(name, archive)
            if any(fnmatchcase(path, pattern) for pattern in members):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file:
                    shutil.copyfileobj(content, file)
                written.append(path)
    except _DAMAGE as error:
        raise DataError(f"{archive.name} is damaged: {error}; delete {archive} and fetch it again") from error
    for pattern in members:
        if not any(fnmatchcase(path, pattern) for path in written):
            raise DataError(
                f"{archive.name} holds nothing that matches {pattern!r}; correct the source's members"
            )
    return [folder / path for path in written]


def _inside(name: str, archive: Path) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise DataError(
            f"{archive.name} has a member {name!r} that leads out of the folder; the archive is refused"
        )
    return str(path)


def _files(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Names and contents of the regular files of an archive, in its order."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                if not info.is_dir():
                    with opened.open(info) as content:
                        yield info.filename, content
        return
    with archive.open("rb") as file:
        debian = file.read(len(_AR_MAGIC)) == _AR_MAGIC
    with _debian_data(archive) if debian else tarfile.open(archive) as opened:
        for info in opened:
            content = opened.extractfile(info) if info.isreg() else None
            if content is not None:
                yield info.name, content


@contextmanager
def _debian_data(archive: Path) -> Iterator[tarfile.TarFile]:
    """The tar of the files that a Debian package installs.

    Python reads its usual compressions itself; zstd is left to `dpkg-deb`.
    """
    with ExitStack() as stack:
        file = stack.enter_context(archive.open("rb"))
        if not _seek_data(file).endswith(".zst"):
            yield stack.enter_context(tarfile.open(fileobj=file, mode="r|*"))
            return
        if shutil.which("dpkg-deb") is None:
            raise DataError(f"{archive.name} is compressed with zstd, which dpkg-deb must open: install dpkg")
        command = ["dpkg-deb", "--fsys-tarfile", archive]
        process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
        yield stack.enter_context(tarfile.open(fileobj=process.stdout, mode="r|"))


def _seek_data(file: IO[bytes]) -> str:
    """Go to the content of the entry `data.tar.*` of an `ar` archive, and return the entry's name."""
    length = file.seek(0, os.SEEK_END)
    file.seek(len(_AR_MAGIC))
    while len(header := file.read(_AR_HEADER)) == _AR_HEADER:
        name = header[_AR_NAME].decode("ascii", errors="replace").strip().rstrip("/")
        size = int(header[_AR_SIZE])
        if file.tell() + size > length:
            raise tarfile.ReadError(f"it ends within {name}")
        if name.startswith("data.tar"):
            return name
        # Entries start at even addresses.
        file.seek(size + size % 2, os.SEEK_CUR)
    raise tarfile.ReadError("it has no data.tar")
