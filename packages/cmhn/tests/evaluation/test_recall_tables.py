"""Tables in percent, means over seeds, in the order of what was measured."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from cmhn.evaluation.recall_tables import (
    KEYS,
    gain_table,
    leads,
    mean_recalls,
    parameter_table,
    recall_table,
    significance_table,
)
from cmhn.evaluation.retrieval import CONTROL, METHODS

PAIRS = [("text", "vision"), ("text", "audio"), ("audio", "text")]
METRICS = ("recall@1", "recall@5", "recall@10", "median rank")


def _value(variant, seed, source, metric):
    """Recall of CMHN is 0.5 from text and 0.4 from sound, that of CLIP 0.42; the others' 0.3; seeds differ by 0.02."""
    if metric == "median rank":
        return 7.0 + seed
    level = {"CMHN": 0.5 if source == "text" else 0.4, "CLIP": 0.42}.get(variant, 0.3)
    return level + (0.02 if seed else 0.0) + (0.01 * seed if variant == "ridge" else 0.0)


@pytest.fixture
def measurements():
    variants = [*KEYS, CONTROL]
    rows = [
        {
            "dataset": dataset, "variant": variant, "seed": seed, "source": source, "target": target,
            "metric": metric, "value": _value(variant, seed, source, metric),
        }
        for dataset, seed, variant, (source, target), metric in product(
            ("stamps", "avsynth"), (0, 1), variants, PAIRS, METRICS
        )
        if variant != CONTROL or "audio" in (source, target)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_all_numbers_of_a_data_set(measurements):
    table = recall_table(measurements, "avsynth")
    assert list(table) == ["direction", "method", *METRICS]
    first = table[table["direction"] == "audio → text"]
    assert first["method"].tolist() == [*KEYS, CONTROL]
    both = table[table["direction"] == "text → vision"]
    assert both["method"].tolist() == list(KEYS)
    assert table["direction"].is_monotonic_increasing
    np.testing.assert_allclose(first.iloc[0][list(METRICS)].astype(float), [41, 41, 41, 7.5])
    with pytest.raises(ValueError, match=r"dataset must be one of \['avsynth', 'stamps'\], but is 'coco'"):
        recall_table(measurements, "coco")


def test_a_gain_is_over_the_better_of_two_and_the_target_is_met_or_missed(measurements):
    gains = gain_table(measurements)
    assert list(zip(gains["data set"], gains["from"], gains["to"], strict=True)) == [
        (dataset, *pair) for dataset in ("stamps", "avsynth") for pair in PAIRS
    ]
    assert gains["direction"].tolist()[:3] == ["text → vision", "text → audio", "audio → text"]
    np.testing.assert_allclose(gains["above CLIP and CLOOB"], [8, 8, -2] * 2)
    assert gains["target"].tolist() == ["met", "met", "missed"] * 2
    assert set(gain_table(measurements, wanted=9.0)["target"]) == {"missed"}
    np.testing.assert_allclose(gains["best of all others"], gains["CLIP"])


def test_the_best_of_all_others_is_no_term_of_our_own_and_not_the_control(measurements):
    for variant, wins in {
        "ridge": True,
        "CMHN, memory alone": False,
        CONTROL: False,
        "chance": False,
    }.items():
        changed = measurements.copy()
        best = (changed["variant"] == variant) & (changed["metric"] == "recall@1")
        changed.loc[best, "value"] = 0.9
        gains = gain_table(changed)
        expected = 90 if wins else gain_table(measurements)["best of all others"]
        np.testing.assert_allclose(gains["best of all others"], expected)


def test_each_method_is_tested_against_ours(measurements):
    tests = significance_table(measurements)
    assert set(tests["method"]) == set(METHODS[1:])
    assert len(tests) == 2 * len(METHODS[1:])
    assert set(tests["n"]) == {2}
    clip = tests[tests["method"] == "CLIP"]
    np.testing.assert_allclose(clip["method − CMHN, points"], (2 * -8 + 2) / 3)


def test_of_one_seed_there_are_differences_and_no_test(measurements):
    tests = significance_table(measurements[measurements["seed"] == 0])
    assert set(tests["n"]) == {1}
    assert "p_holm" not in tests
    clip = tests[tests["method"] == "CLIP"]
    np.testing.assert_allclose(clip["method − CMHN, points"], (2 * -8 + 2) / 3)


def test_a_lead_is_of_the_directions_mean_seed_by_seed(measurements):
    found = leads(measurements, "stamps", "ridge")
    assert found.index.tolist() == [0, 1]
    np.testing.assert_allclose(found, [(2 * 20 + 10) / 3, (2 * 20 + 10) / 3 - 1])
    np.testing.assert_allclose(leads(measurements, "stamps", "CLIP", method="ridge"), [-12, -11])
    with pytest.raises(ValueError, match=r"rival must be one of .* on stamps, but is 'ASIF'"):
        leads(measurements, "stamps", "ASIF")


def test_means_over_directions_and_seeds_have_keys(measurements):
    means = mean_recalls(measurements)
    assert means["dataset"].tolist() == ["stamps"] * len(KEYS) + ["avsynth"] * len(KEYS)
    assert means["variant"].tolist() == [*KEYS] * 2
    assert means["key"].tolist() == [*KEYS.values()] * 2
    assert all(key.isidentifier() for key in means["key"])
    assert means["mean"][0] == pytest.approx(100 * (0.51 + 0.51 + 0.41) / 3)


def test_sizes_stand_side_by_side():
    sizes = pd.DataFrame(
        [("CLIP", "a", 0, 5), ("CLIP", "a", 1, 5), ("ridge", "a", 0, 7), ("CLIP", "b", 0, 6)],
        columns=["method", "dataset", "seed", "value"],
    )
    table = parameter_table(sizes)
    assert table["method"].tolist() == ["CLIP", "ridge"]
    assert table["a"].tolist() == [5, 7]
    assert table["b"][0] == 6
    assert np.isnan(table["b"][1])
