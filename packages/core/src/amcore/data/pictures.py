"""Pictures of files and of SVG text as squares on white."""

import io
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import UInt8

WHITE = 255
_DOTS_PER_INCH = 96


def load_picture(path: Path | str, side: int) -> UInt8[np.ndarray, "side side 3"]:
    """A picture file as large as fits into a square, centred on white, its aspect kept.

    Args:
        path: a file that Pillow decodes, or one whose name ends in `.svg`.
        side: of the square in pixels.

    Returns:
        RGB levels 0 … 255.

    Raises:
        ImportError: Pillow, or for SVG resvg_py, is not installed.
        ValueError: `side` is below one, or the file holds no picture; names it.
    """
    if side < 1:
        raise ValueError(f"side is {side}, wanted at least 1 pixel")
    path = Path(path)
    try:
        if path.suffix == ".svg":
            return render_svg(path.read_text(encoding="utf-8", errors="replace"), side)
        with _pillow().open(path) as picture:
            return _squared(picture, side)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} holds no picture that can be decoded ({error})") from error


def render_svg(text: str, side: int) -> UInt8[np.ndarray, "side side 3"]:
    """An SVG document as large as fits into a square, centred on white, its aspect kept.

    Fonts of the system are left out, so that the bytes do not depend on the machine: words drawn as text are
    not shown.

    Raises:
        ImportError: resvg_py or Pillow is not installed.
        ValueError: it cannot be rendered, or nothing of it is seen.
    """
    # Without a resolution resvg takes lengths in points and centimetres for zero.
    settings = {"svg_string": text, "skip_system_fonts": True, "dpi": _DOTS_PER_INCH}
    image, resvg = _pillow(), _resvg()
    with image.open(io.BytesIO(bytes(resvg.svg_to_bytes(width=side, **settings)))) as wide:
        fits = wide.height <= side
        picture = _squared(wide, side) if fits else None
    if picture is None:
        with image.open(io.BytesIO(bytes(resvg.svg_to_bytes(height=side, **settings)))) as high:
            picture = _squared(high, side)
    if np.all(picture == WHITE):
        raise ValueError("nothing of it is seen on white")
    return picture


def _squared(picture: Any, side: int) -> UInt8[np.ndarray, "side side 3"]:
    image = _pillow()
    opaque = image.new("RGBA", picture.size, (WHITE, WHITE, WHITE, WHITE))
    opaque.alpha_composite(picture.convert("RGBA"))
    scale = side / max(picture.size)
    width, height = (max(1, round(length * scale)) for length in picture.size)
    small = opaque.convert("RGB")
    if small.size != (width, height):
        small = small.resize((width, height), image.Resampling.BICUBIC)
    square = np.full((side, side, 3), WHITE, dtype=np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = np.asarray(small)
    return square


def _pillow() -> ModuleType:
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("pictures need Pillow: install it with `pip install 'amcore[image]'`") from error
    return Image


def _resvg() -> ModuleType:
    try:
        import resvg_py
    except ImportError as error:
        raise ImportError("SVG needs resvg_py: install it with `pip install 'amcore[image]'`") from error
    return resvg_py
