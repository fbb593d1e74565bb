import numpy as np
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
    with pytest.raises(ValueError, match=f"count must be at least 1, but is {count}"):
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
    with pytest.raises(TypeError, match=r"edges must be a floating-point tensor, but is torch.int64"):
        RectangularBasis.from_edges(torch.tensor([0, 1]))


@given(count=st.integers(1, 5000), dtype=st.sampled_from([torch.float16, torch.bfloat16, torch.float32]))
def test_casting_moves_no_edge(count, dtype):
    basis = RectangularBasis(count, (-0.5, 1.5))
    before = basis.edges.clone()
    assert torch.equal(basis.to(dtype).edges, before)
    assert torch.equal(basis.half().bfloat16().float().edges, before)


def test_a_basis_holds_no_float64_that_a_device_could_refuse():
    assert not any(tensor.is_floating_point() for tensor in RectangularBasis(5).state_dict().values())


def test_bits_that_were_cast_after_all_are_named():
    with pytest.raises(TypeError, match=r"kept as torch.int64, but were cast to torch.float16"):
        _ = RectangularBasis(3).type(torch.float16).edges


@pytest.mark.parametrize("edges", [[0, 0.5, 1], (0.0, 0.5, 1.0), np.array([0.0, 0.5, 1.0])])
def test_plain_numbers_are_edges(edges, without_shape_checks):
    basis = RectangularBasis.from_edges(edges)
    assert basis.edges.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("edges", ["abc", [0.0, "x"], None])
def test_what_is_no_number_is_no_edge(edges, without_shape_checks):
    with pytest.raises((TypeError, ValueError), match="edges must be"):
        RectangularBasis.from_edges(edges)


@pytest.mark.parametrize("support", [5, "01", (0, "1"), None, (0.0, 1.0, 2.0)])
def test_a_support_of_other_things_is_refused(support, without_shape_checks):
    with pytest.raises(TypeError, match=r"support must be (two numbers|a number)"):
        RectangularBasis(2, support)


def test_a_support_may_be_a_list(without_shape_checks):
    assert RectangularBasis(2, [0, 1]).support == (0.0, 1.0)


def test_bins_come_back_from_a_state_dict_whatever_they_are():
    saved = RectangularBasis.from_edges([-0.5, 0.1, 0.7, 1.5])
    basis = RectangularBasis(9)
    basis.load_state_dict(saved.state_dict())
    assert torch.equal(basis.edges, saved.edges)
    assert (basis.count, basis.support) == (3, (-0.5, 1.5))
    assert basis.locate(torch.tensor([1.2])).tolist() == [2]


def test_bins_that_were_saved_as_numbers_are_read():
    basis = RectangularBasis(9)
    basis.load_state_dict({"edges": torch.tensor([0.0, 0.25, 1.0], dtype=torch.float64)})
    assert basis.edges.tolist() == [0.0, 0.25, 1.0]
    assert basis.count == 2


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            {"edges": torch.tensor([0.0, 0.25, 1.0], dtype=torch.bfloat16)},
            "edges must be of torch.float32 or",
        ),
        (
            {"edge_bits": torch.tensor([1.0, 0.5, 0.0]).double().view(torch.int64)},
            "must hold times that increase",
        ),
        (
            {"edge_bits": torch.tensor([0.0, 0.5, torch.nan]).double().view(torch.int64)},
            "edge_bits must be finite",
        ),
        ({"_extra_state": torch.tensor([1, 2])}, "settings in JSON, but they cannot be read"),
        ({"_extra_state": torch.tensor(list(b'{"count": 2}'))}, "must come with the setting 'kind'"),
    ],
)
def test_a_state_that_is_no_basis_is_refused_and_changes_nothing(state, message):
    basis = RectangularBasis(2)
    with pytest.raises(RuntimeError, match=message):
        basis.load_state_dict({**RectangularBasis(2).state_dict(), **state})
    assert basis.edges.tolist() == [0.0, 0.5, 1.0]
    assert basis.support == (0.0, 1.0)
