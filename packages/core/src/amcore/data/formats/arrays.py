"""Prepared arrays on disk: written in pieces, read by memory mapping."""

import math
import os
import tokenize
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from amcore.data.errors import DataError

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_PLAIN = "biufcSU"
# What numpy raises on bytes that are no header; it reads one as a Python literal.
_DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RecursionError,
    MemoryError,
    SyntaxError,
    tokenize.TokenError,
)
_LONGEST_REASON = 300


def write_array(path: Path, shape: tuple[int, ...], dtype: np.dtype, pieces: Iterable[np.ndarray]) -> None:
    """Write a `.npy` file piece by piece, so that it need not fit into memory.

    A memory-mapped file would be simpler, but a disk that fills up under one kills the process by a signal;
    here it is an `OSError`.

    Args:
        path: of the file, overwritten.
        shape: of the whole array.
        dtype: of the whole array.
        pieces: parts along the first axes, in order; together as many elements as `shape` says.

    Raises:
        ValueError: the pieces do not fill the shape, or have another dtype.
        OSError: the file cannot be written.
    """
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    left = int(np.prod(shape))
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for piece in pieces:
            if piece.dtype != dtype:
                raise ValueError(f"pieces must hold {dtype}, but hold {piece.dtype}")
            file.write(np.ascontiguousarray(piece).tobytes())
            left -= piece.size
    if left != 0:
        raise ValueError(f"pieces differ from shape {shape} by {-left} elements")


def read_array(folder: Path, dataset: str, name: str) -> np.ndarray:
    """Memory-map `<folder>/<dataset>/<name>` read-only.

    Raises:
        DataError: the file is not there, is no array of plain numbers or words, or its length is not that of the
            array that its header describes.
    """
    path = Path(folder) / dataset / name
    remedy = f"prepare it with `python -m amcore.data fetch {dataset} --folder {folder}`"
    if not path.is_file():
        raise DataError(f"{dataset}: {path} is missing; {remedy}")
    try:
        return _mapped(path)
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__
        raise DataError(f"{dataset}: {path} is damaged ({reason}); delete it and {remedy}") from error


def _mapped(path: Path) -> np.ndarray:
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"it is an array file of version {version}")
        # It warns of headers in an older Python's spelling, and of odd literals.
        with warnings.catch_warnings(action="ignore"):
            shape, in_columns, dtype = _HEADERS[version](file)
        start, length = file.tell(), file.seek(0, os.SEEK_END)
    if dtype.kind not in _PLAIN:
        raise ValueError(f"it holds {dtype}, where numbers or words are wanted")
    if any(side < 0 for side in shape):
        raise ValueError(f"it claims the shape {shape}")
    wanted = start + math.prod(map(int, shape)) * dtype.itemsize
    if length != wanted:
        raise ValueError(f"it has {length} bytes where an array of shape {shape} has {wanted}")
    return np.memmap(path, dtype, "r", start, shape, "F" if in_columns else "C")
