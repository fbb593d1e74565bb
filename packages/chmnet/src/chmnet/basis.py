"""Basis functions ψ(t): what a continuous-time memory is a combination of."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from chmnet._exact import double, from_bits, to_bits
from chmnet._settings import Restored, require_kind
from chmnet._validation import (
    has_values,
    require_at_least,
    require_finite,
    require_interval,
    require_times,
)

__all__ = ["Basis", "RectangularBasis"]


class Basis(Restored):
    """N functions of time, ψ(t) ∈ ℝᴺ, on a bounded support.

    ``load_state_dict`` takes the number of functions and the support that were saved. Casting a network to half
    precision leaves the basis as exact as it was.

    Attributes:
        count: Number N of basis functions.
        support: Start and end of the stretch of time the basis covers.
    """

    count: int
    support: tuple[float, float]

    @abstractmethod
    def evaluate(self, t: Float[Tensor, " T"]) -> Float[Tensor, "N T"]:
        """The design matrix F = [ψ(t_1), …, ψ(t_T)]; zero outside the support.

        Args:
            t: Times.

        Returns:
            One row a basis function, one column a time, in the type of ``t``, where the basis is.
        """

    _kind: str | None = None
    """What is saved as the basis' name, where it is not the class's alone."""

    _excess: Mapping[str, int] = MappingProxyType({})
    """How many numbers more than functions each of its tensors holds."""

    def settings(self) -> dict[str, Any]:
        """What basis it is, the number of functions and the support."""
        kind = self._kind or type(self).__name__
        return {"kind": kind, "count": self.count, "support": list(self.support)}

    def _restore(self, settings: dict[str, Any] | None, found: dict[str, Tensor]) -> None:
        count, support, mine = self.count, self.support, self.settings()["kind"]
        if settings is not None:
            require_kind(settings, mine)
            count = require_at_least("count", settings["count"], 1)
            support = require_interval("support", settings["support"])
        for name, more in self._excess.items():
            if name not in found:
                continue
            count = len(found[name]) - more if settings is None and found[name].ndim == 1 else count
            if found[name].shape != (count + more,):
                raise ValueError(
                    f"must hold {name} of shape {(count + more,)}, but came with {tuple(found[name].shape)}"
                )
            if name.endswith("_bits") and has_values(found[name]):
                times = from_bits(found[name])
                require_finite(name, times)
                if not bool((times.diff() >= 0).all()):
                    raise ValueError(f"must hold times that increase, but {name} do not")
                support = (float(times[0]), float(times[-1]))
        self.count, self.support = count, support


class RectangularBasis(Basis):
    r"""Indicator functions of the bins between successive edges.

    .. math:: \psi_n(t) = \mathbb{1}[e_n \le t < e_{n+1}]

    The last bin holds its right edge too. The reconstructed signal is constant on each bin, which makes
    every integral of the paper a finite sum.

    Args:
        count: Number N of bins of equal width.
        support: Start and end of the first and last bin. ``(-0.5, 1.5)`` pads observations on [0, 1]
            by half their length on both sides, which leaves the outer bins empty.

    Raises:
        TypeError: If ``count`` is not a whole number.
        ValueError: If there is no bin or the support is not an interval.

    Source: Santos et al. (2025), sections 4 and 5.1.
    """

    _former: ClassVar[Mapping[str, str]] = {"edges": "edge_bits"}
    _excess: Mapping[str, int] = MappingProxyType({"edge_bits": 1})
    edge_bits: Tensor

    def __init__(self, count: int, support: tuple[float, float] = (0.0, 1.0)) -> None:
        super().__init__()
        self.count = require_at_least("count", count, 1)
        self.support = require_interval("support", support)
        # float64, kept as bits: a frame's bin must not depend on the type of the frames, or of a network around.
        edges = torch.linspace(*self.support, self.count + 1, dtype=torch.float64)
        self.register_buffer("edge_bits", to_bits(edges))

    @classmethod
    def from_edges(cls, edges: Float[Tensor, " E"] | Sequence[float]) -> "RectangularBasis":
        """Bins of any widths.

        Args:
            edges: Strictly increasing bin edges, one more than bins.

        Raises:
            TypeError: If the edges are not floating-point.
            ValueError: If there are fewer than two, or they do not increase strictly.
        """
        edges = require_times("edges", edges)
        basis = cls(len(edges) - 1, (float(edges[0]), float(edges[-1])))
        basis.edges = edges
        return basis

    @property
    def edges(self) -> Float[Tensor, " E"]:
        """The bins' edges, float64, whatever type a network around them is cast to."""
        return from_bits(self.edge_bits)

    @edges.setter
    def edges(self, edges: Tensor) -> None:
        edges = require_times("edges", edges)
        self.count, self.support = len(edges) - 1, (float(edges[0]), float(edges[-1]))
        self.edge_bits = to_bits(edges)

    @property
    def widths(self) -> Float[Tensor, " N"]:
        """Width of each bin, in units of time."""
        return self.edges.diff()

    def locate(self, t: Float[Tensor, " T"]) -> Int[Tensor, " T"]:
        """Index of the bin that holds each time, -1 outside the support."""
        edges = self.edges
        time = double(t).to(edges.device).contiguous()
        bins = torch.searchsorted(edges, time, right=True) - 1
        bins = torch.where(time == edges[-1], self.count - 1, bins)
        return torch.where(bins < self.count, bins, -1)

    def evaluate(self, t: Float[Tensor, " T"]) -> Float[Tensor, "N T"]:
        """The design matrix: one 1 in each column whose time lies in the support."""
        located = self.locate(t)
        bins = torch.arange(self.count, device=located.device)
        return (located == bins[:, None]).to(t.dtype)
