"""Lagrangians: scalar functions of the threshold units whose gradient is the activation function."""

from hkam.lagrangians.abstract import AbstractLagrangian
from hkam.lagrangians.composed import FunctionLagrangian, LayeredLagrangian
from hkam.lagrangians.grouped import (
    AttentionLagrangian,
    LayerNormLagrangian,
    PoolingLagrangian,
    SoftmaxLagrangian,
)
from hkam.lagrangians.unitwise import IdentityLagrangian, ReLULagrangian, SigmoidLagrangian, TanhLagrangian

__all__ = [
    "AbstractLagrangian",
    "AttentionLagrangian",
    "FunctionLagrangian",
    "IdentityLagrangian",
    "LayerNormLagrangian",
    "LayeredLagrangian",
    "PoolingLagrangian",
    "ReLULagrangian",
    "SigmoidLagrangian",
    "SoftmaxLagrangian",
    "TanhLagrangian",
]
