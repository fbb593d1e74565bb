"""Retrieval in six directions: every method learns from the same items and is tested in the same galleries."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import torch

from cmhn.baselines import Matcher, NearestTriple, count_parameters
from cmhn.evaluation.comparison import TRAINED, Budget, fit
from cmhn.evaluation.galleries import RetrievalTask
from cmhn.evaluation.items import Items
from cmhn.evaluation.scores import chance_scores, direction_scores
from cmhn.evaluation.untrained import choose_ridge, length_control
from cmhn.matching import HarmonicMatcher

__all__ = ["CONTROL", "METHODS", "RetrievalComparison", "compare_methods", "even_budgets"]

METHODS: tuple[str, ...] = (*TRAINED, "nearest triple", "ridge")
"""Names of the methods that are held against each other, the harmonic network first."""

CONTROL: str = "length of the sound alone"
"""Name of the control."""

_ENCODERS = "CLIP"  # the method whose encoders the untrained ones stand on


@dataclass(frozen=True)
class RetrievalComparison:
    """What a comparison found on one draw.

    Args:
        measurements: Rows of `direction_scores` with ``variant``, ``split``, ``dataset`` and ``seed``.
        sizes: Numbers that each head learns (``value``), by ``method``, ``dataset`` and ``seed``.
        chosen: What the harmonic network set on validation: γ, w, β and the reliabilities.
    """

    measurements: pd.DataFrame
    sizes: pd.DataFrame
    chosen: pd.DataFrame

    @classmethod
    def joined(cls, comparisons: list["RetrievalComparison"]) -> "RetrievalComparison":
        """Join comparisons of several draws, in their order."""
        return cls(
            *(
                pd.concat([getattr(one, name) for one in comparisons], ignore_index=True)
                for name in ("measurements", "sizes", "chosen")
            )
        )


def even_budgets(budget: Budget, pair_batch_size: int) -> dict[str, Budget]:
    """Give every trained method the same passes and learning rates, and co-attention its own batches.

    Co-attention scores each pair of a batch by a forward pass of its own: smaller batches give it the same passes over
    the items, in more updates with fewer negatives.

    Args:
        budget: What the other methods are given.
        pair_batch_size: Items in a batch of co-attention.

    Raises:
        TypeError: If the size is not a whole number.
        ValueError: If the size is below 2.
    """
    return {**dict.fromkeys(TRAINED, budget), "co-attention": replace(budget, batch_size=pair_batch_size)}


def compare_methods(
    task: RetrievalTask, items: Items, budgets: Mapping[str, Budget], *, dimension: int
) -> RetrievalComparison:
    """Train, choose and test every method on one draw.

    The trained methods come first, the harmonic network also with each of its two terms alone; then the nearest
    triple, ridge regression and the control, on the features that CLIP's objective has trained, or on the frozen ones;
    at the end chance.

    Args:
        task: The draw; its seed is also that of the training.
        items: The data set's items.
        budgets: What each method of `TRAINED` is given.
        dimension: Of the heads.

    Raises:
        ValueError: If a method has no budget, or refuses a setting.
    """
    missing = [method for method in TRAINED if method not in budgets]
    if missing:
        raise ValueError(f"budgets must hold one per trained method, but hold none of {missing}")
    validation, tests = list(task.validation.values()), list(task.tests.values())
    found, sizes, chosen = {}, {}, {}
    states = dict(items.inputs)
    for method in TRAINED:
        build = partial(items.build, method, dimension)
        model = fit(build, items.inputs, task.stored, validation, budgets[method], seed=task.seed)
        with torch.no_grad():
            features = model.features(items.inputs)
        found[method] = direction_scores(cast("Matcher", model.head), features, tests)
        sizes[method] = count_parameters(model.head)
        if isinstance(model.head, HarmonicMatcher):
            for term, matcher in _terms(model.head).items():
                found[f"{method}, {term}"] = direction_scores(matcher, features, tests)
            chosen = _chosen(model.head)
        if method == _ENCODERS:
            states = features
    ridge = choose_ridge(states, task.stored, validation)
    sizes["ridge"] = sum(matrix.numel() for matrix in ridge.maps.values())
    kept = {modality: x[torch.from_numpy(task.stored)] for modality, x in states.items()}
    found["nearest triple"] = direction_scores(NearestTriple(kept), states, tests)
    found["ridge"] = direction_scores(ridge, states, tests)
    control = length_control(task.triples, states, task.stored)
    if control is not None:
        scores = direction_scores(*control, tests)
        found[CONTROL] = scores[(scores[["source", "target"]] == "audio").any(axis=1)]
    found["chance"] = chance_scores(list(states), tests)
    about = {"dataset": task.triples.name, "seed": task.seed}
    measurements = pd.concat([part.assign(variant=name) for name, part in found.items()], ignore_index=True)
    return RetrievalComparison(
        measurements.assign(split="test", **about),
        pd.DataFrame({"method": list(sizes), "value": list(sizes.values())}).assign(**about),
        pd.DataFrame([{**about, **chosen}]),
    )


def _terms(head: HarmonicMatcher) -> dict[str, Any]:
    return {
        "harmonic term alone": SimpleNamespace(scores=head.harmonic_scores),
        "memory alone": SimpleNamespace(scores=head.recall_scores),
    }


def _chosen(head: HarmonicMatcher) -> dict[str, float]:
    recall = head.recall
    return {
        "γ": float(head.harmonic.gamma.detach()),
        "w": float(head.log_weight.detach().exp()),
        "β": float(recall.beta.detach()),
        **{f"a, {modality}": float(a.detach()) for modality, a in recall.reliability.items()},
    }
