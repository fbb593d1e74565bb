import numpy as np
import pytest
import torch
from torch import nn

from cmhn.baselines import CLOOB, count_parameters
from cmhn.evaluation.comparison import TRAINED, Budget, Encoded, LengthControl, fit
from cmhn.ranking import Gallery, chance_recall, directions, mean_reciprocal_rank, ranks

WIDTHS = {"text": 10, "vision": 8, "audio": 6}


class Given:
    """Scores that are given, whatever the features."""

    def __init__(self, scores):
        self.given = scores

    def scores(self, source, queries, target, candidates):
        return self.given


class Unscored(nn.Module):
    """A head with a loss and no scores."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def loss(self, states):
        return self.weight * sum(x.square().sum() for x in states.values())


class Keeper(Unscored):
    """A head that says what it was given to keep."""

    def scores(self, source, queries, target, candidates):
        return torch.zeros(len(queries), len(candidates))

    def store(self, states):
        self.stored = states

    def calibrate(self, galleries):
        self.galleries = galleries


def _items(make, count=60, seed=0):
    hidden = make.normal(count, 4, seed=seed, dtype=torch.float32)
    return {
        name: nn.functional.normalize(
            hidden @ make.normal(4, width, seed=50 + place, dtype=torch.float32), dim=1
        )
        for place, (name, width) in enumerate(WIDTHS.items())
    }


def test_items_of_the_querys_own_group_are_no_wrong_answers(make):
    scores = torch.tensor([[1.0, 2.0, 0.0], [5.0, 4.0, 9.0], [3.0, 2.0, 1.0]])
    items = _items(make, 3)
    alone = Gallery(np.arange(3), ["a", "b", "c"])
    assert ranks(Given(scores), items, alone, "text", "vision").tolist() == [2, 3, 3]
    twins = Gallery(np.arange(3), ["a", "a", "c"])
    assert ranks(Given(scores), items, twins, "text", "vision").tolist() == [1, 2, 3]


def test_scores_without_knowledge_earn_the_rank_of_chance(make):
    gallery = Gallery(np.arange(5), list("abcde"))
    constant = Given(torch.zeros(5, 5))
    assert ranks(constant, _items(make, 5), gallery, "text", "audio").tolist() == [3.0] * 5
    assert chance_recall(gallery, 1) == pytest.approx(0.2)
    assert chance_recall(gallery, 9) == 1.0
    assert chance_recall(Gallery(np.arange(4), list("aabb")), 1) == pytest.approx(1 / 3)


def test_there_are_six_directions():
    assert len(directions(list(WIDTHS))) == len(set(directions(list(WIDTHS)))) == 6


@pytest.mark.parametrize("method", TRAINED)
def test_every_method_is_fitted_and_beats_chance(make, method):
    items, gallery = _items(make), Gallery(np.arange(40, 60), list(range(20)))
    model = fit(
        lambda: Encoded(TRAINED[method](WIDTHS, 16)),
        items,
        np.arange(40),
        [gallery],
        Budget(epochs=15, batch_size=20, learning_rates=(0.01,)),
        seed=0,
    )
    # chance is about 0.18
    assert mean_reciprocal_rank(model.head, items, [gallery]) > 0.3
    assert count_parameters(model.head) > 0


def test_the_rate_that_is_best_on_validation_is_kept_and_a_seed_repeats_it(make):
    items, gallery = _items(make), [Gallery(np.arange(40, 60), list(range(20)))]

    def score(*rates):
        model = fit(
            lambda: Encoded(CLOOB(WIDTHS, 16)), items, np.arange(40), gallery,
            Budget(epochs=3, batch_size=20, learning_rates=rates), seed=0,
        )  # fmt: skip
        return mean_reciprocal_rank(model.head, items, gallery)

    assert score(1e-6, 0.02) == max(score(1e-6), score(0.02))


def test_what_can_store_keeps_the_items_it_was_trained_on(make):
    items, gallery = _items(make), Gallery(np.arange(40, 60), list(range(20)))
    kept = fit(
        lambda: Encoded(Keeper()), items, np.arange(40), [gallery], Budget(epochs=1, batch_size=20), seed=0
    ).head
    assert set(kept.stored) == set(WIDTHS)
    for name, x in items.items():
        torch.testing.assert_close(kept.stored[name], x[:40])
        torch.testing.assert_close(kept.galleries[0][name], x[40:])


def test_encoders_are_trained_under_the_head(make):
    encoders = {"text": nn.Linear(10, 8), "audio": nn.Linear(6, 8)}
    model = Encoded(CLOOB(dict.fromkeys(WIDTHS, 8), 4), encoders)
    model.loss(_items(make, 6)).backward()
    assert encoders["text"].weight.grad is not None
    features = model.features(_items(make, 6))
    torch.testing.assert_close(features["text"].norm(dim=1), torch.ones(6))
    torch.testing.assert_close(features["vision"], _items(make, 6)["vision"])


def test_the_control_knows_lengths_alone(make):
    features = {name: x for name, x in _items(make, 200).items() if name != "audio"}
    lengths = features["text"][:, 0] * 2 + 1
    control = LengthControl({name: x[:150] for name, x in features.items()}, lengths[:150], ridge=1e-3)
    held_out = {**{name: x[150:] for name, x in features.items()}, "audio": lengths[150:, None]}
    gallery = Gallery(np.arange(50), list(range(50)))
    found = ranks(control, held_out, gallery, "text", "audio")
    assert np.median(found) < 3
    assert (found == ranks(control, held_out, gallery, "audio", "text")).mean() > 0.5
    with pytest.raises(ValueError, match="ridge must be finite and above 0"):
        LengthControl(features, lengths, ridge=0.0)


def test_bad_settings_are_refused(make):
    with pytest.raises(ValueError, match="two groups at least, but names 3 of 1 groups"):
        Gallery(np.arange(3), ["a", "a", "a"])
    with pytest.raises(ValueError, match="learning_rates must hold at least one rate"):
        Budget(learning_rates=())
    with pytest.raises(ValueError, match="epochs must be at least 1, but is 0"):
        Budget(epochs=0)
    with pytest.raises(ValueError, match="batch_size must be at least 2, but is 1"):
        Budget(batch_size=1)
    with pytest.raises(TypeError, match="head must have a method loss, but is a Linear"):
        Encoded(nn.Linear(2, 2))
    with pytest.raises(TypeError, match="head must have a method scores, but is a Unscored"):
        Encoded(Unscored())
