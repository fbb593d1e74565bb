"""SVG documents rendered in this process where they are plain, else in one of their own with limits."""

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.parsers import expat

from amcore.data.formats import _svg_rendering
from amcore.data.formats._svg_rendering import render_png

LONGEST = 1 << 25
_PLAIN_LENGTH = 1 << 20
_PLAIN_ELEMENTS = 20_000
_PLAIN_DEPTH = 100
_PLAIN_ASPECT = 4.0
_PLAIN_WORK = 100_000
_SECONDS = 4
_MEMORY = 1 << 30
_WALL_SECONDS = 120
# A document of n references that refer to one another repeats its elements at most 3^(n / 3) times.
_REFERRING = ("use", "pattern", "mask", "clippath", "filter")
# Their cost is set by a number or an address, not by how much is written.
_COSTLY = {
    "feturbulence",
    "femorphology",
    "feconvolvematrix",
    "fetile",
    "feimage",
    "image",
    "marker",
    "pattern",
    "foreignobject",
}
_NUMBER = re.compile(r"\s*\+?([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*(px|pt|pc|mm|cm|in)?\s*")


def render_document(text: str, side: int) -> bytes:
    """A PNG file of an SVG document as large as fits into a square.

    A document that is long, deep, or may repeat itself without end is rendered in a process of its own, which may
    take 4 s and 1 GB, more time for more than a megabyte.

    Raises:
        ImportError: resvg_py is not installed.
        ValueError: it cannot be rendered, or takes more than that.
    """
    resvg = _resvg()
    if len(text) > LONGEST:
        raise ValueError(f"it must hold at most {LONGEST} characters, but holds {len(text)}")
    outline = _outline(text)
    if outline.plain:
        return render_png(resvg, text, side, outline.tall)
    return _apart(resvg, text, side, outline.tall)


@dataclass
class _Outline:
    """What decides how much rendering can cost, gathered while a document is parsed."""

    depth: int = 0
    deepest: int = 0
    elements: int = 0
    references: int = 0
    costly: bool = False
    tall: bool = False
    styles: int = 0
    attributes: list[str] = field(default_factory=list)

    @property
    def plain(self) -> bool:
        repeats = 3.0 ** (min(self.references, 100) / 3)
        return (
            not self.costly
            and self.elements <= _PLAIN_ELEMENTS
            and self.elements * repeats <= _PLAIN_WORK
            and self.deepest * (1 + self.references) <= _PLAIN_DEPTH
            and self.elements * self.styles <= _PLAIN_WORK
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2].lower()
        if not self.elements:
            self._measure(attributes)
        self.elements += 1
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        self.references += name in _REFERRING
        self.costly = self.costly or name in _COSTLY or "stroke-dasharray" in attributes
        self.costly = self.costly or "dasharray" in attributes.get("style", "")

    def end(self, _: str) -> None:
        self.depth -= 1

    def _measure(self, attributes: dict[str, str]) -> None:
        aspect = _aspect(attributes)
        self.tall = aspect is not None and aspect > _PLAIN_ASPECT
        self.costly = aspect is None or not 1 / _PLAIN_ASPECT <= aspect <= _PLAIN_ASPECT


def _outline(text: str) -> _Outline:
    outline = _Outline()
    if len(text) > _PLAIN_LENGTH:
        outline.costly = True
        return outline
    parser = expat.ParserCreate("utf-8")

    def costly(*_: Any) -> None:
        outline.costly = True

    parser.StartElementHandler = outline.start
    parser.EndElementHandler = outline.end
    parser.EntityDeclHandler = costly
    outline.styles = text.count("{")
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, ValueError):
        # Another parser may be more lenient.
        outline.costly = True
    return outline


def _aspect(attributes: dict[str, str]) -> float | None:
    """Height by width of a document; None where that takes more than its numbers."""
    written = [attributes.get(key) for key in ("width", "height")]
    box = re.split(r"[\s,]+", attributes.get("viewBox", "").strip())[2:4]
    if None in written or any("%" in length for length in written if length):
        written = box if len(box) == 2 else [None]
    lengths = [_NUMBER.fullmatch(length or "") for length in written]
    if len(lengths) != 2 or not all(lengths):
        return None
    (width, unit), (height, other) = (length.groups() for length in lengths if length)
    if unit != other or not float(width) or not float(height):
        return None
    return float(height) / float(width)


def _apart(resvg: ModuleType, text: str, side: int, tall: bool) -> bytes:
    seconds = _SECONDS * (1 + len(text) // 1_000_000)
    where = str(Path(str(resvg.__file__)).parent.parent)
    values = (where, side, tall, seconds, _MEMORY)
    command = [sys.executable, "-I", str(_svg_rendering.__file__), *map(str, values)]
    try:
        done = subprocess.run(
            command,
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_WALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ValueError(f"it is too intricate to be rendered within this process ({error})") from error
    if done.stdout.startswith(b"+"):
        return done.stdout[1:]
    if done.stdout.startswith(b"-"):
        raise ValueError(done.stdout[1:].decode("utf-8", "replace"))
    raise ValueError(f"it takes more than {seconds} s, {_MEMORY >> 30} GB or a depth that can be rendered")


def _resvg() -> ModuleType:
    try:
        import resvg_py
    except ImportError as error:
        raise ImportError("SVG needs resvg_py: install it with `pip install 'amcore[image]'`") from error
    return resvg_py
