"""Every method starts from the same encoders, and frozen features have none."""

import pytest
import torch

from cmhn.evaluation.comparison import TRAINED
from cmhn.evaluation.items import frozen_items, scene_items


def test_frozen_features_are_taken_as_they_are(make):
    features = make.states(5, dtype=torch.float32)
    items = frozen_items(features)
    assert items.widths == make.widths
    model = items.build("CLIP", 40)
    assert len(model.encoders) == 0
    assert model.features(items.inputs)["text"] is features["text"]
    # The head may be wider than the features.
    assert model.head.projections["text"].weight.shape == (40, make.widths["text"])


def test_scenes_are_prepared_row_by_row_for_small_encoders(toy):
    triples = toy(3)
    items = scene_items(triples, 8)
    assert items.widths == dict.fromkeys(("text", "vision", "audio"), 8)
    assert {name: len(x) for name, x in items.inputs.items()} == dict.fromkeys(items.widths, 6)
    # Both triples of a thing have its picture, and sounds of their own.
    assert torch.equal(items.inputs["vision"][0], items.inputs["vision"][1])
    assert not torch.equal(items.inputs["audio"][0], items.inputs["audio"][1])
    features = items.build("CLIP", 8).eval().features(items.inputs)
    for x in features.values():
        assert x.shape == (6, 8)
        torch.testing.assert_close(x.norm(dim=1), torch.ones(6))


def test_all_methods_start_from_the_same_encoders(toy):
    items = scene_items(toy(2), 8)
    starts = []
    for method in TRAINED:
        torch.manual_seed(4)
        starts.append(items.build(method, 8).encoders.state_dict())
    for start in starts[1:]:
        for name, value in starts[0].items():
            assert torch.equal(start[name], value)


def test_a_head_is_no_wider_than_the_encoders_under_it(toy):
    items = scene_items(toy(2), 8)
    assert items.build("CLIP", 32).head.projections["audio"].weight.shape == (8, 8)
    assert items.build("CLIP", 4).head.projections["audio"].weight.shape == (4, 8)


def test_an_unknown_method_is_refused(make):
    with pytest.raises(ValueError, match="method must name"):
        frozen_items(make.states(5, dtype=torch.float32)).build("ridge", 4)
