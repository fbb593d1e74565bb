"""What holds for every exact way of taking the softmax over patterns."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cmhn import AdaptiveAttention, FusedAttention, PlainAttention, TiledAttention

WAYS = {
    "tiles of one": TiledAttention(1, 1),
    "tiles": TiledAttention(3, 2),
    "one tile": TiledAttention(),
    "fused": FusedAttention(),
    "fused with plain sums": FusedAttention(PlainAttention()),
    "adaptive, small": AdaptiveAttention(),
    "adaptive, large": AdaptiveAttention(1),
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@ways
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(
    seed=st.integers(0, 2**31),
    batch=st.integers(1, 5),
    count=st.integers(1, 11),
    scale=st.sampled_from([0.1, 1.0, 30.0, 1e3]),
)
def test_every_way_gives_the_plain_answer(make, way, dtype, seed, batch, count, scale):
    queries = scale * make.normal(batch, 5, seed=seed, dtype=dtype)
    patterns = make.normal(count, 5, seed=seed + 1, dtype=dtype)
    plain, other = PlainAttention().attend(queries, patterns), way.attend(queries, patterns)
    # rounding of logits as large as the scale moves a weight by as much as the rounding
    tolerance = 1e-5 * max(1.0, scale) if dtype == torch.float32 else 1e-9
    torch.testing.assert_close(other.mean, plain.mean, atol=tolerance, rtol=tolerance)
    torch.testing.assert_close(other.log_partition, plain.log_partition, atol=tolerance, rtol=1e-5)


@ways
def test_at_ordinary_size_in_single_precision_they_agree_to_1e_5(make, way):
    patterns = torch.nn.functional.normalize(make.normal(5000, 64, dtype=torch.float32), dim=1)
    queries = 20 * patterns[:8] + make.normal(8, 64, dtype=torch.float32)
    few = TiledAttention(512, 3) if way == WAYS["tiles of one"] else way
    plain, other = PlainAttention().attend(queries, patterns), few.attend(queries, patterns)
    torch.testing.assert_close(other.mean, plain.mean, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(other.log_partition, plain.log_partition, atol=1e-5, rtol=1e-5)


@ways
def test_the_definition(make, way):
    queries, patterns = make.normal(2, 3), make.normal(4, 3, seed=1)
    weights = (queries @ patterns.mT).exp()
    total = weights.sum(dim=1, keepdim=True)
    answer = way.attend(queries, patterns)
    torch.testing.assert_close(answer.mean, weights / total @ patterns)
    torch.testing.assert_close(answer.log_partition, total[:, 0].log())


@ways
def test_only_what_is_wanted_is_given(make, way):
    queries, patterns = make.normal(2, 3), make.normal(4, 3, seed=1)
    assert way.attend(queries, patterns, partition=False).log_partition is None
    assert way.attend(queries, patterns, mean=False).mean is None


@ways
def test_gradients_agree_with_finite_differences(make, way):
    queries, patterns = make.normal(3, 2).requires_grad_(), make.normal(5, 2, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda q, m: tuple(way.attend(q, m)), (queries, patterns))


@ways
def test_logits_of_a_million_neither_overflow_nor_give_nan(make, way):
    queries, patterns = 1e6 * make.normal(3, 4, dtype=torch.float32), make.normal(9, 4, dtype=torch.float32)
    answer = way.attend(queries, patterns)
    assert torch.isfinite(answer.mean).all()
    assert torch.isfinite(answer.log_partition).all()


@ways
def test_no_query_gives_no_answer(make, way):
    answer = way.attend(make.normal(0, 3), make.normal(4, 3))
    assert answer.mean.shape == (0, 3)
    assert answer.log_partition.shape == (0,)


@pytest.mark.parametrize("name", ["patterns_at_once", "queries_at_once"])
def test_empty_tiles_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, but is 0"):
        TiledAttention(**{name: 0})


def test_a_limit_below_one_is_refused():
    with pytest.raises(ValueError, match=r"entries must be at least 1, but is 0"):
        AdaptiveAttention(0)
