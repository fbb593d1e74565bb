"""Checks at the door: each names the argument, the value that came and what is wanted."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from amcore import checks
from amcore.checks import LARGEST_SCALE, require_at_least, require_known, require_mapping, whole_number
from amcore.torch.checks import (
    has_values,
    require_floating,
    require_positive,
    require_scale,
    requires_grad,
)

__all__ = [
    "LARGEST_SCALE",
    "exporting",
    "has_values",
    "largest",
    "require_at_least",
    "require_finite",
    "require_floating",
    "require_known",
    "require_matchable",
    "require_matrix",
    "require_non_negative",
    "require_pairs",
    "require_positive",
    "require_precision",
    "require_scale",
    "require_states",
    "require_widths",
    "requires_grad",
    "whole_number",
]


def require_non_negative(name: str, value: float) -> None:
    """Refuse a weight that is negative, or so large that it overflows."""
    checks.require_non_negative(name, value, LARGEST_SCALE)


def exporting() -> bool:
    """Whether a graph is exported: sizes may be left open in it, so code may not branch on them."""
    # Older versions of PyTorch do not tell it from compiling.
    return getattr(torch.compiler, "is_exporting", torch.compiler.is_compiling)()


def largest(dtype: torch.dtype) -> float:
    """The largest size of an entry that a memory takes: products of four such numbers are still in range.

    Half precision counts as float32, which it is computed in.
    """
    return torch.finfo(torch.promote_types(dtype, torch.float32)).max ** 0.25


def require_precision(name: str, dtype: torch.dtype) -> None:
    """Refuse types in which a softmax overflows and no matrix can be factorised."""
    if dtype not in (torch.float32, torch.float64):
        raise TypeError(
            f"{name} must be of torch.float32 or torch.float64, but is of {dtype}: "
            "keep it in float32, and use torch.autocast for encoders in half precision"
        )


def require_finite(name: str, tensor: Tensor) -> None:
    """Refuse NaN, Inf and what would overflow, without a second tensor of the same size.

    NaN and Inf survive a minimum and a maximum.
    """
    if tensor.numel() == 0 or not has_values(tensor):
        return
    lowest, highest = torch.aminmax(tensor.detach())
    if not (torch.isfinite(lowest) & torch.isfinite(highest)):
        raise ValueError(f"{name} must be finite, but holds NaN or Inf")
    limit = largest(tensor.dtype)
    if bool((lowest < -limit) | (highest > limit)):
        raise ValueError(
            f"{name} must hold numbers of at most {limit:.3g} in size, since larger ones overflow in "
            f"{tensor.dtype}, but reaches from {float(lowest):.3g} to {float(highest):.3g}: scale it"
        )


def require_matrix(name: str, tensor: Tensor, width: int | None = None) -> None:
    """A finite floating-point matrix, one item a row, of the given width."""
    require_floating(name, tensor)
    if tensor.ndim != 2 or (width is not None and tensor.shape[1] != width):
        wanted = "[B, width]" if width is None else f"[B, {width}]"
        raise ValueError(f"{name} must be of shape {wanted}, but has shape {tuple(tensor.shape)}")
    require_finite(name, tensor)


def require_widths(name: str, widths: Mapping[str, Any]) -> None:
    require_mapping(name, widths, "each modality to its width")
    if not widths:
        raise ValueError(f"{name} must name at least one modality, but is empty")
    for modality, width in widths.items():
        if not isinstance(modality, str) or not modality or "." in modality:
            raise ValueError(f"{name} must name modalities by text without a dot, but has {modality!r}")
        require_at_least(f"{name}[{modality!r}]", width, 1)


def require_states(
    name: str,
    states: Mapping[str, Tensor],
    widths: Mapping[str, int],
    dtype: torch.dtype | None = None,
    whose: str = "the memory's",
) -> int:
    """States of one batch, of known modalities with their own widths; gives the batch's size."""
    require_mapping(name, states, "modalities to tensors")
    if not states:
        raise ValueError(f"{name} must hold at least one of {sorted(widths)}, but is empty")
    require_known(name, states, widths)
    for modality, state in states.items():
        require_matrix(f"{name}[{modality!r}]", state, widths[modality])
        if dtype is not None and state.dtype != dtype:
            raise TypeError(f"{name}[{modality!r}] must have {whose} type {dtype}, but is {state.dtype}")
    sizes = {modality: state.shape[0] for modality, state in states.items()}
    batch = next(iter(sizes.values()))
    # Compared, not counted in a set: while a graph is exported sizes are symbols, and those have no hash.
    if any(size != batch for size in sizes.values()):
        raise ValueError(f"{name} must have one batch size for all modalities, but has {sizes}")
    return batch


def require_matchable(
    source: str,
    queries: Tensor,
    target: str,
    candidates: Tensor,
    widths: Mapping[str, int],
    dtype: torch.dtype | None,
) -> None:
    """What a matcher scores: two known modalities, matrices of their widths and of the weights' type."""
    require_known("source and target", [source, target], widths)
    for name, modality, items in (("queries", source, queries), ("candidates", target, candidates)):
        require_matrix(name, items, widths[modality])
        if dtype is not None and items.dtype != dtype:
            raise TypeError(f"{name} must be of the weights' type {dtype}, but is {items.dtype}")


def require_pairs(name: str, states: Mapping[str, Tensor], batch: int, least: int = 1) -> None:
    """Something to contrast: two modalities at least, and enough items that no mean is over nothing."""
    if len(states) < 2:
        raise ValueError(f"{name} must hold at least two modalities, but hold {sorted(states)}")
    if batch < least:
        count = {1: "one item", 2: "two items"}[least]
        raise ValueError(f"{name} must hold at least {count} to contrast, but hold {batch}")
