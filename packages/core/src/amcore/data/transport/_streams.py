"""Streams that end where they should: at an archive's budget, at the end of a part, before absurd memory."""

import lzma
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from amcore.data.errors import DataError

# Of a small archive, real data rarely makes more than this, and of a large one never a hundred times its size.
_BYTES_ALWAYS = 100_000_000
_BYTES_PER_BYTE = 100

_CHUNK = 1 << 16
_LZMA_MEMORY = 1 << 28


@runtime_checkable
class Reader(Protocol):
    """Something to read bytes from."""

    def read(self, size: int, /) -> bytes:
        """At most so many of the next bytes; none at the end."""
        ...


class Budget:
    """How many bytes an archive may still make."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._most = _BYTES_ALWAYS + _BYTES_PER_BYTE * archive.stat().st_size
        self._left = self._most

    def spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise DataError(
                f"{self._archive.name} makes over {self._most} bytes of {self._archive.stat().st_size}; such a "
                "bomb is refused"
            )


class Bounded:
    """A stream that ends in an error where an archive's budget does."""

    def __init__(self, stream: Reader, archive: Path, budget: Budget | None = None) -> None:
        self._stream = stream
        self._budget = budget or Budget(archive)

    def read(self, size: int, /) -> bytes:
        content = self._stream.read(size)
        self._budget.spend(len(content))
        return content


class Part:
    """A part of a file, which ends where the part does."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._start, self._size = file, start, size
        self.seek(0)

    def seek(self, place: int, whence: int = os.SEEK_SET, /) -> int:
        self._place = place if whence == os.SEEK_SET else self._place + place
        self._file.seek(self._start + self._place)
        return self._place

    def read(self, size: int = -1, /) -> bytes:
        left = self._size - self._place
        content = self._file.read(left if size < 0 else min(size, left))
        self._place += len(content)
        return content

    def tell(self) -> int:
        return self._place

    def seekable(self) -> bool:
        return True


class Unxz:
    """The plain bytes of an xz or lzma stream, whose header may not claim more memory than is good."""

    def __init__(self, file: Reader) -> None:
        self._file = file
        self._decompressor: lzma.LZMADecompressor | None = None
        self._waiting = b""

    def read(self, size: int, /) -> bytes:
        found, left = bytearray(), size
        while left > 0:
            decompressor = self._current()
            if decompressor is None:
                break
            if decompressor.needs_input and not self._waiting:
                self._waiting = self._file.read(_CHUNK)
                if not self._waiting:
                    raise EOFError("it ends within its compressed stream")
            given, self._waiting = self._waiting, b""
            found += decompressor.decompress(given, left)
            left = size - len(found)
            if decompressor.eof:
                self._waiting = decompressor.unused_data
        return bytes(found)

    def _current(self) -> lzma.LZMADecompressor | None:
        """Go on with a stream, or begin the first or the next of several; between them are zeros. None at the end."""
        if self._decompressor is not None:
            if not self._decompressor.eof:
                return self._decompressor
            self._waiting = self._waiting.lstrip(b"\0")
        while not self._waiting:
            content = self._file.read(_CHUNK)
            if not content:
                return None
            self._waiting = content if self._decompressor is None else content.lstrip(b"\0")
        self._decompressor = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)
        return self._decompressor


def chunks(stream: Reader, size: int | None = None) -> Iterator[bytes]:
    """What a stream holds, piece by piece, and no less than it should."""
    came = 0
    while chunk := stream.read(_CHUNK):
        came += len(chunk)
        yield chunk
    if size is not None and came != size:
        raise EOFError(f"a member has {came} bytes where {size} are announced")
