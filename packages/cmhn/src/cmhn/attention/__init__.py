"""Softmax attention over stored patterns: exact in several ways, over several processes, and approximate.

``cmhn.attention.approximate`` is imported by name because it needs an extra.
"""

from cmhn.attention.exact import AdaptiveAttention, FusedAttention, PlainAttention, TiledAttention
from cmhn.attention.protocol import Attention, Recall
from cmhn.attention.sharding import ShardedAttention

__all__ = [
    "AdaptiveAttention",
    "Attention",
    "FusedAttention",
    "PlainAttention",
    "Recall",
    "ShardedAttention",
    "TiledAttention",
]
