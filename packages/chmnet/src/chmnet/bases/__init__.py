"""Basis functions ψ(t): what a continuous-time memory is a combination of."""

from chmnet.bases.basis import Basis
from chmnet.bases.bspline import BSplineBasis
from chmnet.bases.gaussian import GaussianBasis
from chmnet.bases.rectangular import RectangularBasis

__all__ = ["BSplineBasis", "Basis", "GaussianBasis", "RectangularBasis"]
