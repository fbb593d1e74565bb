"""What a film's container says of itself, read from its bytes: whether it is all there, and whether it is text."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# Written where the length was not known when the file was begun.
_UNKNOWN_RIFF = 0x7FFF0000
# Some writers count the eight bytes of the chunk's head.
_RIFF_SLACK = 16
_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_BOXES = {
    b"ftyp",
    b"moov",
    b"mdat",
    b"moof",
    b"mfra",
    b"free",
    b"skip",
    b"wide",
    b"uuid",
    b"meta",
    b"styp",
    b"sidx",
}
_TABLES = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_COUNTS = {b"stsz": 8, b"stz2": 8, b"stts": 4, b"ctts": 4, b"stsc": 4, b"stco": 4, b"co64": 4, b"stss": 4}
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_SIZE = slice(40, 48)
_HEAD = 1 << 16
_SAMPLE = 4096
# Text to begin with, and then the bytes of pictures.
_LIKE_TEXT = (b"YUV4MPEG2", b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7", b"/* XPM", b"#define")


def declared_size(path: Path) -> int | None:
    """How many bytes the containers MP4, Matroska, AVI and ASF say that they have; None where they do not say."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head[:4] == b"RIFF":
            return _riff_size(head)
        if head[:4] == _EBML.to_bytes(4, "big"):
            return _matroska_size(head)
        if head[:16] == _ASF:
            at = head.find(_ASF_PROPERTIES)
            return int.from_bytes(head[at:][_ASF_SIZE], "little") or None if at > 0 else None
        if head[4:8] in _BOXES:
            return max(
                (end for kind, _, end in _boxes(file, 0, path.stat().st_size) if kind in _BOXES), default=None
            )
    return None


def absurd_table(path: Path) -> str | None:
    """Name a table of an MP4 file that counts more entries than the file has bytes; None where there is none."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(8)[4:] not in _BOXES:
            return None
        spans = [(0, size)]
        while spans:
            for kind, start, end in _boxes(file, *spans.pop()):
                if kind in _TABLES:
                    spans.append((start, min(end, size)))
                elif kind in _COUNTS:
                    file.seek(start + _COUNTS[kind])
                    if (count := int.from_bytes(file.read(4), "big")) > size:
                        return f"its table {kind.decode()} counts {count} entries in a file of {size} bytes"
    return None


def is_text(path: Path) -> bool:
    """Tell whether a file begins as text does: subtitles, play lists and notes, which FFmpeg would follow or draw."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    control = any(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in head)
    return bool(head) and not control and not head.startswith(_LIKE_TEXT)


def _riff_size(head: bytes) -> int | None:
    size = int.from_bytes(head[4:8], "little")
    return size + 8 - _RIFF_SLACK if 0 < size < _UNKNOWN_RIFF else None


def _matroska_size(head: bytes) -> int | None:
    """The end of the segment: a number whose leading zeros say how many bytes it has."""
    at = 4
    length, size = _number(head, at)
    at += length + (size or 0)
    if head[at : at + 4] != _SEGMENT.to_bytes(4, "big"):
        return None
    length, size = _number(head, at + 4)
    return None if size is None else at + 4 + length + size


def _number(head: bytes, at: int) -> tuple[int, int | None]:
    first = head[at] if at < len(head) else 0
    length = 9 - first.bit_length()
    value = int.from_bytes(head[at : at + length], "big") & ((1 << 7 * length) - 1)
    return length, None if length > 8 or value == (1 << 7 * length) - 1 else value


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the content and end of each box, the last of which may end beyond the file."""
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        size, kind, content = int.from_bytes(head[:4], "big"), head[4:8], start + 8
        if size == 1:
            size, content = int.from_bytes(head[8:16], "big"), start + 16
        if size == 0:
            size = end - start
        if size < content - start:
            return
        yield kind, content, start + size
        start += size
