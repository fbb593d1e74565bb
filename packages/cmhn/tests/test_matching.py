import pytest
import torch
from torch.nn.functional import normalize

from cmhn.losses import match_scores
from cmhn.matching import HarmonicMatcher
from cmhn.training import train

WIDTHS = {"text": 10, "vision": 8, "audio": 6}


def _triples(make, count, seed=0):
    hidden = make.normal(count, 4, seed=seed, dtype=torch.float32)
    return {
        name: normalize(
            hidden @ make.normal(4, width, seed=50 + place, dtype=torch.float32)
            + 0.1 * make.normal(count, width, seed=100 + seed + place, dtype=torch.float32),
            dim=1,
        )
        for place, (name, width) in enumerate(WIDTHS.items())
    }


def _matcher(make, count=40):
    torch.manual_seed(0)
    matcher = HarmonicMatcher(WIDTHS, 5)
    matcher.store(_triples(make, count))
    return matcher.requires_grad_(False)


def test_scores_are_those_of_the_two_energies(make):
    matcher, unseen = _matcher(make), _triples(make, 6, seed=7)
    left, right = {"text": unseen["text"]}, {"audio": unseen["audio"]}
    u = {name: matcher.embed(name, x) for name, x in {**left, **right}.items()}
    expected = match_scores(matcher.harmonic, {"text": u["text"]}, {"audio": u["audio"]})
    expected = expected + matcher.log_weight.exp() * match_scores(matcher.recall, left, right)
    torch.testing.assert_close(matcher.scores("text", unseen["text"], "audio", unseen["audio"]), expected)


def test_the_harmonic_scores_are_cosines_on_a_scale(make):
    matcher, unseen = _matcher(make), _triples(make, 6, seed=7)
    cosines = matcher.embed("text", unseen["text"]) @ matcher.embed("vision", unseen["vision"]).mT
    scores = matcher.harmonic_scores("text", unseen["text"], "vision", unseen["vision"])
    offset = scores - 4 * matcher.harmonic.gamma * cosines
    torch.testing.assert_close(offset, offset.mean().expand_as(offset), atol=1e-4, rtol=0)


def test_without_a_memory_the_harmonic_term_is_left(make):
    torch.manual_seed(0)
    matcher, unseen = HarmonicMatcher(WIDTHS, 5).requires_grad_(False), _triples(make, 6, seed=7)
    arguments = ("text", unseen["text"], "vision", unseen["vision"])
    torch.testing.assert_close(matcher.scores(*arguments), matcher.harmonic_scores(*arguments))


def test_training_moves_projections_and_gamma_alone(make):
    torch.manual_seed(0)
    matcher = HarmonicMatcher(WIDTHS, 5)
    trained = {name for name, parameter in matcher.named_parameters() if parameter.requires_grad}
    assert trained == {f"projections.{name}.weight" for name in WIDTHS} | {"harmonic.root_gamma"}
    before = matcher.harmonic.gamma.item()
    generator = torch.Generator().manual_seed(0)
    history = train(
        matcher.parameters(), matcher.loss, _triples(make, 64), epochs=10, batch_size=16,
        learning_rate=0.02, generator=generator,
    )  # fmt: skip
    assert history[-1] < history[0]
    assert matcher.harmonic.gamma.item() != before


def test_calibration_lowers_the_contrast_and_leaves_the_projections(make):
    matcher = _matcher(make)
    matcher.requires_grad_(True)
    projections = [parameter.clone() for parameter in matcher.projections.parameters()]
    patterns = matcher.recall.memory.patterns.clone()
    history = matcher.calibrate([_triples(make, 12, seed=7), _triples(make, 12, seed=8)], steps=15)
    assert history[-1] < history[0]
    for before, after in zip(projections, matcher.projections.parameters(), strict=True):
        torch.testing.assert_close(before, after)
    torch.testing.assert_close(patterns, matcher.recall.memory.patterns)


def test_calibrations_contrast_is_that_of_the_scores(make):
    matcher, gallery = _matcher(make), _triples(make, 9, seed=7)
    matcher.requires_grad_(True)
    (first,) = matcher.calibrate([gallery], steps=1, learning_rate=1e-12)
    with torch.no_grad():
        again = matcher._contrast(*matcher._products(gallery))
        truth = torch.arange(9)
        losses = [
            torch.nn.functional.cross_entropy(s, truth) + torch.nn.functional.cross_entropy(s.mT, truth)
            for c, d in (("text", "vision"), ("text", "audio"), ("vision", "audio"))
            for s in [matcher.scores(c, gallery[c], d, gallery[d])]
        ]
    assert float(again) == pytest.approx(first, rel=1e-5)
    assert float(sum(losses)) / 6 == pytest.approx(first, rel=1e-4)


def test_what_does_not_fit_is_refused(make):
    matcher, triples = _matcher(make), _triples(make, 4)
    with pytest.raises(ValueError, match="galleries must hold at least one of two or more triples"):
        matcher.calibrate([{name: x[:1] for name, x in triples.items()}])
    with pytest.raises(ValueError, match="patterns must have a part in every modality"):
        matcher.store({"text": triples["text"]})
    with pytest.raises(ValueError, match="states must hold at least two modalities"):
        matcher.loss({"text": triples["text"]})
    with pytest.raises(ValueError, match=r"states\['text'\] must be of shape \[B, 10\]"):
        matcher.loss({**triples, "text": triples["vision"]})
    with pytest.raises(ValueError, match="dimension must be at least 1, but is 0"):
        HarmonicMatcher(WIDTHS, 0)
    with pytest.raises(ValueError, match=r"beta must be finite and above 0, but is 0\.0"):
        HarmonicMatcher(WIDTHS, 4, beta=0.0)
