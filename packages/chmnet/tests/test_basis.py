import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import RectangularBasis


@given(count=st.integers(1, 64), times=st.lists(st.floats(0, 1), max_size=20))
def test_every_time_of_the_support_lies_in_exactly_one_bin(count, times):
    design = RectangularBasis(count).evaluate(torch.tensor(times, dtype=torch.float64))
    assert design.shape == (count, len(times))
    assert torch.equal(design.sum(0), torch.ones(len(times), dtype=torch.float64))


def test_a_bin_holds_its_left_edge_and_the_last_one_its_right_edge_too():
    basis = RectangularBasis.from_edges(torch.tensor([0.0, 0.25, 1.0]))
    assert basis.locate(torch.tensor([0.0, 0.25, 1.0])).tolist() == [0, 1, 1]


def test_outside_the_support_all_functions_are_zero():
    basis = RectangularBasis(3, (-0.5, 1.5))
    t = torch.tensor([-0.6, 1.6])
    assert basis.locate(t).tolist() == [-1, -1]
    assert not basis.evaluate(t).any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_evaluation_keeps_the_type_of_the_times(dtype):
    assert RectangularBasis(2).evaluate(torch.zeros(1, dtype=dtype)).dtype == dtype


@given(count=st.integers(1, 5000))
def test_uniform_widths_fill_the_support(count):
    basis = RectangularBasis(count, (-0.5, 1.5))
    assert basis.support == (-0.5, 1.5)
    torch.testing.assert_close(basis.widths, torch.full((count,), 2 / count, dtype=torch.float64))


def test_given_edges_are_kept():
    edges = torch.tensor([0.0, 0.1, 0.7, 1.0])
    basis = RectangularBasis.from_edges(edges)
    assert basis.count == 3
    torch.testing.assert_close(basis.edges, edges.double())
    torch.testing.assert_close(basis.widths, torch.tensor([0.1, 0.6, 0.3]).double(), atol=1e-7, rtol=0)


@pytest.mark.parametrize("count", [0, -1])
def test_no_bin_is_refused(count):
    with pytest.raises(ValueError, match=f"count must be at least 1, but came as {count}"):
        RectangularBasis(count)


def test_a_broken_count_is_refused(without_shape_checks):
    with pytest.raises(TypeError, match="count must be a whole number"):
        RectangularBasis(2.0)


@pytest.mark.parametrize("support", [(1.0, 0.0), (0.0, 0.0), (0.0, float("nan"))])
def test_a_support_that_is_no_interval_is_refused(support):
    with pytest.raises(ValueError, match="support must be finite with"):
        RectangularBasis(1, support)


@pytest.mark.parametrize("edges", [[0.0, 0.5, 0.5, 1.0], [1.0, 0.0]])
def test_edges_that_do_not_increase_are_refused(edges):
    with pytest.raises(ValueError, match="edges must increase strictly"):
        RectangularBasis.from_edges(torch.tensor(edges))


def test_a_single_edge_is_refused():
    with pytest.raises(ValueError, match="edges must be at least two"):
        RectangularBasis.from_edges(torch.tensor([0.0]))


def test_whole_number_edges_are_refused(without_shape_checks):
    with pytest.raises(TypeError, match=r"edges must be a floating-point tensor, but came as torch.int64"):
        RectangularBasis.from_edges(torch.tensor([0, 1]))
