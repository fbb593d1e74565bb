"""Hopfield networks with continuous-time memories, in PyTorch."""

from chmnet.basis import Basis, RectangularBasis
from chmnet.continuous import ContinuousHopfield
from chmnet.density import GibbsDensity
from chmnet.discrete import DiscreteHopfield
from chmnet.integration import Exact, GaussLegendre, Integration, Quadrature, Trapezoid
from chmnet.network import HopfieldNetwork
from chmnet.queries import mask_lower_half
from chmnet.retrieval import retrieval_similarity, retrieval_sweep
from chmnet.ridge import frame_times, ridge_fit
from chmnet.subsampling import evenly_spaced

__all__ = [
    "Basis",
    "ContinuousHopfield",
    "DiscreteHopfield",
    "Exact",
    "GaussLegendre",
    "GibbsDensity",
    "HopfieldNetwork",
    "Integration",
    "Quadrature",
    "RectangularBasis",
    "Trapezoid",
    "evenly_spaced",
    "frame_times",
    "mask_lower_half",
    "retrieval_similarity",
    "retrieval_sweep",
    "ridge_fit",
]
