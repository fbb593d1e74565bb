"""Every method is tested on the same galleries, and the tables say what was measured."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch

from cmhn.evaluation.comparison import TRAINED, Budget
from cmhn.evaluation.galleries import RetrievalTask
from cmhn.evaluation.items import frozen_items, scene_items
from cmhn.evaluation.retrieval import (
    CONTROL,
    METHODS,
    RetrievalComparison,
    compare_methods,
    even_budgets,
)
from cmhn.evaluation.untrained import length_control

WIDTHS = {"text": 10, "vision": 8, "audio": 6}
BUDGETS = even_budgets(Budget(3, 16, (0.01,)), 8)
TERMS = ["CMHN, harmonic term alone", "CMHN, memory alone"]


def _features(make, triples):
    """Features that say of which thing a triple is, with noise."""
    things = torch.tensor(triples.table["picture"].tolist())
    hidden = make.normal(int(things.max()) + 1, 4, dtype=torch.float32)[things]
    return {
        name: torch.nn.functional.normalize(
            hidden @ make.normal(4, width, seed=9 + place, dtype=torch.float32)
            + 0.1 * make.normal(len(things), width, seed=90 + place, dtype=torch.float32),
            dim=1,
        )
        for place, (name, width) in enumerate(WIDTHS.items())
    }


@pytest.fixture(scope="module")
def compared(toy, make):
    """A comparison on frozen features, and what it was made of."""
    triples = toy(32)
    task = RetrievalTask.drawn(triples, 1)
    features = _features(make, triples)
    return task, features, compare_methods(task, frozen_items(features), BUDGETS, dimension=16)


def test_every_method_is_measured_in_all_directions(compared):
    task, _, found = compared
    measured = found.measurements
    assert list(dict.fromkeys(measured["variant"])) == [
        "CMHN", *TERMS, *METHODS[1:], CONTROL, "chance",
    ]  # fmt: skip
    counts = measured[measured["metric"] == "recall@1"].groupby("variant").size()
    assert counts.drop(CONTROL).eq(6).all()
    assert set(measured["n"]) == {sum(len(gallery.rows) for gallery in task.tests.values())}
    assert set(measured["dataset"]) == {"toy"}
    assert set(measured["seed"]) == {1}
    assert set(measured["split"]) == {"test"}
    means = measured[measured["metric"] == "median rank"].groupby("variant")["value"].mean()
    assert means["CMHN"] < means["chance"]
    assert means["ridge"] < means["chance"]


def test_the_control_is_asked_only_where_there_is_a_sound(compared):
    *_, found = compared
    part = found.measurements[found.measurements["variant"] == CONTROL]
    directions = set(zip(part["source"], part["target"], strict=True))
    assert directions == {("text", "audio"), ("vision", "audio"), ("audio", "text"), ("audio", "vision")}


def test_sizes_and_choices_are_told(compared):
    _, _, found = compared
    sizes = found.sizes.set_index("method")["value"]
    assert list(sizes.index) == [*TRAINED, "ridge"]
    assert sizes["ridge"] == 2 * (10 * 8 + 10 * 6 + 8 * 6)
    assert list(found.chosen) == [
        "dataset", "seed", "γ", "w", "β", "a, text", "a, vision", "a, audio",
    ]  # fmt: skip
    assert (found.chosen[["γ", "w", "β"]] > 0).all(axis=None)


def test_no_method_has_seen_what_is_tested(compared, toy):
    task, features, found = compared
    tested = torch.from_numpy(np.concatenate([gallery.rows for gallery in task.tests.values()]))
    # Nothing that was trained, stored or chosen changes with the tested pictures, and shuffled they are not found.
    shuffled = {name: x.clone() for name, x in features.items()}
    order = torch.randperm(len(tested), generator=torch.Generator().manual_seed(0))
    shuffled["vision"][tested] = features["vision"][tested[order]]
    again = compare_methods(task, frozen_items(shuffled), BUDGETS, dimension=16)
    columns = ["variant", "source", "target", "metric"]
    before, after = (one.measurements.set_index(columns)["value"] for one in (found, again))
    for method in METHODS:
        assert before[method, "text", "audio", "recall@10"] == after[method, "text", "audio", "recall@10"]
        assert before[method, "text", "vision", "recall@1"] > after[method, "text", "vision", "recall@1"]
    pd.testing.assert_frame_equal(found.sizes, again.sizes)
    pd.testing.assert_frame_equal(found.chosen, again.chosen)


def test_untrained_methods_stand_on_the_encoders_that_clip_has_trained(toy):
    triples = toy(24, equally_long=True)
    task = RetrievalTask.drawn(triples, 0)
    items = scene_items(triples, 8)
    found = compare_methods(task, items, even_budgets(Budget(1, 16), 8), dimension=16)
    assert CONTROL not in set(found.measurements["variant"])
    assert length_control(triples, items.inputs, task.stored) is None
    # Ridge maps features of the encoders' width onto each other, and not what encoders take.
    assert found.sizes.set_index("method")["value"]["ridge"] == 6 * 8 * 8


def test_draws_are_joined_in_their_order(compared):
    *_, found = compared
    other = RetrievalComparison(
        *(part.assign(seed=2) for part in (found.measurements, found.sizes, found.chosen))
    )
    joined = RetrievalComparison.joined([other, found])
    for one, both in zip(
        (found.measurements, found.sizes, found.chosen),
        (joined.measurements, joined.sizes, joined.chosen),
        strict=True,
    ):
        assert both["seed"].tolist() == [2] * len(one) + [1] * len(one)
        assert both.index.tolist() == list(range(2 * len(one)))


def test_only_co_attention_has_batches_of_its_own():
    budgets = even_budgets(Budget(4, 32, (0.1, 0.2)), 6)
    assert list(budgets) == list(TRAINED)
    for (method, budget), (epochs, rates) in product(budgets.items(), [(4, (0.1, 0.2))]):
        assert budget == Budget(epochs, 6 if method == "co-attention" else 32, rates)
    with pytest.raises(ValueError, match="batch_size must be at least 2, but is 1"):
        even_budgets(Budget(), 1)


def test_a_method_without_a_budget_is_refused(compared):
    task, features, _ = compared
    with pytest.raises(
        ValueError, match=r"budgets must hold one per trained method, but hold none of \['CLIP'"
    ):
        compare_methods(task, frozen_items(features), {"CMHN": Budget()}, dimension=16)
