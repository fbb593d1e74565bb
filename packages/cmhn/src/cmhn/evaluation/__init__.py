"""The proposal's experiments: data sets of triples, their features, and methods held against each other."""

from cmhn.evaluation.comparison import TRAINED, Budget, Encoded, LengthControl, fit
from cmhn.evaluation.completion import CompletionTask, answer_samples, completion_sweep
from cmhn.evaluation.completion_tables import completion_table, largest_damage, store_table
from cmhn.evaluation.damage import damage_captions, drop_letters
from cmhn.evaluation.features import encode_captions, encode_triples, load_features, standardise
from cmhn.evaluation.galleries import RetrievalTask, gallery_table, language_galleries
from cmhn.evaluation.items import Items, frozen_items, scene_items
from cmhn.evaluation.recall_tables import (
    KEYS,
    gain_table,
    leads,
    mean_recalls,
    parameter_table,
    recall_table,
    significance_table,
)
from cmhn.evaluation.retrieval import CONTROL, METHODS, RetrievalComparison, compare_methods, even_budgets
from cmhn.evaluation.scores import CUTOFFS, chance_scores, direction_scores
from cmhn.evaluation.triples import Triples, load_triples
from cmhn.evaluation.untrained import RIDGES, choose_ridge, length_control

__all__ = [
    "CONTROL",
    "CUTOFFS",
    "KEYS",
    "METHODS",
    "RIDGES",
    "TRAINED",
    "Budget",
    "CompletionTask",
    "Encoded",
    "Items",
    "LengthControl",
    "RetrievalComparison",
    "RetrievalTask",
    "Triples",
    "answer_samples",
    "chance_scores",
    "choose_ridge",
    "compare_methods",
    "completion_sweep",
    "completion_table",
    "damage_captions",
    "direction_scores",
    "drop_letters",
    "encode_captions",
    "encode_triples",
    "even_budgets",
    "fit",
    "frozen_items",
    "gain_table",
    "gallery_table",
    "language_galleries",
    "largest_damage",
    "leads",
    "length_control",
    "load_features",
    "load_triples",
    "mean_recalls",
    "parameter_table",
    "recall_table",
    "scene_items",
    "significance_table",
    "standardise",
    "store_table",
]
