"""The members of tar, zip and Debian archives, which are recognised by their first bytes."""

import bz2
import gzip
import os
import re
import shutil
import stat
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tarfile import (
    EOFHeaderError,  # pyright: ignore[reportAttributeAccessIssue]
    HeaderError,
    ReadError,
    StreamError,
    TarFile,
    TarInfo,
)
from typing import IO, cast

from amcore.data.errors import DataError
from amcore.data.transport._streams import Bounded, Budget, Part, Reader, Unxz, chunks

_MEMBERS_ALWAYS = 5_000
_BYTES_PER_MEMBER = 200
_LONGEST_LINK = 4096
_READ_AT_ONCE = 1 << 16

# Headers that extend others are small: a path, some times. Those of the whole archive hold for every member.
_HEADER_BYTES_ALWAYS = 1 << 20
_HEADER_BYTES_PER_BYTE = 5
_GLOBAL_HEADER_BYTES = 4096
_RECORD_LENGTH = re.compile(rb"(\d{1,10}) ")
# Older versions of `tarfile` look for what follows digits with patterns that take the square of their number.
_LONG_NUMBER = re.compile(rb"\d{64}")

_AR_MAGIC = b"!<arch>\n"
_AR_HEADER = 60
_AR_NAME = slice(0, 16)
_AR_SIZE = slice(48, 58)
_AR_END = b"`\n"

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_BZIP2 = b"BZh"
_LZMA = (b"\xfd7zXZ\x00", b"\x5d\x00\x00")
_ZSTD = b"\x28\xb5\x2f\xfd"
_FOREIGN = {
    _ZSTD: "is compressed with zstd",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive",
    b"Rar!\x1a\x07": "is a RAR archive",
    b"MSCF": "is a cabinet archive",
    b"PK\x07\x08": "is a part of a zip that was split",
}
_HEAD = 512

_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_ZIP_METHOD_NAMES = {
    1: "Shrink",
    6: "Implode",
    9: "Deflate64",
    93: "Zstandard",
    95: "XZ",
    98: "PPMd",
    99: "AES",
}
_ZIP_ENCRYPTED = 0x1
_ZIP_LOCAL_HEADER = 30
_UNIX_MODE = 16

_TAR_RECORDS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_TAR_HEADERS = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, *_TAR_RECORDS)
_TAR_KINDS = {
    tarfile.LNKTYPE: "hard link",
    tarfile.CHRTYPE: "device",
    tarfile.BLKTYPE: "device",
    tarfile.FIFOTYPE: "pipe",
}

FILE, FOLDER, LINK = "file", "folder", "symbolic link"


@dataclass(frozen=True)
class Member:
    """One member: its name as it stands there, what it is, its bytes, and where a link points."""

    name: str
    kind: str
    content: Iterator[bytes]
    target: str = ""


def read_members(archive: Path) -> Iterator[Member]:
    """The members of an archive in its order, each to be read before the next is asked for."""
    most = _MEMBERS_ALWAYS + archive.stat().st_size // _BYTES_PER_MEMBER
    with archive.open("rb") as file:
        head = file.read(_HEAD)
        # A tar may begin with any letters, those of its first member's name, but it has a checksum.
        tar = _is_tar(head)
        zipped = not tar and (head.startswith(_ZIP) or not _is_known(head)) and zipfile.is_zipfile(file)
        file.seek(0)
        if zipped:
            found = _zip_members(file, archive)
        elif head.startswith(_AR_MAGIC) and not tar:
            found = _debian_members(file, archive)
        else:
            found = _tar_members(_plain(file, head, archive), archive)
        for count, member in enumerate(found):
            if count >= most:
                raise DataError(f"{archive.name} holds over {most} members in so few bytes; it is refused")
            yield member


