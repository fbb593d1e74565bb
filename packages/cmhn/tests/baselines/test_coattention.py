import pytest
import torch

from cmhn.baselines import CoAttentionMatcher

WIDTHS = {"text": 4, "vision": 6}


def test_chunks_of_pairs_change_nothing(make):
    torch.manual_seed(0)
    whole = CoAttentionMatcher(WIDTHS, token_width=8, heads=2)
    few = CoAttentionMatcher(WIDTHS, token_width=8, heads=2, pairs_at_once=4)
    few.load_state_dict(whole.state_dict())
    states = make.states(5, widths=WIDTHS, dtype=torch.float32)
    with torch.no_grad():
        torch.testing.assert_close(
            few.scores("text", states["text"], "vision", states["vision"]),
            whole.scores("text", states["text"], "vision", states["vision"]),
            atol=1e-6,
            rtol=1e-5,
        )


def test_a_pair_scores_alike_from_either_side(make):
    torch.manual_seed(0)
    model = CoAttentionMatcher(WIDTHS, token_width=8, heads=2)
    states = make.states(5, widths=WIDTHS, dtype=torch.float32)
    with torch.no_grad():
        forth = model.scores("text", states["text"], "vision", states["vision"])
        back = model.scores("vision", states["vision"], "text", states["text"])
    torch.testing.assert_close(forth, back.mT, atol=1e-6, rtol=1e-5)


def test_the_streams_look_at_each_other(make):
    torch.manual_seed(0)
    model = CoAttentionMatcher(WIDTHS, token_width=8, heads=2)
    states = make.states(6, widths=WIDTHS, dtype=torch.float32)
    with torch.no_grad():
        scores = model.scores("text", states["text"], "vision", states["vision"])
    # A product of independent towers of this width would have at most its rank; attention leaves no such bound.
    assert torch.linalg.matrix_rank(scores - scores.mean()) >= 5


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match=r"token_width must be a multiple of heads \(3\), but is 8"):
        CoAttentionMatcher(WIDTHS, token_width=8, heads=3)
    with pytest.raises(ValueError, match=r"layers must be at least 1, but is 0"):
        CoAttentionMatcher(WIDTHS, layers=0)
