"""Weights on disk, as safetensors that say what they hold: nothing is ever unpickled."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from amcore.files import written_whole

__all__ = ["WeightFileError", "read_weights", "shortened", "write_weights"]

_LONGEST_WORDS = 200
# What safetensors and the frameworks raise on headers that are damaged, or name types that they lack.
_UNREADABLE = (
    SafetensorError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
    MemoryError,
)


class WeightFileError(ValueError):
    """A weight file is damaged, or is not of the kind that was asked for; nothing was loaded."""


def write_weights(
    path: str | os.PathLike[str],
    tensors: Mapping[str, Any],
    *,
    kind: str,
    format: str,
    description: Mapping[str, Any],
    save: Callable[..., Any],
) -> None:
    """Write tensors and what they are; the file appears only when it is complete.

    Args:
        path: The file.
        tensors: The tensors by name, of the framework that ``save`` is for.
        kind: What the file holds; `read_weights` asks for it by name.
        format: Name and version of the format; a version that was once written is read for ever.
        description: Anything that JSON can hold.
        save: ``save_file`` of ``safetensors.numpy`` or ``safetensors.torch``.
    """
    metadata = {"format": format, "kind": kind, "description": json.dumps(description)}
    with written_whole(path) as partial:
        save(dict(tensors), partial, metadata)


def read_weights(
    path: str | os.PathLike[str],
    *,
    kind: str | None,
    format: str,
    framework: str,
    fault: Callable[[str, Any], str | None],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a file that `write_weights` wrote.

    Args:
        path: The file.
        kind: What it must hold; anything if None.
        format: The format that it must have.
        framework: Whose tensors are wanted: ``"numpy"`` or ``"pt"``.
        fault: What is wrong with a tensor of a name, in words; None where nothing is.

    Returns:
        Its tensors and its description.

    Raises:
        FileNotFoundError: If there is no such file.
        WeightFileError: If it is damaged, of another format (a pickle, say), of another kind, or a tensor has a fault.
    """
    place = os.fspath(path)
    if not Path(path).is_file():
        raise FileNotFoundError(f"path must be a weight file, but there is none at {place!r}")

    def refused(reason: str) -> WeightFileError:
        wanted = f"{kind or 'network'} in the format {format!r}"
        return WeightFileError(
            f"path must hold a {wanted}, but {place!r} does not ({reason}); nothing was loaded"
        )

    try:
        with safe_open(path, framework=framework) as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 — not a dict
    except _UNREADABLE as error:
        reason = f"{type(error).__name__}: {shortened(error)}"
        raise refused(f"it is no safetensors file, or a damaged one: {reason}") from error
    if metadata.get("format") != format or (kind is not None and metadata.get("kind") != kind):
        held = f"{shortened(metadata.get('kind', 'something'))!r} in the format {shortened(metadata.get('format'))!r}"
        raise refused(f"it holds {held}")
    try:
        description = json.loads(metadata["description"])
    except (KeyError, ValueError, RecursionError) as error:
        raise refused(
            f"its description cannot be read: {type(error).__name__}: {shortened(error)}"
        ) from error
    if not isinstance(description, dict):
        raise refused("its description is no table")
    for name, tensor in tensors.items():
        if found := fault(name, tensor):
            raise refused(f"its tensor {shortened(name)!r} {found}")
    return tensors, description


def shortened(what: object) -> str:
    """Return what a file says, which may be a million letters, in at most some two hundred."""
    words = str(what)
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}…"
