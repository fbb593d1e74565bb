"""λ is chosen on validation items, and the control reads nothing of a sound but its length."""

import numpy as np
import pytest
import torch

from cmhn.baselines import RidgeRegression
from cmhn.evaluation.untrained import choose_ridge, length_control
from cmhn.ranking import Gallery, mean_reciprocal_rank


def _validation():
    return [Gallery(np.arange(40, 60), list(range(20)))]


def test_the_ridge_with_the_best_validation_rank_is_kept(make):
    hidden = make.normal(60, 3, dtype=torch.float32)
    states = {
        name: hidden @ make.normal(3, width, seed=7 + place, dtype=torch.float32)
        + 0.5 * make.normal(60, width, seed=70 + place, dtype=torch.float32)
        for place, (name, width) in enumerate(make.widths.items())
    }
    stored = np.arange(40)
    kept = {name: x[:40] for name, x in states.items()}
    tried = (1e-3, 1.0, 1e3)

    def score(ridge):
        return mean_reciprocal_rank(ridge, states, _validation())

    best = choose_ridge(states, stored, _validation(), ridges=tried)
    assert score(best) == max(score(RidgeRegression(kept, ridge=one)) for one in tried)
    only = choose_ridge(states, stored, _validation(), ridges=(1e3,))
    expected = RidgeRegression(kept, ridge=1e3)
    torch.testing.assert_close(only.maps["text", "audio"], expected.maps["text", "audio"])
    with pytest.raises(ValueError, match="ridges must hold at least one λ, but are empty"):
        choose_ridge(states, stored, _validation(), ridges=())


def test_the_control_sees_lengths_in_place_of_sounds(toy, make):
    triples = toy(24)
    states = make.states(48, dtype=torch.float32)
    _, known = length_control(triples, states, np.arange(30))
    torch.testing.assert_close(
        known["audio"][:, 0].exp(), torch.from_numpy(triples.table["seconds"].to_numpy(np.float32))
    )
    torch.testing.assert_close(known["text"][:, :-1], states["text"])
    letters = triples.table["caption"].str.len().to_numpy(np.float32)
    torch.testing.assert_close(known["text"][:, -1].exp(), torch.from_numpy(letters))
    # A thing's sound is the longer the more letters its caption has: the control expects it, and no more.
    silent = {name: torch.zeros_like(x) for name, x in states.items()}
    control, known = length_control(triples, silent, np.arange(30))
    lengths = known["audio"][30:, 0]
    expected = lengths[control.scores("text", known["text"][30:], "audio", lengths[:, None]).argmax(dim=1)]
    assert torch.corrcoef(torch.stack([expected, lengths]))[0, 1] > 0.8


def test_the_control_does_not_read_the_sounds(toy, make):
    states = make.states(48, dtype=torch.float32)
    control, known = length_control(toy(24), states, np.arange(30))
    other, same = length_control(toy(24), {**states, "audio": states["audio"] + 1}, np.arange(30))
    asked = ("vision", known["vision"], "audio", known["audio"])
    torch.testing.assert_close(control.scores(*asked), other.scores(*asked))
    torch.testing.assert_close(known["audio"], same["audio"])


def test_where_all_sounds_are_equally_long_there_is_no_control(toy, make):
    assert (
        length_control(toy(24, equally_long=True), make.states(48, dtype=torch.float32), np.arange(30))
        is None
    )
