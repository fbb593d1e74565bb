"""Pictures of files and of SVG text as squares on white."""

import io
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np
from jaxtyping import UInt8

from amcore.data.formats._stills import (
    WHITE,
    PictureError,
    count_frames,
    is_reduced,
    load_pillow,
    opened_picture,
    upright,
)
from amcore.data.formats._svg import LONGEST, render_document

__all__ = ["WHITE", "load_picture", "render_svg"]

_LONGEST_REASON = 500
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def load_picture(path: Path | str, side: int) -> UInt8[np.ndarray, "side side 3"]:
    """A picture file as large as fits into a square, centred on white, upright, its aspect kept.

    It is turned as its EXIF orientation says. Of an animation it is the first frame. Grey of 16 bits is divided by
    257; grey of 32 bits likewise where no value is larger, else by (2³² − 1) / 255; grey of floats lies in [0, 1]
    or in [0, 255].

    Args:
        path: a file that Pillow decodes, or one whose name ends in `.svg`.
        side: of the square in pixels.

    Returns:
        RGB levels 0 … 255.

    Raises:
        ImportError: Pillow, or for SVG resvg_py, is not installed.
        ValueError: `side` is below one, or the file holds no picture, several pages, a picture that is cut or
            corrupt, or one of absurd size for its bytes; names it.
    """
    if side < 1:
        raise ValueError(f"side must be at least 1 pixel, but is {side}")
    path = Path(path)
    try:
        if path.suffix.lower() == ".svg":
            return render_svg(_text(path), side)
        with opened_picture(path) as picture:
            _check_pages(picture)
            return _squared(upright(picture), side)
    except (OSError, ValueError) as error:
        # A parser's message may quote a good part of the file.
        raise ValueError(
            f"{path} holds no picture that can be decoded ({shorten(str(error), _LONGEST_REASON)})"
        ) from error


def render_svg(text: str, side: int) -> UInt8[np.ndarray, "side side 3"]:
    """An SVG document as large as fits into a square, centred on white, its aspect kept.

    Fonts of the system are left out, so that the bytes do not depend on the machine: words drawn as text are
    not shown. A document that may cost much is rendered in a process of its own, which ends after 4 s a megabyte
    or at 1 GB of memory.

    Raises:
        ImportError: resvg_py or Pillow is not installed.
        ValueError: it cannot be rendered within these limits, or nothing of it is seen.
    """
    image = load_pillow()
    with image.open(io.BytesIO(render_document(text, side)), formats=("PNG",)) as drawn:
        picture = _squared(upright(drawn), side)
    if np.all(picture == WHITE):
        raise ValueError("nothing of it is seen on white")
    return picture


def _text(path: Path) -> str:
    if (size := path.stat().st_size) > LONGEST:
        raise PictureError(f"its SVG must have at most {LONGEST} bytes, but has {size}")
    content = path.read_bytes()
    return content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8", errors="replace")


def _check_pages(picture: Any) -> None:
    """Refuse a document of several pages, of which one picture would drop the others in silence."""
    if picture.format != "TIFF" or (count := count_frames(picture)) == 1:
        return
    pages = 0
    for page in range(count):
        picture.seek(page)
        pages += not is_reduced(picture)
    if pages > 1:
        raise PictureError(f"it has {pages} pages; save one alone, or load them as frames with load_video")
    picture.seek(0)


def _squared(picture: Any, side: int) -> UInt8[np.ndarray, "side side 3"]:
    scale = side / max(picture.size)
    width, height = (max(1, round(length * scale)) for length in picture.size)
    if picture.size != (width, height):
        picture = picture.resize((width, height), load_pillow().Resampling.BICUBIC)
    square = np.full((side, side, 3), WHITE, dtype=np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = np.asarray(picture)
    return square