def _is_tar(head: bytes) -> bool:
    try:
        TarInfo.frombuf(head[:_HEAD], "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError):
        return False
    return True


def _is_known(head: bytes) -> bool:
    return head.startswith((_AR_MAGIC, _GZIP, _BZIP2, *_LZMA, *_FOREIGN))


def _zip_members(file: IO[bytes], archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(file) as opened:
        infos = opened.infolist()
        _check_sizes(infos, archive)
        spent = Budget(archive)
        for info in infos:
            kind = _zip_kind(info)
            if info.flag_bits & _ZIP_ENCRYPTED:
                raise DataError(
                    f"{archive.name} is encrypted ({info.filename!r}); only open archives are read"
                )
            if info.compress_type not in _ZIP_METHODS:
                method = _ZIP_METHOD_NAMES.get(info.compress_type, "an unknown method")
                raise DataError(
                    f"{archive.name} compresses {info.filename!r} with {method} (number {info.compress_type}); "
                    "only stored, Deflate, bzip2 and LZMA are read: pack it anew"
                )
            with opened.open(info) as content:
                reader = Bounded(content, archive, spent)
                target = reader.read(_LONGEST_LINK).decode(errors="replace") if kind == LINK else ""
                pieces = iter(()) if kind == LINK else chunks(reader, info.file_size)
                # The name up to a NUL is what zipfile gives; the whole of it is what stands there.
                yield Member(info.orig_filename, kind, pieces, target)


def _zip_kind(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> _UNIX_MODE
    if info.is_dir() or stat.S_ISDIR(mode):
        return FOLDER if info.file_size == 0 else "folder with content"
    if stat.S_ISLNK(mode):
        return LINK
    return FILE if stat.S_IFMT(mode) in (0, stat.S_IFREG) else "device or pipe"


def _check_sizes(infos: Sequence[zipfile.ZipInfo], archive: Path) -> None:
    """Refuse what the list of members itself gives away: a bomb, or members that share their bytes."""
    Budget(archive).spend(sum(info.file_size for info in infos))
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise DataError(
                f"{archive.name} holds {info.filename!r} within the bytes of another member; it is refused"
            )
        end = info.header_offset + _ZIP_LOCAL_HEADER + info.compress_size


def _debian_members(file: IO[bytes], archive: Path) -> Iterator[Member]:
    """The files that a Debian package installs.

    Python reads its usual compressions itself; zstd is left to `dpkg-deb`.
    """
    data = _debian_data(file)
    head = data.read(_HEAD)
    if not head.startswith(_ZSTD):
        data.seek(0)
        yield from _tar_members(_plain(data, head, archive), archive)
        return
    if shutil.which("dpkg-deb") is None:
        raise DataError(f"{archive.name} is compressed with zstd, which dpkg-deb must open: install dpkg")
    with _dpkg_deb(archive) as output:
        yield from _tar_members(Bounded(output, archive), archive)


@contextmanager
def _dpkg_deb(archive: Path) -> Iterator[IO[bytes]]:
    command = ["dpkg-deb", "--fsys-tarfile", archive]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            # With a pipe asked for there is one; the types leave that open.
            yield cast("IO[bytes]", process.stdout)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise ReadError(f"dpkg-deb ended with status {process.returncode}")


def _debian_data(file: IO[bytes]) -> "Part":
    """The entry `data.tar.*` of an `ar` archive."""
    length = file.seek(0, os.SEEK_END)
    place = len(_AR_MAGIC)
    while place + _AR_HEADER <= length:
        file.seek(place)
        header = file.read(_AR_HEADER)
        name = header[_AR_NAME].decode("ascii", errors="replace").strip().rstrip("/")
        written = header[_AR_SIZE].strip()
        if not written.isdigit() or not header.endswith(_AR_END):
            raise ReadError(f"the header of {name!r} is none of an ar archive")
        start, size = place + _AR_HEADER, int(written)
        if start + size > length:
            raise ReadError(f"it ends within {name}")
        if name.startswith("data.tar"):
            return Part(file, start, size)
        # Entries start at even addresses.
        place = start + size + size % 2
    raise ReadError("it has no data.tar")


def _plain(file: "IO[bytes] | Part", head: bytes, archive: Path) -> "Bounded":
    """The bytes of a tar without its compression, which its first bytes tell."""
    for magic, what in _FOREIGN.items():
        if head.startswith(magic) and not _is_tar(head):
            raise DataError(f"{archive.name} {what}, which cannot be read; pack it anew as tar.xz or zip")
    if _is_tar(head):
        return Bounded(file, archive)
    if head.startswith(_GZIP):
        return Bounded(gzip.GzipFile(fileobj=file), archive)  # pyright: ignore[reportArgumentType]
    if head.startswith(_BZIP2):
        return Bounded(bz2.BZ2File(file), archive)  # pyright: ignore[reportArgumentType]
    if head.startswith(_LZMA):
        return Bounded(Unxz(file), archive)
    return Bounded(file, archive)


def _tar_members(stream: "Bounded", archive: Path) -> Iterator[Member]:
    forward = _Forward(stream, archive)
    with TarFile(fileobj=forward, tarinfo=_StrictHeader) as opened:  # pyright: ignore[reportArgumentType]
        spent = Budget(archive)
        for info in opened:
            if info.size < 0:
                raise ReadError(f"{info.name!r} claims {info.size} bytes")
            kind = _tar_kind(info)
            content = opened.extractfile(info) if kind == FILE else None
            pieces = iter(()) if content is None else chunks(Bounded(content, archive, spent), info.size)
            yield Member(info.name, kind, pieces, info.linkname)
            # A long list of what is past only takes memory.
            opened.members.clear()  # pyright: ignore[reportAttributeAccessIssue]
    # The checksum of the compression stands at the end of the stream.
    for rest in chunks(forward):
        if rest.strip(b"\0"):
            raise ReadError("it goes on after the end of its list of members")


class _Forward:
    """The stream of a tar, in which `tarfile` can skip, and whose headers are looked at before it reads them."""

    def __init__(self, stream: Reader, archive: Path) -> None:
        self._stream = stream
        self._archive = archive
        self._waiting = b""
        self._place = 0
        self._header_bytes = _HEADER_BYTES_ALWAYS + _HEADER_BYTES_PER_BYTE * archive.stat().st_size
        self._global_bytes = _GLOBAL_HEADER_BYTES

    def peek(self, size: int) -> bytes:
        found = [self._waiting]
        left = size - len(self._waiting)
        while left > 0 and (content := self._stream.read(min(left, _READ_AT_ONCE))):
            found.append(content)
            left -= len(content)
        self._waiting = b"".join(found)
        return self._waiting[:size]

    def read(self, size: int, /) -> bytes:
        content = self.peek(size)
        self._waiting = self._waiting[size:]
        self._place += len(content)
        return content

    def seek(self, place: int) -> int:
        """Skip to a place, or to the end if that comes first."""
        if place < self._place:
            raise StreamError("it goes back in its list of members")
        while self._place < place and self.read(min(place - self._place, _READ_AT_ONCE)):
            pass
        return self._place

    def tell(self) -> int:
        return self._place

    def check_header(self) -> None:
        header = TarInfo.frombuf(self.peek(tarfile.BLOCKSIZE), "utf-8", "surrogateescape")
        Budget(self._archive).spend(header.size)
        if header.type == tarfile.GNUTYPE_SPARSE:
            raise ReadError(f"{header.name!r} is a sparse file, which is not read")
        if header.type in _TAR_HEADERS:
            self._header_bytes -= header.size
            self._global_bytes -= header.size if header.type == tarfile.XGLTYPE else 0
        if min(header.size, self._header_bytes, self._global_bytes) < 0:
            raise ReadError(f"its headers claim {header.size} bytes, or too many together")
        if header.type in _TAR_RECORDS:
            _check_records(self.peek(tarfile.BLOCKSIZE + header.size)[tarfile.BLOCKSIZE :], header.size)


def _tar_kind(info: TarInfo) -> str:
    if info.isdir():
        return FOLDER
    if info.issym():
        return LINK
    if info.issparse():
        return "sparse file"
    return FILE if info.isreg() else _TAR_KINDS.get(info.type, "member of an unknown kind")


class _StrictHeader(TarInfo):
    """A header that does not let `tarfile` take damage for the archive's end, nor read what is absurd."""

    @classmethod
    def fromtarfile(cls, tarfile: TarFile) -> TarInfo:
        forward = tarfile.fileobj
        if not isinstance(forward, _Forward):
            raise TypeError(f"tarfile must read a _Forward, but reads a {type(forward).__name__}")
        try:
            forward.check_header()
            return super().fromtarfile(tarfile)
        except EOFHeaderError:
            raise
        except HeaderError as error:
            raise ReadError(f"{error} where a member or the mark of the end should be") from error


def _check_records(body: bytes, size: int) -> None:
    """See that an extended header is a list of `<length> <key>=<value>` and no more, which `tarfile` does not."""
    place = 0
    while place < len(body):
        length = _RECORD_LENGTH.match(body, place)
        end = place + int(length[1]) if length else 0
        record = body[length.end() : end] if length else b""
        if end > size or not record.endswith(b"\n") or b"=" not in record:
            raise ReadError("an extended header is no list of records")
        place = end
    if len(body) < size or _LONG_NUMBER.search(body):
        raise ReadError("an extended header is cut off, or holds an absurd number")
