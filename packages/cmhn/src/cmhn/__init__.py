"""Cross-Modal Harmonic Networks: text, vision and audio bound in one energy.

``cmhn.attention.approximate`` is imported by name because it needs an extra; ``cmhn.losses``, ``cmhn.training``,
``cmhn.ranking`` and ``cmhn.baselines`` are what training and comparison need, ``cmhn.encoders`` and ``cmhn.evaluation``
what brings real data in.
"""

from cmhn.attention import (
    AdaptiveAttention,
    Attention,
    FusedAttention,
    PlainAttention,
    ShardedAttention,
    TiledAttention,
)
from cmhn.couplings import Couplings
from cmhn.encoders.protocol import Encoder
from cmhn.energies import Energy, JointEnergy, LinearEnergy, SeparableEnergy
from cmhn.flow import GradientFlow
from cmhn.losses import HarmonicLoss, match_scores
from cmhn.memory import JointMemory
from cmhn.network import HarmonicNetwork, Retrieval
from cmhn.pretrained import load_pretrained
from cmhn.training import train
from cmhn.updates import EulerUpdate, HarmonicUpdate, SoftmaxUpdate, Update
from cmhn.weight_files import WeightFileError

__all__ = [
    "AdaptiveAttention",
    "Attention",
    "Couplings",
    "Encoder",
    "Energy",
    "EulerUpdate",
    "FusedAttention",
    "GradientFlow",
    "HarmonicLoss",
    "HarmonicNetwork",
    "HarmonicUpdate",
    "JointEnergy",
    "JointMemory",
    "LinearEnergy",
    "PlainAttention",
    "Retrieval",
    "SeparableEnergy",
    "ShardedAttention",
    "SoftmaxUpdate",
    "TiledAttention",
    "Update",
    "WeightFileError",
    "load_pretrained",
    "match_scores",
    "train",
]
