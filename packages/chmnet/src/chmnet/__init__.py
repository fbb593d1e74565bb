"""Hopfield networks with continuous-time memories, in PyTorch.

Three modules are imported by name because they need extras: ``chmnet.plotting``, ``chmnet.embeddings`` and
``chmnet.moviechat``.
"""

from chmnet.ablation import (
    PADDINGS,
    ablation_memories,
    degradation_ablation,
    integration_memories,
    integration_sweep,
)
from chmnet.allocation import (
    equal_change_edges,
    equal_change_edges_of_products,
    optimal_edges,
    optimal_edges_of_products,
)
from chmnet.basis import Basis, RectangularBasis
from chmnet.bspline import BSplineBasis
from chmnet.capacity import capacity_curve, largest_recalled
from chmnet.comparison import compare_products, product_offset
from chmnet.continuous import ContinuousHopfield
from chmnet.cost import Cost, retrieval_cost
from chmnet.density import GibbsDensity
from chmnet.discrete import DiscreteHopfield
from chmnet.features import load_embeddings, load_products, open_frames
from chmnet.films import FilmBatch, Films, RecallNetwork, recall_accuracy, train_recall
from chmnet.gaussian import GaussianBasis
from chmnet.integration import Exact, GaussLegendre, Integration, Quadrature, Trapezoid
from chmnet.layer import ContinuousHopfieldLayer, DiscreteHopfieldLayer
from chmnet.learning import learn_basis
from chmnet.network import HopfieldNetwork, Retrieval
from chmnet.products import InnerProducts, frame_products, half_masked_products, query_products
from chmnet.queries import add_gaussian_noise, mask_lower_half
from chmnet.retrieval import (
    Memory,
    compare_memories,
    retrieval_similarity,
    retrieval_sweep,
    summarise,
    sweep_memories,
)
from chmnet.ridge import frame_times, ridge_fit
from chmnet.signals import smooth_signal, white_signal
from chmnet.similarity import euclidean_offset
from chmnet.streaming import MergingStream, ResamplingStream, Stream
from chmnet.subsampling import evenly_spaced
from chmnet.sweep import doubling_sizes, sweep_lengths

__all__ = [
    "PADDINGS",
    "BSplineBasis",
    "Basis",
    "ContinuousHopfield",
    "ContinuousHopfieldLayer",
    "Cost",
    "DiscreteHopfield",
    "DiscreteHopfieldLayer",
    "Exact",
    "FilmBatch",
    "Films",
    "GaussLegendre",
    "GaussianBasis",
    "GibbsDensity",
    "HopfieldNetwork",
    "InnerProducts",
    "Integration",
    "Memory",
    "MergingStream",
    "Quadrature",
    "RecallNetwork",
    "RectangularBasis",
    "ResamplingStream",
    "Retrieval",
    "Stream",
    "Trapezoid",
    "ablation_memories",
    "add_gaussian_noise",
    "capacity_curve",
    "compare_memories",
    "compare_products",
    "degradation_ablation",
    "doubling_sizes",
    "equal_change_edges",
    "equal_change_edges_of_products",
    "euclidean_offset",
    "evenly_spaced",
    "frame_products",
    "frame_times",
    "half_masked_products",
    "integration_memories",
    "integration_sweep",
    "largest_recalled",
    "learn_basis",
    "load_embeddings",
    "load_products",
    "mask_lower_half",
    "open_frames",
    "optimal_edges",
    "optimal_edges_of_products",
    "product_offset",
    "query_products",
    "recall_accuracy",
    "retrieval_cost",
    "retrieval_similarity",
    "retrieval_sweep",
    "ridge_fit",
    "smooth_signal",
    "summarise",
    "sweep_lengths",
    "sweep_memories",
    "train_recall",
    "white_signal",
]
