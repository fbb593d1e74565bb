"""Basis functions ψ(t): what a continuous-time memory is a combination of."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from chmnet._validation import require_at_least, require_finite, require_floating, require_interval

__all__ = ["Basis", "RectangularBasis"]


class Basis(nn.Module, ABC):
    """N functions of time, ψ(t) ∈ ℝᴺ, on a bounded support.

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
            One row a basis function, one column a time, in the type of ``t``.
        """


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

    edges: Tensor

    def __init__(self, count: int, support: tuple[float, float] = (0.0, 1.0)) -> None:
        super().__init__()
        require_at_least("count", count, 1)
        require_interval("support", support)
        self.count = count
        self.support = support
        # float64: a frame's bin must not depend on the type of the frames.
        self.register_buffer("edges", torch.linspace(*support, count + 1, dtype=torch.float64))

    @classmethod
    def from_edges(cls, edges: Float[Tensor, " E"]) -> "RectangularBasis":
        """Bins of any widths.

        Args:
            edges: Strictly increasing bin edges, one more than bins.

        Raises:
            TypeError: If the edges are not floating-point.
            ValueError: If there are fewer than two, or they do not increase strictly.
        """
        require_floating("edges", edges)
        if edges.ndim != 1 or len(edges) < 2:
            raise ValueError(f"edges must be at least two in a row, but came with shape {tuple(edges.shape)}")
        require_finite("edges", edges)
        edges = edges.detach().to(torch.float64)
        if not (edges.diff() > 0).all():
            raise ValueError("edges must increase strictly, but do not")
        basis = cls(len(edges) - 1, (float(edges[0]), float(edges[-1])))
        basis.edges = edges
        return basis

    @property
    def widths(self) -> Float[Tensor, " N"]:
        """Width of each bin, in units of time."""
        return self.edges.diff()

    def locate(self, t: Float[Tensor, " T"]) -> Int[Tensor, " T"]:
        """Index of the bin that holds each time, -1 outside the support."""
        time = t.to(self.edges)
        bins = torch.searchsorted(self.edges, time, right=True) - 1
        bins = torch.where(time == self.edges[-1], self.count - 1, bins)
        return torch.where(bins < self.count, bins, -1)

    def evaluate(self, t: Float[Tensor, " T"]) -> Float[Tensor, "N T"]:
        """The design matrix: one 1 in each column whose time lies in the support."""
        bins = torch.arange(self.count, device=self.edges.device)
        return (self.locate(t) == bins[:, None]).to(t.dtype)
