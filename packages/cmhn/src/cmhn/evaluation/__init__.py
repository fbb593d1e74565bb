"""The proposal's experiments: data sets of triples, their features, and methods held against each other."""

from cmhn.evaluation.comparison import TRAINED, Budget, Encoded, LengthControl, fit
from cmhn.evaluation.damage import drop_letters
from cmhn.evaluation.features import encode_triples, load_features, standardise
from cmhn.evaluation.triples import Triples, load_triples

__all__ = [
    "TRAINED",
    "Budget",
    "Encoded",
    "LengthControl",
    "Triples",
    "drop_letters",
    "encode_triples",
    "fit",
    "load_features",
    "load_triples",
    "standardise",
]
