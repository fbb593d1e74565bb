"""What holds for all baselines; what each promises is tested beside it."""

import pytest
import torch

from cmhn.baselines import (
    CLOOB,
    CoAttentionMatcher,
    ContrastiveProjection,
    Matcher,
    MemoryBridge,
    NearestTriple,
    RidgeRegression,
    complete_from,
    count_parameters,
)
from cmhn.training import train

WIDTHS = {"text": 10, "vision": 8, "audio": 6}
TRAINED = {
    "clip": lambda: ContrastiveProjection(WIDTHS, 8),
    "cloob": lambda: CLOOB(WIDTHS, 8),
    "co-attention": lambda: CoAttentionMatcher(WIDTHS, tokens=2, token_width=8, heads=2, layers=1),
    "bridge": lambda: MemoryBridge(WIDTHS, 16),
}
trained = pytest.mark.parametrize("make_one", TRAINED.values(), ids=TRAINED)


def _triples(make, count, seed=0):
    """Three linear views of one hidden cause, with a little noise."""
    hidden = make.normal(count, 4, seed=seed, dtype=torch.float32)
    return {
        name: hidden @ make.normal(4, width, seed=50 + place, dtype=torch.float32)
        + 0.05 * make.normal(count, width, seed=100 + seed + place, dtype=torch.float32)
        for place, (name, width) in enumerate(WIDTHS.items())
    }


def _recall(matcher, triples, source="text", target="vision"):
    scores = matcher.scores(source, triples[source], target, triples[target])
    return float((scores.argmax(dim=1) == torch.arange(len(scores))).double().mean())


@trained
def test_training_finds_the_pairs_of_unseen_items(make, make_one):
    torch.manual_seed(0)
    model, unseen = make_one(), _triples(make, 32, seed=7)
    history = train(
        model.parameters(),
        model.loss,
        _triples(make, 128),
        epochs=20,
        batch_size=16,
        learning_rate=0.01,
        generator=torch.Generator().manual_seed(0),
    )
    assert history[-1] < history[0]
    with torch.no_grad():
        # chance is 1 / 32
        assert _recall(model, unseen) > 0.3
        assert _recall(model, unseen, "audio", "text") > 0.3


def test_untrained_baselines_find_the_pairs_too(make):
    stored, unseen = _triples(make, 256), _triples(make, 32, seed=7)
    assert _recall(RidgeRegression(stored), unseen) > 0.8
    assert _recall(NearestTriple(stored), unseen) > 0.2


@trained
def test_every_pair_is_scored_alone(make, make_one):
    torch.manual_seed(0)
    model, triples = make_one(), _triples(make, 6)
    with torch.no_grad():
        scores = model.scores("text", triples["text"][:4], "audio", triples["audio"])
        assert isinstance(model, Matcher)
        assert scores.shape == (4, 6)
        one = model.scores("text", triples["text"][2:3], "audio", triples["audio"][5:])
        torch.testing.assert_close(scores[2:3, 5:], one, atol=1e-5, rtol=1e-5)


@trained
def test_all_parameters_are_counted_and_trained(make, make_one):
    model = make_one()
    assert count_parameters(model) == sum(p.numel() for p in model.parameters())
    model.loss(_triples(make, 8)).backward()
    assert all(p.grad is not None for p in model.parameters())


@trained
def test_states_that_do_not_fit_are_refused(make, make_one):
    triples = _triples(make, 4)
    with pytest.raises(ValueError, match=r"states\['text'\] must be of shape \[B, 10\], but has shape"):
        make_one().loss({**triples, "text": triples["vision"]})
    with pytest.raises(ValueError, match=r"states must have one batch size for all modalities"):
        make_one().loss({**triples, "text": triples["text"][:2]})


def test_completion_by_scores_takes_the_best_stored_item(make):
    stored = _triples(make, 20)
    matcher = RidgeRegression(stored, ridge=1e-3)
    found = complete_from(matcher, "text", stored["text"], "vision", stored["vision"])
    assert (found == stored["vision"]).all(dim=1).float().mean() > 0.8
    with pytest.raises(ValueError, match=r"stored must hold at least one item, but is empty"):
        complete_from(matcher, "text", stored["text"], "vision", stored["vision"][:0])


def test_parameters_of_clip_are_its_projections_and_its_temperature():
    assert count_parameters(ContrastiveProjection(WIDTHS, 8)) == (10 + 8 + 6) * 8 + 1
    assert count_parameters(CLOOB(WIDTHS, 8)) == (10 + 8 + 6) * 8
    slots = 16 * (10 + 8 + 6)
    assert count_parameters(MemoryBridge(WIDTHS, 16)) == slots + 2 * slots + 1
