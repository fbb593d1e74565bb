"""Hopfield–Kuramoto associative memory: threshold units and oscillators with one energy.

Beside what is here, modules are imported by name: ``hkam.deep``, ``hkam.encoding``, ``hkam.multiplexing`` and
``hkam.izhikevich`` make networks of the paper's examples, ``hkam.train`` and ``hkam.checkpoints`` train;
``hkam.analysis`` looks at memories, ``hkam.digits`` is the paper's experiment, ``hkam.kernels`` the fast inner loop.
"""

from hkam.batch import BatchedMemory
from hkam.couplings import (
    AbstractCoupling,
    GatingCoupling,
    LowRankCoupling,
    MaskedCoupling,
    NoCoupling,
    PairCoupling,
)
from hkam.dynamics import Recall, recall
from hkam.graphs import Graph, complete_graph, watts_strogatz_graph
from hkam.hopfield import HopfieldMemory, hebbian_weights
from hkam.hopfield_kuramoto import HopfieldKuramotoMemory, low_rank_memory
from hkam.interactions import (
    AbstractInteraction,
    AttentionInteraction,
    LinearInteraction,
    MLPInteraction,
    NoInteraction,
    PairInteraction,
    ReLUInteraction,
)
from hkam.kuramoto import KuramotoMemory, PhaseKuramotoMemory, phases_to_vectors, vectors_to_phases
from hkam.lagrangians import (
    AbstractLagrangian,
    FunctionLagrangian,
    IdentityLagrangian,
    LayeredLagrangian,
    ReLULagrangian,
    SigmoidLagrangian,
    SoftmaxLagrangian,
    TanhLagrangian,
)
from hkam.memory import AbstractMemory, NoGuaranteeWarning
from hkam.sphere import random_unit_rows, unit_rows
from hkam.states import HopfieldKuramotoState, HopfieldState, KuramotoState, PhaseState
from hkam.synapses import (
    AbstractSynapses,
    ConvolutionConnection,
    DenseConnection,
    DenseSynapses,
    LayeredSynapses,
)

__all__ = [  # noqa: RUF022
    # Memories and recall.
    "AbstractMemory",
    "BatchedMemory",
    "HopfieldKuramotoMemory",
    "HopfieldMemory",
    "KuramotoMemory",
    "NoGuaranteeWarning",
    "PhaseKuramotoMemory",
    "Recall",
    "low_rank_memory",
    "recall",
    # States.
    "HopfieldKuramotoState",
    "HopfieldState",
    "KuramotoState",
    "PhaseState",
    "phases_to_vectors",
    "random_unit_rows",
    "unit_rows",
    "vectors_to_phases",
    # Threshold units: Lagrangians and synapses.
    "AbstractLagrangian",
    "AbstractSynapses",
    "ConvolutionConnection",
    "DenseConnection",
    "DenseSynapses",
    "FunctionLagrangian",
    "IdentityLagrangian",
    "LayeredLagrangian",
    "LayeredSynapses",
    "ReLULagrangian",
    "SigmoidLagrangian",
    "SoftmaxLagrangian",
    "TanhLagrangian",
    "hebbian_weights",
    # Oscillators: interactions and the graphs that they run over.
    "AbstractInteraction",
    "AttentionInteraction",
    "Graph",
    "LinearInteraction",
    "MLPInteraction",
    "NoInteraction",
    "PairInteraction",
    "ReLUInteraction",
    "complete_graph",
    "watts_strogatz_graph",
    # What binds the two.
    "AbstractCoupling",
    "GatingCoupling",
    "LowRankCoupling",
    "MaskedCoupling",
    "NoCoupling",
    "PairCoupling",
]
