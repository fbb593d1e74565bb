"""Memories of fixed size that take frames as they come, and keep none of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import autocasting, wide, without_autocast
from chmnet._exact import alike
from chmnet._validation import (
    require_at_least,
    require_finite,
    require_floating,
    require_frames,
    require_non_negative,
    require_number,
)
from chmnet.bases.rectangular import RectangularBasis
from chmnet.continuous import ContinuousHopfield
from chmnet.ridge import frame_times

__all__ = ["MergingStream", "ResamplingStream", "Stream"]

_TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class Stream(ABC):
    """N rectangular bins over all frames so far, kept as sums and counts.

    Sums and counts are all that the ridge fit of rectangular bins needs of its frames; what is lost is only
    where within a bin a frame was. Sums are float32 at least, whatever type frames have. Inside an autocast region
    frames are cast to the type of the first ones. ``state_dict`` and ``load_state_dict`` save and restore all of it.

    Attributes:
        count: Number N of bins at most.
        ridge: λ of the fit.
        length: Number L of frames so far.
        dtype: The frames' type; None before the first.
    """

    count: int
    ridge: float
    length: int
    dtype: torch.dtype | None

    @abstractmethod
    def append(self, frames: Float[Tensor, "M D"]) -> None:
        """Take frames that follow those so far.

        Args:
            frames: New frames in order of time, one per row.

        Raises:
            TypeError: If the frames are not floating-point, or not of the type of those before.
            ValueError: If the frames are empty, not finite, or not as wide as those before.
        """

    @property
    @abstractmethod
    def basis(self) -> RectangularBasis:
        """The bins, on [0, 1]."""

    @abstractmethod
    def statistics(self) -> tuple[Float[Tensor, "N D"], Float[Tensor, " N"]]:
        """Sum of the frames of each bin, and their number."""

    def coefficients(self) -> Float[Tensor, "N D"]:
        """B of the ridge fit; 0 in a bin without frames where λ is 0.

        Raises:
            ValueError: If no frame has come yet.
        """
        if self.length == 0:
            raise ValueError("the stream must hold at least one frame, but none was appended")
        sums, counts = self.statistics()
        weights = counts + self.ridge
        return (sums / torch.where(weights > 0, weights, 1.0)[:, None]).to(self.dtype)

    def state_dict(self) -> dict[str, Any]:
        """Settings, sums and counts: tensors and plain values, which ``torch.load`` reads with ``weights_only``."""
        state = {"stream": type(self).__name__, "length": self.length, **self._settings()}
        if self.dtype is None:
            return state
        sums, counts = self.statistics()
        return {**state, "dtype": str(self.dtype), "sums": sums, "counts": counts}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another stream of the same kind was saved.

        Args:
            state: What `state_dict` gave.

        Raises:
            TypeError: If something is of another kind than was saved.
            ValueError: If something is missing, or does not fit the rest; nothing has changed then.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"state must be a mapping, but is {type(state).__name__}")
        mine = type(self).__name__
        if state.get("stream") != mine:
            raise ValueError(f"state must be of a {mine}, but is of {state.get('stream')!r:.80}")
        missing = [name for name in ("length", *self._settings()) if name not in state]
        length = state.get("length")
        if not missing and length:
            missing = [name for name in ("dtype", "sums", "counts") if name not in state]
        if missing:
            raise ValueError(f"state must hold {missing}, but lacks them")
        length = require_at_least("length", length, 0)
        fresh = type(self)(**{name: state[name] for name in self._settings()})
        if length:
            dtype = {str(kind): kind for kind in _TYPES}.get(state["dtype"])
            sums, counts = state["sums"], state["counts"]
            require_frames("sums", sums)
            require_floating("counts", counts)
            if dtype is None or sums.dtype != torch.promote_types(dtype, torch.float32):
                raise TypeError(f"sums must be of the frames' type or float32, but are {sums.dtype}")
            if counts.shape != sums.shape[:1] or len(sums) > fresh.count:
                raise ValueError(
                    f"sums and counts must be one per bin, {fresh.count} at most, but have shapes "
                    f"{tuple(sums.shape)} and {tuple(counts.shape)}"
                )
            require_finite("counts", counts)
            fresh._resume(sums.detach().clone(), counts.detach().clone())
            fresh.length, fresh.dtype = length, dtype
        vars(self).update(vars(fresh))

    @abstractmethod
    def _settings(self) -> dict[str, Any]:
        """What the constructor is given."""

    @abstractmethod
    def _resume(self, sums: Tensor, counts: Tensor) -> None:
        """Take sums and counts that `statistics` gave."""

    def network(self, beta: float) -> ContinuousHopfield:
        """The memory of all frames so far, with exact integrals.

        Raises:
            ValueError: If no frame has come yet, or β is not above 0.
        """
        return ContinuousHopfield(self.coefficients(), self.basis, beta)


class ResamplingStream(Stream):
    r"""Old memory is squeezed into the first part of time, new frames take the rest, and bins are drawn anew.

    With the old memory on [0, τ], each new bin takes of each old one the share that overlaps it:

    .. math:: S'_n = \sum_m \frac{|I_n \cap \tau I_m|}{|\tau I_m|} S_m
              + \sum_{\ell : t_\ell \in I_n} x_\ell

    With τ = L / (L + M) all frames keep equal shares of time, and where 1/τ is a whole number each old bin falls into
    one new bin: the memory is then exactly that of all frames at once. Elsewhere frames near an edge are
    shared between two bins, more with each append. A fixed τ gives the past a fixed share of time: what came k
    appends ago has the share τᵏ (1 − τ), until that is less than a bin. The first bin then holds the mean of
    all that is older, frame by frame; it does not fade further.

    Args:
        count: Number N of uniform bins.
        ridge: λ of the fit.
        retention: τ; L / (L + M) if None.

    Raises:
        TypeError: If ``count`` is not a whole number.
        ValueError: If there is no bin, λ is negative, or τ is not between 0 and 1.

    Source: Martins et al. (2022), ∞-former, section 3.2 (consolidation by contraction).
    """

    def __init__(self, count: int, *, ridge: float = 0.5, retention: float | None = None) -> None:
        self._basis = RectangularBasis(count)
        require_non_negative("ridge", ridge)
        if retention is not None:
            require_number("retention", retention)
            if not 0 < retention < 1:
                raise ValueError(f"retention must be between 0 and 1, but is {retention}")
        self.count = self._basis.count
        self.ridge = ridge
        self.retention = retention
        self.length = 0
        self.dtype: torch.dtype | None = None
        self._sums: Tensor | None = None
        self._counts: Tensor | None = None

    @property
    def basis(self) -> RectangularBasis:
        """N uniform bins."""
        return self._basis

    def append(self, frames: Float[Tensor, "M D"]) -> None:
        """Squeeze the past and add frames after it."""
        frames = _continuation(frames, self._sums, self.dtype)
        self.dtype = frames.dtype
        frames = wide(frames)
        if self._sums is None or self._counts is None:
            start = 0.0
            sums, counts = frames.new_zeros(self.count, frames.shape[1]), frames.new_zeros(self.count)
        else:
            everything = self.length + len(frames)
            start = self.length / everything if self.retention is None else self.retention
            overlap = alike(self._overlap(start), frames)
            with without_autocast(frames):
                sums, counts = overlap @ self._sums, overlap @ self._counts
        times = start + (1 - start) * frame_times(len(frames))
        bins = self._basis.locate(times).to(frames.device)
        self._sums = sums.index_add_(0, bins, frames)
        self._counts = counts.index_add_(0, bins, torch.ones_like(frames[:, 0]))
        self.length += len(frames)

    def statistics(self) -> tuple[Float[Tensor, "N D"], Float[Tensor, " N"]]:
        """Sum of the frames' shares in each bin, and of the shares."""
        if self._sums is None or self._counts is None:
            raise ValueError("the stream must hold at least one frame, but none was appended")
        return self._sums, self._counts

    def _settings(self) -> dict[str, Any]:
        return {"count": self.count, "ridge": self.ridge, "retention": self.retention}

    def _resume(self, sums: Tensor, counts: Tensor) -> None:
        if len(sums) != self.count:
            raise ValueError(f"sums must be one per bin ({self.count}), but has {len(sums)}")
        self._sums, self._counts = sums, counts

    def _overlap(self, contraction: float) -> Tensor:
        new, old = self._basis.edges, contraction * self._basis.edges
        shared = torch.minimum(new[1:, None], old[1:]) - torch.maximum(new[:-1, None], old[:-1])
        share = shared.clamp(min=0) / old.diff()
        # A sliver of an old bin that rounding pushed over an edge belongs to the neighbour that has the rest.
        share = torch.where(share < _SLIVER, 0.0, share)
        return share / share.sum(dim=0)


