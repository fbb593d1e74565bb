"""Hopfield networks with continuous-time memories, in PyTorch.

``chmnet.evaluation`` holds the experiments, ``chmnet.video`` what they need of videos; ``chmnet.plotting`` is imported
by name because it needs an extra.
"""

from chmnet.allocation import equal_change_edges, optimal_edges
from chmnet.bases import Basis, BSplineBasis, GaussianBasis, RectangularBasis
from chmnet.continuous import ContinuousHopfield
from chmnet.cost import Cost, retrieval_cost
from chmnet.density import GibbsDensity
from chmnet.discrete import DiscreteHopfield
from chmnet.integration import Exact, GaussLegendre, Integration, Quadrature, Trapezoid
from chmnet.layer import ContinuousHopfieldLayer, DiscreteHopfieldLayer
from chmnet.learning import learn_basis
from chmnet.network import HopfieldNetwork, Retrieval
from chmnet.queries import add_gaussian_noise, mask_lower_half
from chmnet.ridge import frame_times, ridge_fit
from chmnet.similarity import euclidean_offset
from chmnet.streaming import MergingStream, ResamplingStream, Stream

__all__ = [  # noqa: RUF022
    # Memories.
    "ContinuousHopfield",
    "DiscreteHopfield",
    "HopfieldNetwork",
    "Retrieval",
    "GibbsDensity",
    # Memories that grow.
    "MergingStream",
    "ResamplingStream",
    "Stream",
    # Memories as layers.
    "ContinuousHopfieldLayer",
    "DiscreteHopfieldLayer",
    # Basis functions, their places, and the fit of a signal.
    "BSplineBasis",
    "Basis",
    "GaussianBasis",
    "RectangularBasis",
    "equal_change_edges",
    "frame_times",
    "learn_basis",
    "optimal_edges",
    "ridge_fit",
    # Integrals over time.
    "Exact",
    "GaussLegendre",
    "Integration",
    "Quadrature",
    "Trapezoid",
    # Queries, similarity and cost.
    "Cost",
    "add_gaussian_noise",
    "euclidean_offset",
    "mask_lower_half",
    "retrieval_cost",
]
