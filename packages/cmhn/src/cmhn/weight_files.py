"""Weights of harmonic networks on disk."""

import os
from collections.abc import Mapping
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from amcore import weight_files
from amcore.weight_files import WeightFileError

__all__ = ["WeightFileError", "read_weights", "write_weights"]

_FORMAT = "cmhn-1"
_TYPES = frozenset(
    {
        *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    }
)


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
    contents = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    weight_files.write_weights(
        path, contents, kind=kind, format=_FORMAT, description=description, save=save_file
    )


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
    tensors, description = weight_files.read_weights(
        path, kind=kind, format=_FORMAT, framework="pt", fault=_fault
    )
    # Copied: what safetensors gives is the mapped file, whose later changes would be the network's.
    return {name: tensor.clone() for name, tensor in tensors.items()}, description


def _fault(_: str, tensor: Tensor) -> str | None:
    if tensor.dtype not in _TYPES:
        return f"is of the type {tensor.dtype}"
    return None if bool(torch.isfinite(tensor).all()) else "holds NaN or Inf"
