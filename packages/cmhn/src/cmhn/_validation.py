"""Checks at the door: each names the argument, the value that came and what is wanted."""

import math
import operator
from collections.abc import Collection, Mapping
from numbers import Real
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor

__all__ = [
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

LARGEST_SCALE = 2.0**32
"""The largest β, γ or other scale, and the inverse of the smallest β: the fourth root of float32's largest number."""


def has_values(*tensors: Tensor) -> bool:
    """Whether code may branch on what tensors hold; all checks and loops that do so ask here.

    Not while `torch.compile`, `torch.export` or `torch.jit` trace, nor under `torch.func`'s transforms, nor on the
    meta device: there a tensor stands for many, or for none.
    """
    if torch.compiler.is_compiling() or torch.jit.is_tracing():  # type: ignore[attr-defined]
        return False
    return not any(
        tensor.is_meta
        or isinstance(tensor, FakeTensor)
        # There is no public question for torch.func's tensors.
        or torch._C._functorch.is_functorch_wrapped_tensor(tensor)  # type: ignore[attr-defined]
        for tensor in tensors
    )


def exporting() -> bool:
    """Whether a graph is exported: sizes may be left open in it, so code may not branch on them."""
    # Older versions of PyTorch do not tell it from compiling.
    return getattr(torch.compiler, "is_exporting", torch.compiler.is_compiling)()


def requires_grad(*tensors: Tensor) -> bool:
    return torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)


def largest(dtype: torch.dtype) -> float:
    """The largest size of an entry that a memory takes: products of four such numbers are still in range.

    Half precision counts as float32, which it is computed in.
    """
    return torch.finfo(torch.promote_types(dtype, torch.float32)).max ** 0.25


def require_floating(name: str, tensor: Tensor) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, but came as {type(tensor).__name__}")
    if tensor.layout != torch.strided:
        raise TypeError(f"{name} must be a dense tensor, but came as {tensor.layout}: call to_dense() first")
    if not tensor.is_floating_point():
        raise TypeError(f"{name} must be a floating-point tensor, but came as {tensor.dtype}")


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
        raise ValueError(f"{name} must be of shape {wanted}, but came with shape {tuple(tensor.shape)}")
    require_finite(name, tensor)


def require_positive(name: str, value: float) -> None:
    _require_number(name, value)
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be finite and above 0, but came as {value}")


def require_scale(name: str, value: float) -> None:
    """A positive factor of what is exponentiated: neither it nor its inverse may overflow."""
    require_positive(name, value)
    if not 1 / LARGEST_SCALE <= value <= LARGEST_SCALE:
        raise ValueError(
            f"{name} must lie between {1 / LARGEST_SCALE:.3g} and {LARGEST_SCALE:.3g}, but came as {value}"
        )


def require_non_negative(name: str, value: float) -> None:
    _require_number(name, value)
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be finite and at least 0, but came as {value}")
    if value > LARGEST_SCALE:
        raise ValueError(f"{name} must be at most {LARGEST_SCALE:.3g}, but came as {value}")


def _require_number(name: str, value: Any) -> None:
    if isinstance(value, bool) or not (
        isinstance(value, Real) or (isinstance(value, Tensor) and value.ndim == 0)
    ):
        raise TypeError(f"{name} must be a number, but came as {value!r}")


def whole_number(name: str, value: Any, wanted: str = "a whole number, but came as") -> int:
    """A whole number as Python's own, whether it came as that, as NumPy's or in a tensor."""
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise TypeError(f"{name} must be {wanted} {value!r}")


def require_at_least(name: str, value: int, least: int) -> None:
    whole_number(name, value)
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
    name: str,
    states: Mapping[str, Tensor],
    widths: Mapping[str, int],
    dtype: torch.dtype | None = None,
    whose: str = "the memory's",
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
            raise TypeError(f"{name}[{modality!r}] must have {whose} type {dtype}, but came as {state.dtype}")
    sizes = {modality: state.shape[0] for modality, state in states.items()}
    batch = next(iter(sizes.values()))
    # Compared, not counted in a set: while a graph is exported sizes are symbols, and those have no hash.
    if any(size != batch for size in sizes.values()):
        raise ValueError(f"{name} must have one batch size for all modalities, but came with {sizes}")
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
            raise TypeError(f"{name} must be of the weights' type {dtype}, but came as {items.dtype}")


def require_pairs(name: str, states: Mapping[str, Tensor], batch: int, least: int = 1) -> None:
    """Something to contrast: two modalities at least, and enough items that no mean is over nothing."""
    if len(states) < 2:
        raise ValueError(f"{name} must hold at least two modalities, but hold {sorted(states)}")
    if batch < least:
        count = {1: "one item", 2: "two items"}[least]
        raise ValueError(f"{name} must hold at least {count} to contrast, but hold {batch}")
