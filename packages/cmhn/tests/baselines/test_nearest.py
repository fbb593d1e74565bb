import pytest
import torch

from cmhn.baselines import NearestTriple


def test_the_nearest_triple_gives_its_other_part(make):
    stored = make.states(9)
    model = NearestTriple(stored)
    queries = stored["text"] * 3 + 0.01
    assert torch.equal(model.complete("text", queries, "audio"), stored["audio"])
    scores = model.scores("text", queries, "audio", stored["audio"])
    torch.testing.assert_close(scores.diagonal(), torch.ones(9).double())


def test_nothing_stored_is_refused(make):
    with pytest.raises(ValueError, match=r"stored must hold at least one triple, but is empty"):
        NearestTriple(make.states(0))
