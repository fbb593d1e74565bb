"""What a harmonic network is held against: same features, same batches, same optimiser."""

from cmhn.baselines.bridge import MemoryBridge
from cmhn.baselines.clip import ContrastiveProjection
from cmhn.baselines.cloob import CLOOB
from cmhn.baselines.coattention import CoAttentionMatcher
from cmhn.baselines.matcher import Matcher, StoringMatcher, complete_from, count_parameters
from cmhn.baselines.nearest import NearestTriple
from cmhn.baselines.ridge import RidgeRegression

__all__ = [
    "CLOOB",
    "CoAttentionMatcher",
    "ContrastiveProjection",
    "Matcher",
    "MemoryBridge",
    "NearestTriple",
    "RidgeRegression",
    "StoringMatcher",
    "complete_from",
    "count_parameters",
]
