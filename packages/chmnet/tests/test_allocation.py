from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import RectangularBasis, equal_change_edges, optimal_edges, ridge_fit
from chmnet.allocation import equal_change_edges_of_products, optimal_edges_of_products


def _normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def _error(frames, edges):
    basis = RectangularBasis.from_edges(edges)
    t = (torch.arange(len(frames)).double() + 0.5) / len(frames)
    fitted = ridge_fit(frames, None, basis, 0.0)
    return float((frames - fitted[basis.locate(t)]).square().sum())


@given(data=st.data(), seed=st.integers(0, 2**31), unit_norm=st.booleans())
def test_no_other_edges_are_better_than_the_optimal_ones(data, seed, unit_norm):
    length = data.draw(st.integers(1, 8))
    count = data.draw(st.integers(1, length))
    frames = _normal(length, 3, seed=seed)
    edges = optimal_edges(frames, count, unit_norm=unit_norm)
    if unit_norm:
        frames = torch.nn.functional.normalize(frames)
    every = (
        torch.tensor([0, *inner, length]).double() / length
        for inner in combinations(range(1, length), count - 1)
    )
    assert _error(frames, edges) == pytest.approx(min(_error(frames, e) for e in every), abs=1e-9)


def test_jumps_are_where_the_optimal_edges_are():
    frames = torch.cat([torch.full((n, 2), v) for n, v in ((3, 1.0), (7, -1.0), (2, 4.0))])
    assert (optimal_edges(frames, 3, unit_norm=False) * 12).tolist() == pytest.approx([0, 3, 10, 12])


def test_unit_norm_does_not_see_brightness():
    frames = _normal(12, 4)
    brighter = frames * torch.linspace(1, 30, 12)[:, None]
    torch.testing.assert_close(optimal_edges(brighter, 4), optimal_edges(frames, 4))


def test_black_frames_have_edges_too():
    assert optimal_edges(torch.zeros(6, 2), 3).shape == (4,)
    assert (equal_change_edges(torch.zeros(6, 2), 3) * 6).tolist() == pytest.approx([0, 2, 4, 6])


allocations = pytest.mark.parametrize("allocate", [optimal_edges, equal_change_edges])


@allocations
@given(data=st.data(), seed=st.integers(0, 2**31))
def test_each_segment_holds_a_frame(allocate, data, seed):
    length = data.draw(st.integers(1, 20))
    count = data.draw(st.integers(1, length))
    edges = allocate(_normal(length, 3, seed=seed).float(), count)
    assert edges.dtype == torch.float64
    frames_in_each = (edges * length).diff()
    torch.testing.assert_close(frames_in_each, frames_in_each.round())
    assert len(frames_in_each) == count
    assert (frames_in_each > 0.5).all()
    assert float(edges[0]) == 0.0
    assert float(edges[-1]) == 1.0


@given(length=st.integers(1, 12), factor=st.integers(1, 5))
def test_power_zero_is_uniform(length, factor):
    edges = equal_change_edges(_normal(length * factor, 2), length, power=0.0)
    torch.testing.assert_close(edges, torch.linspace(0, 1, length + 1).double())


def test_more_edges_are_where_the_signal_changes_more():
    frames = torch.cat([torch.zeros(50, 1), torch.arange(50).double()[:, None]])
    edges = equal_change_edges(frames, 10, power=1.0)
    assert int((edges > 0.5).sum()) >= 9


@allocations
def test_more_segments_than_frames_are_refused(allocate):
    with pytest.raises(ValueError, match=r"count must be at most the number of frames \(3\), but is 4"):
        allocate(_normal(3, 2), 4)
    with pytest.raises(ValueError, match="count must be at least 1, but is 0"):
        allocate(_normal(3, 2), 0)


@allocations
def test_broken_frames_are_refused(allocate):
    with pytest.raises(ValueError, match="frames must be finite"):
        allocate(torch.full((3, 2), float("nan")), 2)
    with pytest.raises(ValueError, match="frames must be a matrix"):
        allocate(torch.empty(0, 2), 1)


def test_a_negative_power_is_refused():
    with pytest.raises(ValueError, match="power must be finite and at least 0, but is -1"):
        equal_change_edges(_normal(3, 2), 2, power=-1.0)


@pytest.mark.parametrize("count", [1, 3, 12])
@pytest.mark.parametrize("unit_norm", [True, False])
def test_inner_products_are_enough_for_optimal_edges(count, unit_norm):
    frames = torch.randn(12, 5, generator=torch.Generator().manual_seed(3)).cumsum(0).double()
    edges = optimal_edges_of_products(frames @ frames.mT, count, unit_norm=unit_norm)
    torch.testing.assert_close(edges, optimal_edges(frames, count, unit_norm=unit_norm))


@pytest.mark.parametrize("count", [1, 3, 12])
@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_inner_products_are_enough_for_edges_of_equal_change(count, power):
    frames = torch.randn(12, 5, generator=torch.Generator().manual_seed(3)).cumsum(0).double()
    edges = equal_change_edges_of_products(frames @ frames.mT, count, power=power)
    torch.testing.assert_close(edges, equal_change_edges(frames, count, power=power))


@pytest.mark.parametrize("allocate", [optimal_edges, equal_change_edges])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_frames_in_half_precision_are_compared_in_float32(allocate, dtype):
    frames = (400 * _normal(20, 8)).to(dtype)
    expected = allocate(frames.float(), 6)
    assert torch.equal(allocate(frames, 6), expected)
    with torch.autocast("cpu", dtype=dtype):
        assert torch.equal(allocate(frames, 6), expected)
        assert torch.equal(allocate(frames.float(), 6), expected)
