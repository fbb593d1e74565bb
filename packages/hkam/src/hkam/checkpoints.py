"""Progress of a training run on disk, so that a run that was killed goes on where it was."""

import hashlib
import json
import struct
import tokenize
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_STORED, BadZipFile, ZipFile, is_zipfile

import jax
import jax.numpy as jnp
import numpy as np

from amcore.files import written_whole
from amcore.weight_files import shortened

__all__ = ["Checkpoint", "CheckpointError", "Progress"]

# What zipfile and numpy raise on damaged files; numpy reads its headers as Python literals.
_UNREADABLE = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    SyntaxError,
    tokenize.TokenError,
    MemoryError,
)


class CheckpointError(ValueError):
    """A checkpoint is damaged or belongs to another run; nothing was loaded."""


class Progress(NamedTuple):
    """How far a run is.

    Args:
        values: What is being trained and the optimiser's state, any pytree of arrays.
        losses: The loss of every update so far.
        records: What was watched so far, one dictionary a time.
    """

    values: Any
    losses: Sequence[float]
    records: Sequence[dict[str, float]]


@dataclass(frozen=True)
class Checkpoint:
    """Where a run keeps its progress.

    Args:
        path: The file; its folder is made.
        run: What makes the run what it is (data, seed, schedule, code); a checkpoint that says otherwise is refused.
        every: Updates between two savings.

    Raises:
        ValueError: If ``every`` is not positive.
    """

    path: Path
    run: str
    every: int = 100

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every must be at least 1, but is {self.every}")

    @classmethod
    def for_run(cls, folder: Path, run: str, *, every: int = 100) -> "Checkpoint":
        """Return a checkpoint whose file name follows from what the run is: another run has another file.

        Args:
            folder: Where checkpoints are.
            run: What makes the run what it is.
            every: Updates between two savings.
        """
        return cls(folder / f"{hashlib.sha256(run.encode()).hexdigest()[:16]}.npz", run, every)

    def save(self, progress: Progress) -> None:
        """Write a file that takes the old one's place only when it is complete."""
        arrays: dict[str, Any] = {
            f"leaf_{i}": np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(progress.values))
        }
        arrays["run"] = np.asarray(self.run)
        arrays["losses"] = np.asarray(progress.losses, np.float64)
        arrays["records"] = np.asarray(json.dumps(list(progress.records)))
        with written_whole(self.path) as partial, partial.open("wb") as file:
            np.savez(file, **arrays)

    def load(self, like: Any) -> Progress | None:
        """Read the progress, if there is any.

        Args:
            like: A pytree with the structure, shapes and types of the values.

        Returns:
            The progress, or ``None`` without a file.

        Raises:
            CheckpointError: If the file cannot be read, is of another run, or does not fit.
        """
        if not self.path.exists():
            return None
        wanted, structure = jax.tree.flatten(like)
        try:
            arrays = _arrays(self.path)
            run, losses = str(arrays["run"]), arrays["losses"]
            records = json.loads(str(arrays["records"]))
            leaves = [arrays[f"leaf_{i}"] for i in range(sum(name.startswith("leaf_") for name in arrays))]
            if losses.ndim != 1 or losses.dtype != np.float64 or not _are_records(records):
                raise ValueError("its losses are no row of numbers, or its records no list of tables")
        except _UNREADABLE as error:
            reason = shortened(" ".join(str(error).split())) or type(error).__name__
            raise CheckpointError(
                f"{self.path} is not a checkpoint that can be read ({reason}); remove it to start anew"
            ) from error
        if run != self.run:
            raise CheckpointError(
                f"{self.path} belongs to another run, {shortened(run)!r}, and not to {self.run!r}"
            )
        if [(leaf.shape, leaf.dtype) for leaf in leaves] != [(leaf.shape, leaf.dtype) for leaf in wanted]:
            raise CheckpointError(
                f"{self.path} holds arrays that do not fit what is to be trained; remove it to start anew"
            )
        return Progress(jax.tree.unflatten(structure, map(jnp.asarray, leaves)), losses.tolist(), records)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a file that `numpy.savez` wrote, uncompressed: no more than its size comes out."""
    with path.open("rb") as raw:
        if not is_zipfile(raw):
            raise ValueError("it is no zip of arrays")
        with ZipFile(raw) as archive:
            parts = archive.infolist()
        for part in parts:
            if part.compress_type != ZIP_STORED:
                raise ValueError(f"its part {shortened(part.filename)!r} is compressed")
        if sum(part.file_size for part in parts) > path.stat().st_size:
            raise ValueError("its parts are larger than the file")
        raw.seek(0)
        with np.load(raw) as file:
            arrays = {name: file[name] for name in file.files}
    for name, array in arrays.items():
        # Of what does not begin as an array numpy gives the bytes.
        if not isinstance(array, np.ndarray):
            raise ValueError(f"its part {shortened(name)!r} is no array")
    return arrays


def _are_records(records: Any) -> bool:
    return isinstance(records, list) and all(isinstance(record, dict) for record in records)
