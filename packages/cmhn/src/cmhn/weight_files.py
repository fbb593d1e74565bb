"""Weights on disk, as safetensors that say what they hold: nothing is ever unpickled."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

__all__ = ["WeightFileError", "read_weights", "write_weights"]

_FORMAT = "cmhn-1"
_LONGEST_REASON = 300
_TYPES = frozenset(
    {
        *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    }
)
# What safetensors and torch raise on headers that are damaged, or name types that torch lacks.
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
    path: str | os.PathLike[str], kind: str, tensors: Mapping[str, Tensor], description: Mapping[str, Any]
) -> None:
    """Write tensors and what they are; the file appears only when it is complete.

    Args:
        path: Where to write.
        kind: What the file holds; `read_weights` asks for it by name.
        tensors: The tensors by name.
        description: Anything JSON can hold.

    Raises:
        TypeError: If a tensor is of a type that is not read back, such as 8-bit floats.
    """
    for name, tensor in tensors.items():
        if tensor.dtype not in _TYPES:
            raise TypeError(f"tensors must be of types that are read back, but {name!r} is of {tensor.dtype}")
    target = Path(path)
    metadata = {"format": _FORMAT, "kind": kind, "description": json.dumps(description)}
    contents = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        save_file(contents, unfinished, metadata)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def read_weights(path: str | os.PathLike[str], kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a file that `write_weights` wrote.

    Args:
        path: Where it is.
        kind: What it must hold.

    Returns:
        Its tensors, none with a NaN or Inf, and its description.

    Raises:
        FileNotFoundError: If there is no such file.
        WeightFileError: If it is damaged, of another format (a pickle, say) or of another kind.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"path must be a weight file, but there is none at {os.fspath(path)!r}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            # Copied: what safetensors gives is the mapped file, whose later changes would be the network's.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 — not a dict
    except _UNREADABLE as error:
        raise _refusal(path, kind, f"{type(error).__name__}: {error}") from error
    if metadata.get("format") != _FORMAT or metadata.get("kind") != kind:
        raise _refusal(path, kind, f"it says format={metadata.get('format')}, {metadata.get('kind')}")
    try:
        description = json.loads(metadata["description"])
    except (KeyError, ValueError, RecursionError) as error:
        raise _refusal(path, kind, f"its description is none: {type(error).__name__}: {error}") from error
    if not isinstance(description, dict):
        raise _refusal(path, kind, "its description is not a table")
    for name, tensor in tensors.items():
        if tensor.dtype not in _TYPES:
            raise _refusal(path, kind, f"its tensor {name!r} is of the type {tensor.dtype}")
        if not bool(torch.isfinite(tensor).all()):
            raise _refusal(path, kind, f"its tensor {name!r} holds NaN or Inf")
    return tensors, description


def _refusal(path: str | os.PathLike[str], kind: str, reason: str) -> WeightFileError:
    # What a file says may be a million letters.
    reason = reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"
    return WeightFileError(
        f"path must be a {kind} saved by cmhn as safetensors, but {os.fspath(path)!r} is not ({reason}); "
        "nothing was loaded"
    )
