"""Damaged copies of a file, drawn at random: whatever comes, a reader must end in its own error."""

import random
import re
from collections.abc import Callable, Sequence

_EXTREMES = tuple(
    sorted(
        {number for power in (0, 7, 8, 15, 16, 31, 32, 63, 64) for number in (2**power, 2**power - 1)} | {0}
    )
)
_WRITTEN = re.compile(rb"-?\d[\d.]*")
_WORDS = (
    *(b"0", b"-1", b"1e999", b"-0.0", b"NaN", b"4294967296", b"9223372036854775808", b"9" * 400),
    *(b"null", b"true", b'""', b"[]", b"{}", b"\xff\xfe", b"\x00"),
)
_HEAD = 600
_MOST_REPEATS = 20_000


def mutated(
    content: bytes, source: random.Random, others: Sequence[bytes] = (), *, longest: int = 1_000_000
) -> bytes:
    """A damaged copy: bits turned, parts cut out, doubled or exchanged, numbers replaced by extremes.

    Args:
        content: what a good file holds.
        source: draws the damage.
        others: of what to splice into it.
        longest: bytes of the copy, at most.

    Returns:
        the copy; by chance it may be the same as before.
    """
    ways: list[Callable[[bytes, random.Random], bytes]] = [
        _turn,
        _cut,
        _number,
        _number,
        _word,
        _drop,
        _move,
        _repeat,
    ]
    if others:
        ways.append(lambda given, draw: _splice(given, draw, others))
    for _ in range(source.choice((1, 1, 1, 2, 3, 6))):
        content = source.choice(ways)(content, source)[:longest]
    return content


def _place(content: bytes, source: random.Random) -> int:
    """A place in it, often among the first bytes, where headers stand."""
    return source.randrange(min(len(content), source.choice((_HEAD, len(content)))) + 1) if content else 0


def _span(content: bytes, source: random.Random) -> tuple[int, int]:
    start = _place(content, source)
    return start, start + source.choice((1, 4, 8, 30, 512, 5000))


def _turn(content: bytes, source: random.Random) -> bytes:
    turned = bytearray(content)
    for _ in range(source.choice((1, 1, 2, 8, 64)) if content else 0):
        turned[min(_place(content, source), len(content) - 1)] ^= 1 << source.randrange(8)
    return bytes(turned)


def _cut(content: bytes, source: random.Random) -> bytes:
    return content[: _place(content, source)] if source.random() < 0.8 else content[_place(content, source) :]


def _number(content: bytes, source: random.Random) -> bytes:
    start, width = _place(content, source), source.choice((1, 2, 4, 8))
    written = (source.choice(_EXTREMES) % 2 ** (8 * width)).to_bytes(width, source.choice(("little", "big")))
    return content[:start] + written + content[start + width :]


def _word(content: bytes, source: random.Random) -> bytes:
    """Replace a number written in digits, or anything, by a word that means trouble."""
    written = list(_WRITTEN.finditer(content[:100_000]))
    start, end = source.choice(written).span() if written else _span(content, source)
    return content[:start] + source.choice(_WORDS) + content[end:]


def _drop(content: bytes, source: random.Random) -> bytes:
    start, end = _span(content, source)
    return content[:start] + content[end:]


def _move(content: bytes, source: random.Random) -> bytes:
    start, end = _span(content, source)
    there = _place(content, source)
    return content[:there] + content[start:end] + content[there:]


def _repeat(content: bytes, source: random.Random) -> bytes:
    start, end = _span(content, source)
    times = source.choice((2, 30, 1000, _MOST_REPEATS))
    return content[:start] + content[start:end] * times + content[end:]


def _splice(content: bytes, source: random.Random, others: Sequence[bytes]) -> bytes:
    other = source.choice(others)
    return content[: _place(content, source)] + other[_place(other, source) :]
