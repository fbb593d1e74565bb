"""Hopfield–Kuramoto associative memory: threshold units and oscillators with one energy."""

from hkam._compiled import MissingCompilerWarning
from hkam.batch import BatchedMemory
from hkam.couplings import AbstractCoupling, GatingCoupling, LowRankCoupling, NoCoupling, PairCoupling
from hkam.deep import convolutional_network, oscillatory_depth_network, relu_network, softmax_network
from hkam.descent import Descent, follow_energy
from hkam.editing import EDITING_TASKS, cue_digits, edited_labels
from hkam.encoding import decode_scalars, encode_scalars
from hkam.errata import Erratum, errata
from hkam.graphs import Graph, complete_graph, layered_graph, watts_strogatz_graph
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
from hkam.izhikevich import IzhikevichNeuron, Recording, firing_rates, rate_curve, spike_phases
from hkam.kuramoto import (
    KuramotoMemory,
    PhaseKuramotoMemory,
    frequencies_to_rotations,
    phases_to_vectors,
    vectors_to_phases,
)
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
from hkam.landscapes import Basins, basins, energies_on_grid, plane_of_states
from hkam.memory import AbstractMemory, NoGuaranteeWarning
from hkam.multiplexing import association_weights, multiplexing_cue, multiplexing_memory
from hkam.oscillator_interaction import edge_list_interaction, oscillator_interaction
from hkam.recall import STATUS_MESSAGES, Recall, recall
from hkam.sphere import has_unit_rows, random_rotation, random_unit_rows, tangent, unit_rows
from hkam.states import HopfieldKuramotoState, HopfieldState, KuramotoState, PhaseState
from hkam.synapses import (
    AbstractConnection,
    AbstractSynapses,
    ConvolutionConnection,
    DenseConnection,
    DenseSynapses,
    LayeredSynapses,
)
from hkam.synchronisation import (
    MeanFieldKuramotoMemory,
    lorentzian_critical_coupling,
    lorentzian_frequencies,
    lorentzian_order_parameter,
    order_parameter,
    synchronisation_curve,
)
from hkam.weights import load_pretrained, read_card

__all__ = [
    "EDITING_TASKS",
    "STATUS_MESSAGES",
    "AbstractConnection",
    "AbstractCoupling",
    "AbstractInteraction",
    "AbstractLagrangian",
    "AbstractMemory",
    "AbstractSynapses",
    "AttentionInteraction",
    "Basins",
    "BatchedMemory",
    "ConvolutionConnection",
    "DenseConnection",
    "DenseSynapses",
    "Descent",
    "Erratum",
    "FunctionLagrangian",
    "GatingCoupling",
    "Graph",
    "HopfieldKuramotoMemory",
    "HopfieldKuramotoState",
    "HopfieldMemory",
    "HopfieldState",
    "IdentityLagrangian",
    "IzhikevichNeuron",
    "KuramotoMemory",
    "KuramotoState",
    "LayeredLagrangian",
    "LayeredSynapses",
    "LinearInteraction",
    "LowRankCoupling",
    "MLPInteraction",
    "MeanFieldKuramotoMemory",
    "MissingCompilerWarning",
    "NoCoupling",
    "NoGuaranteeWarning",
    "NoInteraction",
    "PairCoupling",
    "PairInteraction",
    "PhaseKuramotoMemory",
    "PhaseState",
    "ReLUInteraction",
    "ReLULagrangian",
    "Recall",
    "Recording",
    "SigmoidLagrangian",
    "SoftmaxLagrangian",
    "TanhLagrangian",
    "association_weights",
    "basins",
    "complete_graph",
    "convolutional_network",
    "cue_digits",
    "decode_scalars",
    "edge_list_interaction",
    "edited_labels",
    "encode_scalars",
    "energies_on_grid",
    "errata",
    "firing_rates",
    "follow_energy",
    "frequencies_to_rotations",
    "has_unit_rows",
    "hebbian_weights",
    "layered_graph",
    "load_pretrained",
    "lorentzian_critical_coupling",
    "lorentzian_frequencies",
    "lorentzian_order_parameter",
    "low_rank_memory",
    "multiplexing_cue",
    "multiplexing_memory",
    "order_parameter",
    "oscillator_interaction",
    "oscillatory_depth_network",
    "phases_to_vectors",
    "plane_of_states",
    "random_rotation",
    "random_unit_rows",
    "rate_curve",
    "read_card",
    "recall",
    "relu_network",
    "softmax_network",
    "spike_phases",
    "synchronisation_curve",
    "tangent",
    "unit_rows",
    "vectors_to_phases",
    "watts_strogatz_graph",
]
