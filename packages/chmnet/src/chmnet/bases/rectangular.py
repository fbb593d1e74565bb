"""Bins in time."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from chmnet._exact import double, evenly_placed, from_bits, to_bits
from chmnet._validation import require_at_least, require_interval, require_times
from chmnet.bases.basis import Basis

__all__ = ["RectangularBasis"]


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
        edges = evenly_placed(self.support, self.count + 1)
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
