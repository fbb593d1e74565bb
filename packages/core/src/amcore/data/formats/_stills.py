"""Pictures of files as Pillow decodes them: upright, on white, of 8 bits a channel, and within limits."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Shaped, UInt8

WHITE = 255
# A photograph of many megapixels is a large file: what a small one unfolds to is limited, ever more pixels of a
# large one are taken.
PIXELS = 1 << 26
_PIXELS_A_BYTE = 30
# Each pass over a progressive JPEG, or step of a wavelet, costs as much as a picture.
_PASSES = 30
_SLOW = {"JPEG2000": 8}
_FINE_LEVELS = 65535
_FINER_LEVELS = (1 << 32) - 1
_STRIP = 256
_ORIENTATION = 0x0112
_SUBFILE = 0x00FE
_REDUCED = 1
# What PostScript, metafiles and stubs need is another program.
_REFUSED = {"EPS", "WMF", "MPEG", "BUFR", "GRIB", "HDF5"}
_SHORTEST = 20.0
_USUAL = 100.0


class PictureError(ValueError):
    """A picture that cannot be decoded: says why, without the file's name."""


@contextmanager
def opened_picture(path: Path, formats: tuple[str, ...] | None = None) -> Iterator[Any]:
    """A picture file opened by Pillow, its size checked before its pixels are decoded.

    Args:
        path: of the file.
        formats: those looked for, all but the ones another program decodes by default.

    Raises:
        ImportError: Pillow is not installed.
        PictureError: it is none of them, too large, cut or corrupt.
    """
    image = load_pillow()
    image.init()
    formats = tuple(name for name in formats or image.OPEN if name in image.OPEN and name not in _REFUSED)
    with ExitStack() as stack:
        with explained():
            file = stack.enter_context(path.open("rb"))
            picture = stack.enter_context(image.open(file, formats=formats))
            check_size(picture, path)
            if picture.format == "PNG":
                _check_sums(path)
        yield picture


@contextmanager
def explained() -> Iterator[None]:
    """Turn whatever a picture's decoder raises within the block into a `PictureError`."""
    try:
        yield
    except (PictureError, ImportError, GeneratorExit, KeyboardInterrupt):
        raise
    except MemoryError as error:
        raise PictureError("it takes more memory than there is") from error
    # Pillow's plugins let what their parsers raise pass: struct.error, SyntaxError, KeyError, zlib.error and so on.
    except Exception as error:
        raise PictureError(str(error) or type(error).__name__) from error


def count_frames(picture: Any) -> int:
    """How many frames an animation, or pages a document, is said to hold; one for a plain picture."""
    with explained():
        # The phone's second picture is a map of depth or of light, no frame.
        if picture.format in ("JPEG", "MPO"):
            return 1
        return getattr(picture, "n_frames", 1)


def is_reduced(picture: Any) -> bool:
    """Tell whether a page of a TIFF file is a small copy of another."""
    return picture.format == "TIFF" and bool(picture.tag_v2.get(_SUBFILE, 0) & _REDUCED)


def duration(picture: Any) -> float:
    """How long the frame at hand is shown, in milliseconds: as browsers do, 100 where next to nothing is said."""
    value = picture.info.get("duration", 0)
    return float(value) if isinstance(value, int | float) and value >= _SHORTEST else _USUAL


def orientation(picture: Any) -> int:
    """The EXIF orientation, 1 to 8; 1 where none can be read."""
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception:
        # What is wrong with a picture's notes does no harm to its pixels.
        return 1
    return value if value in range(1, 9) else 1


def upright_size(picture: Any) -> tuple[int, int]:
    """Width and height of a picture as it is to be seen."""
    width, height = picture.size
    return (height, width) if orientation(picture) >= 5 else (width, height)


