"""Twins start alike, see the same films and are asked the same questions."""

import pandas as pd
import pytest
import torch

from chmnet import DiscreteHopfieldLayer
from chmnet.evaluation import Films, RecallNetwork, Twin, recall_accuracy, train_recall, train_twins

PICTURES = torch.randn(30, 6, generator=torch.Generator().manual_seed(0))
TRAIN = Films(PICTURES[:20], scenes=2, labels=3, noise=0.2)
TESTS = [Films(PICTURES[20:], scenes=count, labels=3, noise=0.2) for count in (2, 5)]
SIZES = {"hidden": 8, "length": 6, "lengths": [4, 6], "steps": 5, "questions": 10}


def layer() -> DiscreteHopfieldLayer:
    return DiscreteHopfieldLayer(8)


def test_twins_that_differ_in_nothing_end_alike():
    run = train_twins({"one": Twin(layer), "other": Twin(layer)}, TRAIN, TESTS, seed=3, **SIZES)
    one, other = (run.accuracy[run.accuracy["variant"] == name] for name in ("one", "other"))
    assert one["value"].tolist() == other["value"].tolist()
    losses = run.losses.pivot(index="update", columns="variant", values="loss")
    assert len(losses) == SIZES["steps"]
    assert losses["one"].tolist() == losses["other"].tolist()


def test_a_twin_is_a_network_trained_and_asked_by_hand():
    run = train_twins({"few": Twin(layer, kept=3)}, TRAIN, TESTS, seed=1, **SIZES)
    torch.manual_seed(1)
    network = RecallNetwork(TRAIN.width, TRAIN.labels, layer(), hidden=8, kept=3)
    losses = train_recall(network, TRAIN, length=6, steps=5, generator=torch.Generator().manual_seed(1))
    assert run.losses["loss"].tolist() == losses.tolist()
    assert run.parameters == {"few": sum(tensor.numel() for tensor in network.parameters())}
    for row in run.accuracy.to_dict("records"):
        films = {2: TESTS[0], 5: TESTS[1]}[row["scenes"]]
        generator = torch.Generator().manual_seed(10_001)
        assert row["value"] == recall_accuracy(network, films, length=row["L"], count=10, generator=generator)


def test_films_too_short_for_their_scenes_are_passed_over():
    accuracy = train_twins({"one": Twin(layer)}, TRAIN, TESTS, seed=0, **SIZES).accuracy
    assert list(zip(accuracy["scenes"], accuracy["L"], strict=True)) == [(2, 4), (2, 6), (5, 6)]
    assert set(accuracy["n"]) == {10}


def test_torchs_own_generator_is_left_where_it_was():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_twins({"one": Twin(layer)}, TRAIN, [], seed=0, **SIZES)
    assert torch.equal(torch.rand(3), expected)


def test_without_tests_there_is_an_empty_table_and_without_twins_an_error():
    accuracy = train_twins({"one": Twin(layer)}, TRAIN, [], seed=0, **SIZES).accuracy
    pd.testing.assert_index_equal(
        accuracy.columns, pd.Index(["variant", "noise", "scenes", "L", "value", "n"])
    )
    with pytest.raises(ValueError, match="number of twins must be at least 1"):
        train_twins({}, TRAIN, TESTS, seed=0, **SIZES)
