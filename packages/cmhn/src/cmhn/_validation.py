"""Checks at the door: each names the argument, the value that came and what is wanted."""

import math
from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor

__all__ = [
    "require_at_least",
    "require_finite",
    "require_floating",
    "require_known",
    "require_matrix",
    "require_non_negative",
    "require_positive",
    "require_states",
    "require_widths",
]


def require_floating(name: str, tensor: Tensor) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, but came as {type(tensor).__name__}")
    if not tensor.is_floating_point():
        raise TypeError(f"{name} must be a floating-point tensor, but came as {tensor.dtype}")


def require_finite(name: str, tensor: Tensor) -> None:
    """Refuse NaN and Inf without a second tensor of the same size: both survive a minimum and a maximum."""
    if tensor.numel() == 0:
        return
    lowest, highest = torch.aminmax(tensor.detach())
    if not (torch.isfinite(lowest) & torch.isfinite(highest)):
        raise ValueError(f"{name} must be finite, but holds NaN or Inf")


def require_matrix(name: str, tensor: Tensor, width: int | None = None) -> None:
    """A finite floating-point matrix, one item a row, of the given width."""
    require_floating(name, tensor)
    if tensor.ndim != 2 or (width is not None and tensor.shape[1] != width):
        wanted = "[B, width]" if width is None else f"[B, {width}]"
        raise ValueError(f"{name} must be of shape {wanted}, but came with shape {tuple(tensor.shape)}")
    require_finite(name, tensor)


def require_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be finite and above 0, but came as {value}")


def require_non_negative(name: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be finite and at least 0, but came as {value}")


def require_at_least(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number, but came as {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, but came as {value}")


def require_widths(name: str, widths: Mapping[str, Any]) -> None:
    if not isinstance(widths, Mapping):
        raise TypeError(f"{name} must map each modality to its width, but came as {type(widths).__name__}")
    if not widths:
        raise ValueError(f"{name} must name at least one modality, but is empty")
    for modality, width in widths.items():
        if not isinstance(modality, str) or not modality or "." in modality:
            raise ValueError(f"{name} must name modalities by text without a dot, but has {modality!r}")
        require_at_least(f"{name}[{modality!r}]", width, 1)


def require_known(name: str, modalities: Collection[str], known: Collection[str]) -> None:
    unknown = [modality for modality in modalities if modality not in known]
    if unknown:
        raise ValueError(f"{name} must name modalities among {sorted(known)}, but names {sorted(unknown)}")


def require_states(
    name: str, states: Mapping[str, Tensor], widths: Mapping[str, int], dtype: torch.dtype | None = None
) -> int:
    """States of one batch, of known modalities with their own widths; gives the batch's size."""
    if not isinstance(states, Mapping):
        raise TypeError(f"{name} must map modalities to tensors, but came as {type(states).__name__}")
    if not states:
        raise ValueError(f"{name} must hold at least one of {sorted(widths)}, but is empty")
    require_known(name, states, widths)
    for modality, state in states.items():
        require_matrix(f"{name}[{modality!r}]", state, widths[modality])
        if dtype is not None and state.dtype != dtype:
            raise TypeError(
                f"{name}[{modality!r}] must have the memory's type {dtype}, but came as {state.dtype}"
            )
    sizes = {modality: len(state) for modality, state in states.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"{name} must have one batch size for all modalities, but came with {sizes}")
    return next(iter(sizes.values()))
