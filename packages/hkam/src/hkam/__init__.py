"""Hopfield-Kuramoto associative memory, in JAX: memories with an energy that is a Lyapunov function."""

from hkam.hopfield import HopfieldMemory, outer_product_synapses
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
from hkam.states import HopfieldState
from hkam.synapses import (
    AbstractConnection,
    AbstractSynapses,
    ConvolutionConnection,
    DenseConnection,
    DenseSynapses,
    LayeredSynapses,
)

__all__ = [
    "AbstractConnection",
    "AbstractLagrangian",
    "AbstractMemory",
    "AbstractSynapses",
    "ConvolutionConnection",
    "DenseConnection",
    "DenseSynapses",
    "FunctionLagrangian",
    "HopfieldMemory",
    "HopfieldState",
    "IdentityLagrangian",
    "LayeredLagrangian",
    "LayeredSynapses",
    "NoGuaranteeWarning",
    "ReLULagrangian",
    "SigmoidLagrangian",
    "SoftmaxLagrangian",
    "TanhLagrangian",
    "outer_product_synapses",
]
