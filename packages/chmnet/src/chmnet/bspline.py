"""B-splines: smooth basis functions that overlap with a few neighbours only."""

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import BSpline
from torch import Tensor

from chmnet._validation import require_at_least, require_finite, require_floating, require_interval
from chmnet.basis import Basis

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

    knots: Tensor

    def __init__(self, count: int, support: tuple[float, float] = (0.0, 1.0), *, degree: int = 3) -> None:
        super().__init__()
        require_at_least("degree", degree, 0)
        require_at_least("count", count, degree + 1)
        require_interval("support", support)
        self.count = count
        self.support = support
        self.degree = degree
        breaks = torch.linspace(*support, count - degree + 1, dtype=torch.float64)
        self.register_buffer("knots", _clamped(breaks, degree))

    @classmethod
    def from_breaks(cls, breaks: Float[Tensor, " K"], *, degree: int = 3) -> "BSplineBasis":
        """Splines between given breaks, dense where the signal changes fast.

        Args:
            breaks: Strictly increasing times where pieces meet, both ends of the support among them.
            degree: Degree k of the pieces.

        Raises:
            TypeError: If the breaks are not floating-point.
            ValueError: If there are fewer than two, or they do not increase strictly.
        """
        require_floating("breaks", breaks)
        if breaks.ndim != 1 or len(breaks) < 2:
            raise ValueError(
                f"breaks must be at least two in a row, but came with shape {tuple(breaks.shape)}"
            )
        require_finite("breaks", breaks)
        breaks = breaks.detach().to(torch.float64)
        if not (breaks.diff() > 0).all():
            raise ValueError("breaks must increase strictly, but do not")
        basis = cls(len(breaks) + degree - 1, (float(breaks[0]), float(breaks[-1])), degree=degree)
        basis.knots = _clamped(breaks, degree)
        return basis

    def evaluate(self, t: Float[Tensor, " T"]) -> Float[Tensor, "N T"]:
        """The design matrix, by SciPy; it has no gradient with respect to the times."""
        times = t.detach().to("cpu", torch.float64).numpy()
        knots = self.knots.detach().to("cpu", torch.float64).numpy()
        inside = (times >= knots[0]) & (times <= knots[-1])
        design = np.zeros((self.count, len(times)))
        if inside.any():
            design[:, inside] = BSpline.design_matrix(times[inside], knots, self.degree).toarray().T
        return torch.from_numpy(design).to(t)


def _clamped(breaks: Tensor, degree: int) -> Tensor:
    return torch.cat([breaks[:1].expand(degree), breaks, breaks[-1:].expand(degree)])
