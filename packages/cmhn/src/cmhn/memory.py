"""The joint memory: N patterns, each with a part in every modality."""

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from amcore.torch.autocast import autocasting
from amcore.torch.settings import Settled
from cmhn._validation import (
    require_finite,
    require_floating,
    require_known,
    require_precision,
    require_states,
    require_widths,
    whole_number,
)
from cmhn.weight_files import WeightFileError, read_weights, write_weights

__all__ = ["JointMemory"]

_KIND = "JointMemory"


class JointMemory(Settled):
    r"""Stored patterns of several named modalities, each with its own width.

    .. math:: m_i = (m_i^{(c)})_c, \qquad M^{(c)} \in \mathbb{R}^{N \times d_c} \text{ with one pattern a row}

    The parts of a pattern stand side by side in one matrix M [N, D], D = Σ_c d_c, in the order in which the
    modalities were named; ``pattern`` looks at one part without copying.

    ``load_state_dict`` takes as many patterns as were saved, whatever number is stored at the time.

    Args:
        widths: Width d_c of each modality.
        learnable: Whether patterns are trained (a parameter) or fixed (a buffer). Storing or removing makes a
            new parameter: build the optimiser after that.
        dtype: Type of the patterns, float32 or float64; torch's default if None.
        device: Where they are kept.

    Raises:
        TypeError: If a width is not a whole number or the type is neither float32 nor float64.
        ValueError: If no modality is named, a name is empty or has a dot, or a width is below 1.

    Source: proposal, section 3.1. It writes M = [m_1 … m_N] with one pattern a column and then multiplies as if
    each were a row; here each is a row.
    """

    patterns: Tensor

    def __init__(
        self,
        widths: Mapping[str, int],
        *,
        learnable: bool = False,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        require_widths("widths", widths)
        self.widths = dict(widths)
        self.learnable = learnable
        empty = torch.empty(0, sum(widths.values()), dtype=dtype, device=device)
        require_floating("dtype", empty)
        require_precision("dtype", empty.dtype)
        self._keep(empty)
        self.register_load_state_dict_pre_hook(_make_room)

    @classmethod
    def from_joint(
        cls, widths: Mapping[str, int], patterns: Float[Tensor, "N D"], *, learnable: bool = False
    ) -> "JointMemory":
        """A memory of patterns whose parts stand side by side already; they are kept as they are, not copied.

        Args:
            widths: Width of each modality, in the order of the parts.
            patterns: The matrix M.
            learnable: Whether patterns are trained.

        Raises:
            TypeError: If the patterns are neither float32 nor float64.
            ValueError: If their width is not the sum of widths, or they are not finite.
        """
        require_floating("patterns", patterns)
        require_precision("patterns", patterns.dtype)
        memory = cls(widths, learnable=learnable, dtype=patterns.dtype, device=patterns.device)
        if patterns.ndim != 2 or patterns.shape[1] != memory.width:
            raise ValueError(
                f"patterns must be of shape [N, {memory.width}], but has shape {tuple(patterns.shape)}"
            )
        require_finite("patterns", patterns)
        memory._keep(patterns)
        return memory

    @property
    def names(self) -> tuple[str, ...]:
        """The modalities, in order."""
        return tuple(self.widths)

    @property
    def width(self) -> int:
        """D, the widths of all modalities together."""
        return sum(self.widths.values())

    def __len__(self) -> int:
        return self.patterns.shape[0]

    def place(self, name: str) -> slice:
        """The columns of M that hold a modality.

        Raises:
            ValueError: If there is no such modality.
        """
        require_known("name", [name], self.widths)
        before = self.names[: self.names.index(name)]
        start = sum(self.widths[other] for other in before)
        return slice(start, start + self.widths[name])

    def pattern(self, name: str) -> Float[Tensor, "N d"]:
        """M^(c), the part of every pattern in one modality.

        Raises:
            ValueError: If there is no such modality.
        """
        return self.patterns[:, self.place(name)]

    def store(self, **patterns: Tensor) -> range:
        """Add patterns; each needs its part in every modality.

        Products favour long patterns, whatever the cue: give the parts of one modality one length (`normalize`), or
        the energy a ``norm_offset`` (`JointEnergy`).

        Args:
            **patterns: One matrix [B, d_c] a modality, a pattern a row; they are copied.

        Returns:
            The new patterns' indices.

        Raises:
            TypeError: If a part is not a floating-point tensor of the memory's type; in an autocast region parts
                are cast.
            ValueError: If a modality is unknown or left out, a width or a batch size is wrong, or a value is
                not finite.
        """
        require_precision("memory", self.patterns.dtype)
        casting = autocasting(self.patterns)
        require_states("patterns", patterns, self.widths, None if casting else self.patterns.dtype)
        missing = [name for name in self.names if name not in patterns]
        if missing:
            raise ValueError(
                f"patterns must have a part in every modality of {list(self.names)}, but lack {missing}"
            )
        before = len(self)
        added = torch.cat([patterns[name] for name in self.names], dim=1).to(self.patterns)
        self._keep(torch.cat([self.patterns.detach(), added.detach()]))
        return range(before, len(self))

    def remove(self, indices: Iterable[int]) -> None:
        """Forget patterns; those behind them move up.

        Args:
            indices: Which, from 0.

        Raises:
            TypeError: If an index is not a whole number.
            ValueError: If there is no such pattern, or one is named twice.
        """
        chosen = [whole_number("indices", index, "whole numbers, but hold") for index in indices]
        for index in chosen:
            if not 0 <= index < len(self):
                raise ValueError(f"indices must lie in [0, {len(self)}), but hold {index}")
        if len(set(chosen)) < len(chosen):
            raise ValueError("indices must name each pattern once, but some are named twice")
        kept = torch.ones(len(self), dtype=torch.bool, device=self.patterns.device)
        kept[chosen] = False
        self._keep(self.patterns.detach()[kept])

    def join(self, states: Mapping[str, Tensor]) -> Float[Tensor, "B D"]:
        """States side by side, in the memory's order; the place of a modality that is missing is 0."""
        batch = next(iter(states.values()))
        parts = [
            states[name] if name in states else batch.new_zeros(batch.shape[0], width)
            for name, width in self.widths.items()
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def split(self, joint: Float[Tensor, "B D"], names: Collection[str] | None = None) -> dict[str, Tensor]:
        """The parts of joint states; of the named modalities alone if names are given."""
        parts = dict(zip(self.names, joint.split(list(self.widths.values()), dim=1), strict=True))
        return parts if names is None else {name: parts[name] for name in names}

    def read(self, weights: Float[Tensor, "B N"]) -> dict[str, Tensor]:
        """Σ_i p_i m_i, the mean pattern under an assignment.

        Args:
            weights: One weight per pattern.

        Returns:
            Its part in each modality, [B, d_c].

        Raises:
            ValueError: If there is not one weight per pattern.
        """
        if weights.ndim != 2 or weights.shape[1] != len(self):
            raise ValueError(
                f"weights must be of shape [B, {len(self)}], but has shape {tuple(weights.shape)}"
            )
        return self.split(weights @ self.patterns)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the memory as safetensors."""
        write_weights(path, _KIND, {"patterns": self.patterns}, {"widths": self.widths})

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take the patterns of a saved memory in place of the present ones; on any error nothing changes.

        Args:
            path: A file that `save` wrote, of a memory with the same modalities; any number of patterns.

        Raises:
            FileNotFoundError: If there is no such file.
            WeightFileError: If it is damaged, a pickle, or of something else.
        """
        tensors, description = read_weights(path, _KIND)
        # A table does not remember the order of its names, and the order is the memory's layout.
        widths = description.get("widths")
        if not isinstance(widths, dict) or list(widths.items()) != list(self.widths.items()):
            raise WeightFileError(
                f"path must be a memory of {self.widths}, but {os.fspath(path)!r} holds one of {widths}; "
                "nothing was loaded"
            )
        self.adopt(tensors.get("patterns"), os.fspath(path))

    def adopt(self, patterns: Tensor | None, source: str) -> None:
        """Take patterns read from a file, moved to the type and place of the present ones.

        Raises:
            WeightFileError: If they are missing, of another width, or too large for the memory's type.
        """
        if (
            patterns is None
            or patterns.ndim != 2
            or patterns.shape[1] != self.width
            or not patterns.is_floating_point()
        ):
            shape = None if patterns is None else tuple(patterns.shape)
            raise WeightFileError(
                f"path must hold patterns of shape [N, {self.width}], but {source!r} holds {shape}; "
                "nothing was loaded"
            )
        fitting = patterns.to(self.patterns)
        try:
            require_finite("patterns", fitting)
        except ValueError as error:
            raise WeightFileError(f"{error}; {source!r} was not loaded") from error
        self._keep(fitting)

    def settings(self) -> dict[str, Any]:
        """The modalities in order: a matrix does not show where one ends and the next begins."""
        return {"widths": list(self.widths.items())}

    def _keep(self, patterns: Tensor) -> None:
        if self.learnable:
            self.patterns = nn.Parameter(patterns)
        else:
            self.register_buffer("patterns", patterns)


def _make_room(memory: JointMemory, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
    """Take the number of patterns that a checkpoint holds; what else is wrong with them PyTorch says."""
    found = state_dict.get(f"{prefix}patterns")
    if not isinstance(found, Tensor) or found.ndim != 2 or found.shape[1] != memory.width:
        return
    try:
        require_finite("patterns", found.detach().to(memory.patterns.dtype))
    except ValueError as error:
        rest[-1].append(f"{prefix}{error}")
        return
    if len(found) == len(memory):
        return
    room = memory.patterns.detach().new_empty(found.shape)
    if memory.learnable:
        # The same parameter as before: an optimiser that was built already goes on with it.
        memory.patterns.grad = None
        memory.patterns.data = room
    else:
        memory.patterns = room