_SLIVER = 1e-9


class MergingStream(Stream):
    r"""Each frame comes as a bin of its own; when there is one bin too many, two neighbours are merged.

    Nothing is ever split, so the memory is always exactly that of all frames at once on the same bins. Merged is
    the pair whose frames' squared distance from their mean grows least (Ward's criterion on the
    memory as it stands):

    .. math:: \frac{c_n c_{n+1}}{c_n + c_{n+1}} \lVert m_n - m_{n+1} \rVert^2

    A still scene shrinks to one bin and a busy one keeps many. Bins span time in proportion to their frames.

    Args:
        count: Number N of bins at most; fewer while fewer frames have come.
        ridge: λ of the fit.

    Raises:
        TypeError: If ``count`` is not a whole number.
        ValueError: If there is no bin or λ is negative.

    Source: Ward, Hierarchical grouping to optimize an objective function, 1963.
    """

    def __init__(self, count: int, *, ridge: float = 0.5) -> None:
        self.count = require_at_least("count", count, 1)
        require_non_negative("ridge", ridge)
        self.ridge = ridge
        self.length = 0
        self.dtype: torch.dtype | None = None
        self._slots: Tensor | None = None
        # Rows of the slots in order of time, frames in each, and what merging each with its successor costs.
        self._order: list[int] = []
        self._counts: list[int] = []
        self._costs: list[float] = []

    @property
    def basis(self) -> RectangularBasis:
        """Bins as wide as their share of the frames."""
        counts = torch.tensor([0, *self._counts], dtype=torch.float64)
        return RectangularBasis.from_edges(counts.cumsum(0) / max(self.length, 1))

    @torch.no_grad()
    def append(self, frames: Float[Tensor, "M D"]) -> None:
        """Add frames one after another, merging where there is no room."""
        frames = _continuation(frames, self._slots, self.dtype)
        self.dtype = frames.dtype
        frames = wide(frames)
        if self._slots is None:
            self._slots = frames.new_zeros(self.count + 1, frames.shape[1])
        for frame in frames:
            slot = (set(range(self.count + 1)) - set(self._order)).pop() if self._order else 0
            self._slots[slot] = frame
            self._order.append(slot)
            self._counts.append(1)
            if len(self._order) > 1:
                self._costs.append(self._cost(len(self._order) - 2))
            if len(self._order) > self.count:
                self._merge(min(range(len(self._costs)), key=self._costs.__getitem__))
        self.length += len(frames)

    def statistics(self) -> tuple[Float[Tensor, "N D"], Float[Tensor, " N"]]:
        """Sum of the frames of each bin, and their number."""
        if self._slots is None:
            raise ValueError("the stream must hold at least one frame, but none was appended")
        sums = self._slots[self._order]
        return sums, torch.tensor(self._counts, dtype=sums.dtype, device=sums.device)

    def _settings(self) -> dict[str, Any]:
        return {"count": self.count, "ridge": self.ridge}

    def _resume(self, sums: Tensor, counts: Tensor) -> None:
        frames = counts.tolist()
        if not all(count >= 1 and count == int(count) for count in frames):
            raise ValueError("counts must be whole numbers of frames, at least one per bin, but are not")
        self._slots = sums.new_zeros(self.count + 1, sums.shape[1])
        self._slots[: len(sums)] = sums
        self._order, self._counts = list(range(len(sums))), [int(count) for count in frames]
        self._costs = [self._cost(position) for position in range(len(sums) - 1)]

    def _merge(self, position: int) -> None:
        slots = self._filled()
        kept, freed = self._order[position], self._order.pop(position + 1)
        slots[kept] += slots[freed]
        self._counts[position] += self._counts.pop(position + 1)
        self._costs.pop(position)
        for neighbour in (position - 1, position):
            if 0 <= neighbour < len(self._costs):
                self._costs[neighbour] = self._cost(neighbour)

    def _filled(self) -> Tensor:
        if self._slots is None:
            raise RuntimeError(
                "a stream must have taken a frame before its bins are merged, but has taken none"
            )
        return self._slots

    def _cost(self, position: int) -> float:
        slots = self._filled()
        left, right = self._order[position], self._order[position + 1]
        few, many = self._counts[position], self._counts[position + 1]
        distance = (slots[left] / few - slots[right] / many).square().sum()
        return few * many / (few + many) * float(distance)


def _continuation(frames: Tensor, before: Tensor | None, dtype: torch.dtype | None) -> Tensor:
    """Frames that fit those before; cast to their type inside an autocast region."""
    require_frames("frames", frames)
    if before is None:
        return frames
    if frames.shape[1] != before.shape[1]:
        raise ValueError(
            f"frames must be as wide as those before ({before.shape[1]}), but has shape {tuple(frames.shape)}"
        )
    if frames.dtype != dtype and dtype is not None and autocasting(frames):
        return frames.to(dtype)
    if frames.dtype != dtype:
        raise TypeError(f"frames must be of the type of those before ({dtype}), but are {frames.dtype}")
    return frames
