"""Couplings W_cd between modalities, and the harmonic term they make."""

from collections.abc import Collection, Mapping
from itertools import permutations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cmhn._validation import (
    require_finite,
    require_floating,
    require_known,
    require_non_negative,
    require_widths,
)

__all__ = ["Couplings"]


class Couplings(nn.Module):
    r"""One matrix W_cd for each ordered pair of modalities: what d says c should be.

    .. math:: \sum_{c \ne d} \lVert x^{(c)} - W_{cd}\, x^{(d)} \rVert^2 = x^\top H(W)\, x

    Each starts at the identity, or where widths differ at the partial isometry that keeps the entries that
    both have, plus independent noise.

    Args:
        widths: Width d_c of each modality.
        noise: Standard deviation of the noise, in units of 1/√d_d, so that the noise moves a vector by this
            share of its length.
        learnable: Whether couplings are trained.
        dtype: Type of the matrices; torch's default if None.
        device: Where they are kept.
        generator: Where randomness comes from; torch's own if None.

    Raises:
        TypeError: If a width is not a whole number.
        ValueError: If no modality is named, a width is below 1 or the noise is negative.

    Source: proposal, sections 3.1 (the harmonic term) and 3.3 (the start).
    """

    zero: Tensor

    def __init__(
        self,
        widths: Mapping[str, int],
        *,
        noise: float = 0.01,
        learnable: bool = True,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_widths("widths", widths)
        require_non_negative("noise", noise)
        self.widths = dict(widths)
        self.weights = nn.ParameterDict()
        # A single modality has no coupling, and yet a type and a place.
        self.register_buffer("zero", torch.zeros((), dtype=dtype, device=device), persistent=False)
        for to, source in permutations(self.widths, 2):
            shape = (self.widths[to], self.widths[source])
            start = torch.eye(*shape, dtype=dtype, device=device)
            if noise:
                random = torch.randn(shape, dtype=dtype, device=device, generator=generator)
                start = start + noise * random / shape[1] ** 0.5
            self.weights[_key(to, source)] = nn.Parameter(start, requires_grad=learnable)

    def weight(self, to: str, source: str) -> Float[Tensor, "d_to d_source"]:
        """W_cd, from modality ``source`` (d) to modality ``to`` (c).

        Raises:
            ValueError: If a modality is unknown, or both are the same.
        """
        require_known("to and source", [to, source], self.widths)
        if to == source:
            raise ValueError(f"to and source must be two modalities, but both are {to!r}")
        return self.weights[_key(to, source)]

    def set_weight(self, to: str, source: str, value: Float[Tensor, "d_to d_source"]) -> None:
        """Put another W_cd in place of the present one.

        Raises:
            TypeError: If the value is not a floating-point tensor.
            ValueError: If a modality is unknown, the shape is not that of W_cd, or the value is not finite.
        """
        weight = self.weight(to, source)
        require_floating("value", value)
        if value.shape != weight.shape:
            raise ValueError(f"value must be of shape {tuple(weight.shape)}, but has {tuple(value.shape)}")
        require_finite("value", value)
        with torch.no_grad():
            weight.copy_(value)

    def misfit(self, states: Mapping[str, Tensor]) -> Float[Tensor, " B"]:
        r"""Σ_{c≠d} ‖x_c − W_cd x_d‖² over the modalities that are there."""
        total = next(iter(states.values())).new_zeros(next(iter(states.values())).shape[0])
        for to, source in permutations(states, 2):
            total = total + (states[to] - states[source] @ self.weight(to, source).mT).square().sum(dim=-1)
        return total

    def cross_misfit(
        self, left: Mapping[str, Tensor], right: Mapping[str, Tensor]
    ) -> Float[Tensor, "B_left B_right"]:
        r"""The terms between two disjoint sets of modalities, every left item with every right one.

        .. math:: \sum_{c, d} \lVert x_i^{(c)} - W_{cd} y_j^{(d)} \rVert^2
                  + \lVert y_j^{(d)} - W_{dc} x_i^{(c)} \rVert^2

        taken as matrix products, ‖u − v‖² = ‖u‖² + ‖v‖² − 2⟨u, v⟩.
        """
        some, other = next(iter(left.values())), next(iter(right.values()))
        total = some.new_zeros(some.shape[0], other.shape[0])
        for c, x in left.items():
            for d, y in right.items():
                forth, back = y @ self.weight(c, d).mT, x @ self.weight(d, c).mT
                mine = x.square().sum(-1) + back.square().sum(-1)
                theirs = y.square().sum(-1) + forth.square().sum(-1)
                total = total + mine[:, None] + theirs - 2 * (x @ forth.mT + back @ y.mT)
        return total

    def predictions(self, states: Mapping[str, Tensor], to: str) -> Float[Tensor, "B d_to"]:
        """Σ_{d≠c} W_cd x_d, what the other modalities say c should be, summed."""
        total = torch.zeros_like(states[to])
        for source, state in states.items():
            if source != to:
                total = total + state @ self.weight(to, source).mT
        return total

    @property
    def dtype(self) -> torch.dtype:
        """Type of the matrices."""
        return next(iter(self.weights.values()), self.zero).dtype

    def curvature(self, names: Collection[str], device: torch.device | None = None) -> Float[Tensor, "D D"]:
        r"""H(W) of the named modalities, positive semi-definite.

        .. math:: H_{cc} = \sum_{d \ne c} (I + W_{dc}^\top W_{dc}), \qquad H_{cd} = -(W_{cd} + W_{dc}^\top)

        Args:
            names: The modalities, in order.
            device: Where it is wanted; where the matrices are if None.
        """
        if device is None:
            device = next(iter(self.weights.values()), self.zero).device
        rows = []
        for c in names:
            row = []
            for d in names:
                if c != d:
                    row.append(-(self.weight(c, d) + self.weight(d, c).mT))
                    continue
                block = (len(names) - 1) * torch.eye(self.widths[c], dtype=self.dtype, device=device)
                for other in names:
                    if other != c:
                        away = self.weight(other, c)
                        block = block + away.mT @ away
                row.append(block)
            rows.append(torch.cat(row, dim=1))
        return torch.cat(rows)


def _key(to: str, source: str) -> str:
    return f"{to}<-{source}"
