"""Prepared arrays on disk: written in pieces, read by memory mapping."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from amcore.data.errors import DataError


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
                raise ValueError(f"pieces hold {piece.dtype}, wanted {dtype}")
            file.write(np.ascontiguousarray(piece).tobytes())
            left -= piece.size
    if left != 0:
        raise ValueError(f"pieces differ from shape {shape} by {-left} elements")


def read_array(folder: Path, dataset: str, name: str) -> np.ndarray:
    """Memory-map `<folder>/<dataset>/<name>` read-only.

    Raises:
        DataError: the file is not there or is no array.
    """
    path = Path(folder) / dataset / name
    remedy = f"prepare it with `python -m amcore.data fetch {dataset} --folder {folder}`"
    if not path.is_file():
        raise DataError(f"{dataset}: {path} is missing; {remedy}")
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise DataError(f"{dataset}: {path} is damaged ({error}); delete it and {remedy}") from error
