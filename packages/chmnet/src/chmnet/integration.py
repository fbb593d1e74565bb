"""Integrals over time, as nodes and weights."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from scipy.special import roots_legendre
from torch import Tensor

from chmnet._validation import require_at_least, require_interval
from chmnet.bases.basis import Basis
from chmnet.bases.rectangular import RectangularBasis

__all__ = ["Exact", "GaussLegendre", "Integration", "Quadrature", "Trapezoid"]


@dataclass(frozen=True)
class Quadrature:
    """∫ f(t) dt ≈ Σ_p w_p f(t_p).

    Attributes:
        nodes: Times t_p, float64.
        weights: Weights w_p, float64; they sum to the length of the domain.
    """

    nodes: Float[Tensor, " P"]
    weights: Float[Tensor, " P"]


class Integration(ABC):
    """How the integrals of the energy and of the update are taken."""

    @abstractmethod
    def quadrature(self, basis: Basis, domain: tuple[float, float]) -> Quadrature:
        """Nodes and weights for functions of x̄(t) on a domain.

        Args:
            basis: The basis that x̄(t) is a combination of.
            domain: Start and end of the integral, inside the basis' support.

        Raises:
            ValueError: If the domain is not an interval inside the support.
        """


@dataclass(frozen=True)
class Exact(Integration):
    """The integral itself, for rectangular bases: x̄(t) is constant on a bin, so one node per bin is enough.

    A bin that the domain cuts counts with the part inside; one outside has weight 0.
    """

    def quadrature(self, basis: Basis, domain: tuple[float, float]) -> Quadrature:
        """Middle and width of each bin's part inside the domain.

        Raises:
            TypeError: If the basis is not rectangular.
            ValueError: If the domain is not an interval inside the support.
        """
        if not isinstance(basis, RectangularBasis):
            raise TypeError(
                f"basis must be rectangular for Exact(), but is {type(basis).__name__}; "
                "take Trapezoid or GaussLegendre"
            )
        _require_domain(domain, basis)
        edges = basis.edges
        return Quadrature((edges[1:] + edges[:-1]) / 2, edges.clamp(*domain).diff())


@dataclass(frozen=True)
class Trapezoid(Integration):
    """The trapezoidal rule on equally spaced points, both ends included.

    Second order in the spacing where x̄(t) is smooth. With rectangular bases x̄(t) jumps, and it is of first
    order only; a bin that holds none of the points is not seen at all.

    Args:
        points: Number of points, at least 2; 500 in the paper.

    Raises:
        ValueError: If there are fewer than 2 points.

    Source: Santos et al. (2025), section 4 and appendix B.
    """

    points: int = 500

    def __post_init__(self) -> None:
        require_at_least("points", self.points, 2)

    def quadrature(self, basis: Basis, domain: tuple[float, float]) -> Quadrature:
        """Equally spaced points; the two at the ends count half."""
        _require_domain(domain, basis)
        nodes = torch.linspace(*domain, self.points, dtype=torch.float64, device="cpu")
        weights = torch.full_like(nodes, (domain[1] - domain[0]) / (self.points - 1))
        weights[[0, -1]] /= 2
        return Quadrature(nodes, weights)


@dataclass(frozen=True)
class GaussLegendre(Integration):
    """Gauss–Legendre quadrature, on one panel or on several of equal length.

    Of order 2·points in the panels' length where x̄(t) is smooth.

    Args:
        points: Number of points in a panel, at least 1.
        panels: Number of panels, at least 1.

    Raises:
        ValueError: If there is no point or no panel.
    """

    points: int
    panels: int = 1
    _rule: tuple[list[float], list[float]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        require_at_least("points", self.points, 1)
        require_at_least("panels", self.panels, 1)
        # Known beforehand as plain numbers, so that a graph may be traced through what follows.
        object.__setattr__(self, "_rule", tuple(part.tolist() for part in roots_legendre(self.points)))

    def quadrature(self, basis: Basis, domain: tuple[float, float]) -> Quadrature:
        """The roots of a Legendre polynomial, moved to each panel."""
        _require_domain(domain, basis)
        roots, weights = (torch.tensor(part, dtype=torch.float64, device="cpu") for part in self._rule)
        edges = torch.linspace(*domain, self.panels + 1, dtype=torch.float64, device="cpu")
        half = edges.diff()[:, None] / 2
        nodes = edges[:-1, None] + half * (1 + roots)
        return Quadrature(nodes.flatten(), (half * weights).flatten())


def _require_domain(domain: tuple[float, float], basis: Basis) -> None:
    require_interval("domain", domain)
    if domain[0] < basis.support[0] or domain[1] > basis.support[1]:
        raise ValueError(f"domain must lie in the basis' support {basis.support}, but is {domain}")