def upright(picture: Any) -> Any:
    """Decode a picture: RGB of 8 bits, on white, turned as its EXIF orientation says.

    Grey of 16 bits is divided by 257. Grey of 32 bits is taken for 16 bits where no value is larger, else divided
    by 2³² − 1. Grey of floats lies in [0, 1] or, where a value is larger, in [0, 255].

    Raises:
        PictureError: it is cut or corrupt, or has values outside those ranges.
    """
    image = load_pillow()
    with explained():
        picture.load()
        # After loading: Pillow turns some formats itself and then forgets the orientation.
        way = orientation(picture)
        flat = _on_white(_eight_bits(picture), image)
        turns = {
            2: image.Transpose.FLIP_LEFT_RIGHT,
            3: image.Transpose.ROTATE_180,
            4: image.Transpose.FLIP_TOP_BOTTOM,
            5: image.Transpose.TRANSPOSE,
            6: image.Transpose.ROTATE_270,
            7: image.Transpose.TRANSVERSE,
            8: image.Transpose.ROTATE_90,
        }
        return flat.transpose(turns[way]) if way in turns else flat


def load_pillow() -> ModuleType:
    """Pillow's `Image`.

    Raises:
        ImportError: it is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("pictures need Pillow: install it with `pip install 'amcore[image]'`") from error
    return Image


def check_size(picture: Any, path: Path) -> None:
    width, height = picture.size
    size = path.stat().st_size
    limit = max(PIXELS, _PIXELS_A_BYTE * size) // _SLOW.get(picture.format, 1)
    if width * height > limit:
        raise PictureError(
            f"a file of {size} bytes must have at most {limit} pixels, but has {width} × {height}"
        )
    if picture.format in ("JPEG", "MPO"):
        passes = path.read_bytes().count(b"\xff\xda")
        if width * height * passes > _PASSES * limit // 2:
            raise PictureError(f"{passes} passes over {width} × {height} pixels, which no camera writes")


def _check_sums(path: Path) -> None:
    # Decoding a PNG skips the check sums of its pixels.
    with load_pillow().open(path, formats=("PNG",)) as picture:
        picture.verify()


def _eight_bits(picture: Any) -> Any:
    """The same picture in a mode of 8 bits a channel."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    values = np.asarray(picture)
    hidden = picture.info.get("transparency")
    grey = load_pillow().fromarray(_levels(values))
    if not isinstance(hidden, int):
        return grey
    grey.putalpha(load_pillow().fromarray(np.where(values == hidden, 0, WHITE).astype(np.uint8)))
    return grey


def _levels(values: Shaped[np.ndarray, "height width"]) -> UInt8[np.ndarray, "height width"]:
    least, most = values.min(), values.max()
    if not np.isfinite(least) or not np.isfinite(most):
        raise PictureError("it holds NaN or infinity")
    if values.dtype.kind == "f":
        limit = 1.0 if most <= 1.0 else 255.0
    else:
        if values.dtype == np.int32 and least < 0:
            # Pillow reads unsigned 32 bits as signed.
            values = values.view(np.uint32)
            most = values.max()
        limit = _FINE_LEVELS if most <= _FINE_LEVELS else _FINER_LEVELS
    if (least < 0 and values.dtype.kind == "f") or most > limit:
        raise PictureError(
            f"its levels, floats, must run from 0 to 1 or 0 to 255, but run from {least} to {most}"
        )
    levels = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), _STRIP):
        strip = values[top : top + _STRIP].astype(np.float64)
        levels[top : top + _STRIP] = np.rint(strip * (WHITE / limit))
    return levels


def _on_white(picture: Any, image: ModuleType) -> Any:
    """RGB, strip by strip where something shows through, so that a large picture is held twice at most."""
    if picture.mode in ("RGB", "L", "1", "CMYK", "YCbCr") and "transparency" not in picture.info:
        return picture.convert("RGB")
    width, height = picture.size
    flat = image.new("RGB", picture.size)
    for top in range(0, height, _STRIP):
        strip = picture.crop((0, top, width, min(top + _STRIP, height))).convert("RGBA")
        white = image.new("RGBA", strip.size, (WHITE, WHITE, WHITE, WHITE))
        flat.paste(image.alpha_composite(white, strip).convert("RGB"), (0, top))
    return flat
