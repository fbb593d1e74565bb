"""The experiments of the paper and past it: retrieval, ablations, capacity, and films that networks are asked about."""

from chmnet.evaluation.ablation import (
    PADDINGS,
    ablation_memories,
    degradation_ablation,
    integration_memories,
    integration_sweep,
)
from chmnet.evaluation.allocations import (
    SIMILARITIES,
    allocation_memories,
    bell_allocations,
    bin_allocations,
)
from chmnet.evaluation.capacity import (
    capacity_curve,
    capacity_summary,
    doublings_held,
    largest_recalled,
    stretch_curve,
    turning_stretches,
)
from chmnet.evaluation.comparison import compare_products, product_offset
from chmnet.evaluation.degradation import (
    CLEAN,
    Setting,
    drop_significance,
    drops,
    setting_ladder,
    setting_sweep,
    suspect_effects,
)
from chmnet.evaluation.films import FilmBatch, Films, RecallNetwork, recall_accuracy, train_recall
from chmnet.evaluation.landings import descents, landing_differences, scattered_queries
from chmnet.evaluation.retrieval import (
    compare_memories,
    retrieval_similarity,
    retrieval_sweep,
    summarise,
    sweep_memories,
)
from chmnet.evaluation.signals import smooth_signal, white_signal
from chmnet.evaluation.subsampling import evenly_spaced
from chmnet.evaluation.sweep import doubling_sizes, sweep_lengths
from chmnet.evaluation.tasks import TASKS, task_products
from chmnet.evaluation.twins import Twin, TwinRun, train_twins

__all__ = [
    "CLEAN",
    "PADDINGS",
    "SIMILARITIES",
    "TASKS",
    "FilmBatch",
    "Films",
    "RecallNetwork",
    "Setting",
    "Twin",
    "TwinRun",
    "ablation_memories",
    "allocation_memories",
    "bell_allocations",
    "bin_allocations",
    "capacity_curve",
    "capacity_summary",
    "compare_memories",
    "compare_products",
    "degradation_ablation",
    "descents",
    "doubling_sizes",
    "doublings_held",
    "drop_significance",
    "drops",
    "evenly_spaced",
    "integration_memories",
    "integration_sweep",
    "landing_differences",
    "largest_recalled",
    "product_offset",
    "recall_accuracy",
    "retrieval_similarity",
    "retrieval_sweep",
    "scattered_queries",
    "setting_ladder",
    "setting_sweep",
    "smooth_signal",
    "stretch_curve",
    "summarise",
    "suspect_effects",
    "sweep_lengths",
    "sweep_memories",
    "task_products",
    "train_recall",
    "train_twins",
    "turning_stretches",
    "white_signal",
]
