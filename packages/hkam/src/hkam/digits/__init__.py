"""The paper's experiment: a classifier of digits, and oscillators that edit what it says."""

from hkam.digits.binding import untrained_edit
from hkam.digits.cards import classifier_card, edit_card
from hkam.digits.cell_counts import count_cells
from hkam.digits.classifier import (
    accuracy,
    class_targets,
    class_units,
    classifier_cue,
    classifier_memory,
    pooled_images,
    pretrain,
    spread,
    unit_groups,
)
from hkam.digits.comparisons import compare_steps, edits_by_start
from hkam.digits.corrections import correction, effective_rank, follow_oscillators
from hkam.digits.exchange import exchange, with_added_synapses
from hkam.digits.finetuning import (
    EditedClassifier,
    EditingBatch,
    edited_class_units,
    editing_batches,
    fine_tune,
    random_weights,
)
from hkam.digits.pretrained import pretrained_card, pretrained_classifier, pretrained_edit
from hkam.digits.reference import paper_accuracies
from hkam.digits.solvers import Solve, adaptive, fixed_step, reading_solvers
from hkam.digits.starts import (
    AbstractStart,
    LearnedStart,
    ShownStart,
    first_start,
    shown_digits,
    shown_values,
)
from hkam.digits.table_columns import cell_columns, fewest_columns, neighbour_columns
from hkam.digits.tables import measured_accuracies
from hkam.digits.tasks import EDITING_TASKS, Task, cue_digits, edited_labels
from hkam.digits.titles import edit_titles, task_key
from hkam.digits.watching import strength_and_accuracy, training_history
from hkam.digits.weights import (
    WeightFileError,
    load_classifier,
    load_edited,
    read_card,
    save_classifier,
    save_edited,
)

__all__ = [
    "EDITING_TASKS",
    "AbstractStart",
    "EditedClassifier",
    "EditingBatch",
    "LearnedStart",
    "ShownStart",
    "Solve",
    "Task",
    "WeightFileError",
    "accuracy",
    "adaptive",
    "cell_columns",
    "class_targets",
    "class_units",
    "classifier_card",
    "classifier_cue",
    "classifier_memory",
    "compare_steps",
    "correction",
    "count_cells",
    "cue_digits",
    "edit_card",
    "edit_titles",
    "edited_class_units",
    "edited_labels",
    "editing_batches",
    "edits_by_start",
    "effective_rank",
    "exchange",
    "fewest_columns",
    "fine_tune",
    "first_start",
    "fixed_step",
    "follow_oscillators",
    "load_classifier",
    "load_edited",
    "measured_accuracies",
    "neighbour_columns",
    "paper_accuracies",
    "pooled_images",
    "pretrain",
    "pretrained_card",
    "pretrained_classifier",
    "pretrained_edit",
    "random_weights",
    "read_card",
    "reading_solvers",
    "save_classifier",
    "save_edited",
    "shown_digits",
    "shown_values",
    "spread",
    "strength_and_accuracy",
    "task_key",
    "training_history",
    "unit_groups",
    "untrained_edit",
    "with_added_synapses",
]
