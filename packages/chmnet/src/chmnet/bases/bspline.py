"""B-splines: smooth basis functions that overlap with a few neighbours only."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from chmnet._exact import double, evenly_placed, from_bits, to_bits
from chmnet._validation import require_at_least, require_interval, require_times
from chmnet.bases.basis import Basis

__all__ = ["BSplineBasis"]


class BSplineBasis(Basis):
    r"""B-splines of a degree on clamped knots; they are positive and sum to 1 everywhere on the support.

    .. math:: \psi_n(t) = B_{n, k}(t), \qquad \sum_n \psi_n(t) = 1

    Args:
        count: Number N of functions, at least ``degree + 1``.
        support: Start and end of the knots.
        degree: Degree k of the pieces; 3 has continuous curvature, 1 joins the coefficients by lines.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If the degree is negative, there are too few functions, or the support is not an interval.

    Source: de Boor, A Practical Guide to Splines, 1978.
    """

    _former: ClassVar[Mapping[str, str]] = {"knots": "knot_bits"}
    knot_bits: Tensor

    def __init__(self, count: int, support: tuple[float, float] = (0.0, 1.0), *, degree: int = 3) -> None:
        super().__init__()
        self.degree = require_at_least("degree", degree, 0)
        self.count = require_at_least("count", count, self.degree + 1)
        self.support = require_interval("support", support)
        self._kind = f"BSplineBasis of degree {self.degree}"
        self._excess = {"knot_bits": self.degree + 1}
        breaks = evenly_placed(self.support, self.count - self.degree + 1)
        self.register_buffer("knot_bits", to_bits(_clamped(breaks, self.degree)))

    @classmethod
    def from_breaks(cls, breaks: Float[Tensor, " K"] | Sequence[float], *, degree: int = 3) -> "BSplineBasis":
        """Splines between given breaks, dense where the signal changes fast.

        Args:
            breaks: Strictly increasing times where pieces meet, both ends of the support among them.
            degree: Degree k of the pieces.

        Raises:
            TypeError: If the breaks are not floating-point.
            ValueError: If there are fewer than two, or they do not increase strictly.
        """
        breaks = double(require_times("breaks", breaks))
        basis = cls(len(breaks) + degree - 1, (float(breaks[0]), float(breaks[-1])), degree=degree)
        basis.knot_bits = to_bits(_clamped(breaks, degree))
        return basis

    @property
    def knots(self) -> Float[Tensor, " K"]:
        """The knots, float64, whatever type a network around them is cast to."""
        return from_bits(self.knot_bits)

    def evaluate(self, t: Float[Tensor, " T"]) -> Float[Tensor, "N T"]:
        """The design matrix, by the recursion of Cox and de Boor."""
        knots, degree = self.knots, self.degree
        times = double(t).to(knots.device).contiguous()
        inside = (times >= knots[0]) & (times <= knots[-1])
        times = torch.clamp(times, knots[0], knots[-1])
        # The piece each time lies in; the last one holds its right end too.
        piece = (torch.searchsorted(knots, times.detach(), right=True) - 1).clamp(degree, self.count - 1)
        values = [torch.ones_like(times)]
        for order in range(1, degree + 1):
            raised = [torch.zeros_like(times) for _ in range(order + 1)]
            for n in range(order):
                right, left = knots[piece + n + 1], knots[piece + n + 1 - order]
                share = values[n] / (right - left)
                raised[n] = raised[n] + share * (right - times)
                raised[n + 1] = share * (times - left)
            values = raised
        rows = piece - degree + torch.arange(degree + 1, device=knots.device)[:, None]
        design = times.new_zeros(self.count, times.shape[0])
        filled = torch.where(inside, torch.stack(values), 0.0)
        return design.scatter(0, rows, filled).to(t.dtype)


def _clamped(breaks: Tensor, degree: int) -> Tensor:
    return torch.cat([breaks[:1].expand(degree), breaks, breaks[-1:].expand(degree)])
