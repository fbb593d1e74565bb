import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cmhn.attention import logsumexp
from cmhn.attention.logsumexp import log_sum_exp_product


def _directly(left, right):
    return torch.logsumexp(left[:, None] + right[None], dim=-1)


@given(
    seed=st.integers(0, 2**31),
    left=st.integers(1, 5),
    right=st.integers(1, 5),
    count=st.integers(1, 9),
    scale=st.sampled_from([0.0, 1.0, 50.0, 500.0, 1e5]),
)
def test_it_is_the_log_sum_exp_of_every_pair(make, seed, left, right, count, scale):
    u, v = scale * make.normal(left, count, seed=seed), scale * make.normal(right, count, seed=seed + 1)
    torch.testing.assert_close(log_sum_exp_product(u, v), _directly(u, v))


def test_rows_that_disagree_beyond_the_range_of_float64_are_summed_directly():
    u = torch.tensor([[0.0, -5000.0, -900.0]], dtype=torch.float64)
    v = torch.tensor([[-5000.0, 0.0, -900.0], [0.0, -1.0, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(log_sum_exp_product(u, v), _directly(u, v))


def test_tiles_change_nothing(make, monkeypatch):
    u, v = 300 * make.normal(3, 50), 300 * make.normal(4, 50, seed=1)
    expected = _directly(u, v)
    monkeypatch.setattr(logsumexp, "_TILE", 7)
    monkeypatch.setattr(logsumexp, "_ENTRIES", 5)
    torch.testing.assert_close(log_sum_exp_product(u, v), expected)


@pytest.mark.parametrize("scale", [1.0, 2000.0])
def test_gradients_agree_with_finite_differences(make, scale):
    u, v = make.normal(3, 4).requires_grad_(), make.normal(2, 4, seed=1).requires_grad_()
    # the large scale takes the direct way; its slopes are smooth in logits, so logits are what is varied
    shift = scale * torch.tensor([[0.0, -1.0, -1.0, -1.0]], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda a, b: log_sum_exp_product(a + shift, b - shift - scale), (u, v))


def test_single_precision_stays_single(make):
    u, v = make.normal(3, 4, dtype=torch.float32), make.normal(2, 4, seed=1, dtype=torch.float32)
    answer = log_sum_exp_product(u, v)
    assert answer.dtype == torch.float32
    torch.testing.assert_close(answer, _directly(u, v))


def test_nothing_to_sum_is_refused():
    with pytest.raises(ValueError, match=r"left and right must have at least one column, but are empty"):
        log_sum_exp_product(torch.empty(2, 0), torch.empty(3, 0))
