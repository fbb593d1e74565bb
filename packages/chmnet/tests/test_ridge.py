import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import RectangularBasis, frame_times, ridge_fit
from chmnet.ridge import _ridge_operator


def _frames(length, width=3, dtype=torch.float64, seed=0):
    return torch.randn(length, width, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def _normal_equations(frames, times, basis, ridge):
    design = basis.evaluate(times)
    gram = design @ design.mT + ridge * torch.eye(basis.count, dtype=torch.float64)
    return torch.linalg.solve(gram, design @ frames)


@given(length=st.integers(1, 40), count=st.integers(1, 40), ridge=st.floats(1e-3, 1e3))
def test_segment_means_solve_the_normal_equations(length, count, ridge):
    frames, basis = _frames(length), RectangularBasis(count)
    expected = _normal_equations(frames, frame_times(length), basis, ridge)
    torch.testing.assert_close(ridge_fit(frames, None, basis, ridge), expected)


@given(length=st.integers(1, 20), count=st.integers(1, 40))
def test_without_a_ridge_the_solution_is_the_one_of_minimum_norm(length, count):
    frames, basis = _frames(length), RectangularBasis(count)
    expected = torch.linalg.pinv(basis.evaluate(frame_times(length)).mT) @ frames
    fitted = ridge_fit(frames, None, basis, 0.0)
    torch.testing.assert_close(fitted, expected)


def test_a_bin_without_frames_has_coefficient_zero():
    basis = RectangularBasis(4, (-0.5, 1.5))
    fitted = ridge_fit(_frames(6, dtype=torch.float32), None, basis, 0.0)
    assert not fitted[[0, 3]].any()
    assert torch.isfinite(fitted).all()


@pytest.mark.parametrize("length", [1, 7, 512, 1536, 4096])
def test_as_many_bins_as_frames_and_no_ridge_give_the_frames_back(length):
    frames = _frames(length, width=1)
    assert torch.equal(ridge_fit(frames, None, RectangularBasis(length), 0.0), frames)


def test_the_papers_ridge_shrinks_a_bin_of_one_frame_by_a_third():
    frames = _frames(5)
    torch.testing.assert_close(ridge_fit(frames, None, RectangularBasis(5), 0.5), frames / 1.5)


@given(ridge=st.sampled_from([0.0, 1e-300, 1e-12, 1e-3, 0.5, 100.0]))
def test_cholesky_and_singular_values_agree_with_segment_means(ridge):
    frames, times, basis = _frames(12), frame_times(12), RectangularBasis(5)
    dense = _ridge_operator(basis.evaluate(times), ridge) @ frames
    torch.testing.assert_close(dense, ridge_fit(frames, times, basis, ridge))


@given(ridge=st.sampled_from([0.0, 1e-14, 1e-9]))
def test_a_dense_fit_with_dependent_functions_stays_finite_as_the_ridge_vanishes(ridge):
    design = torch.ones(4, 6, dtype=torch.float64)
    torch.testing.assert_close(
        _ridge_operator(design, ridge), torch.full((4, 6), 1 / 24, dtype=torch.float64), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_fit_has_the_type_of_the_frames(dtype):
    assert ridge_fit(_frames(4, dtype=dtype), None, RectangularBasis(2), 0.5).dtype == dtype


def test_the_fit_is_differentiable_in_the_frames():
    frames = _frames(6).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: ridge_fit(x, None, RectangularBasis(4), 0.5), frames)


def test_times_spread_over_the_bins_they_name():
    times = torch.tensor([0.0, 0.1, 0.9, 1.0])
    fitted = ridge_fit(torch.tensor([[1.0], [3.0], [5.0], [9.0]]), times, RectangularBasis(2), 0.0)
    assert fitted.flatten().tolist() == [2.0, 7.0]


def test_frame_times_are_midpoints():
    assert frame_times(4).tolist() == [0.125, 0.375, 0.625, 0.875]


def test_unsorted_times_are_refused():
    with pytest.raises(ValueError, match="times must be sorted"):
        ridge_fit(_frames(2), torch.tensor([0.6, 0.4]), RectangularBasis(2), 0.5)


def test_times_outside_the_support_are_refused():
    with pytest.raises(ValueError, match=r"times must lie in the basis' support \(0.0, 1.0\), but span"):
        ridge_fit(_frames(2), torch.tensor([0.5, 1.5]), RectangularBasis(2), 0.5)


def test_times_of_another_length_are_refused(without_shape_checks):
    with pytest.raises(ValueError, match=r"times must be one a frame, shape \(2,\)"):
        ridge_fit(_frames(2), torch.tensor([0.5]), RectangularBasis(2), 0.5)


def test_times_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="times must be finite"):
        ridge_fit(_frames(2), torch.tensor([0.5, float("nan")]), RectangularBasis(2), 0.5)


def test_whole_number_times_are_refused(without_shape_checks):
    with pytest.raises(TypeError, match="times must be a floating-point tensor"):
        ridge_fit(_frames(2), torch.tensor([0, 1]), RectangularBasis(2), 0.5)


@pytest.mark.parametrize("ridge", [-0.5, float("nan"), float("inf")])
def test_a_ridge_below_zero_is_refused(ridge):
    with pytest.raises(ValueError, match=f"ridge must be finite and at least 0, but came as {ridge}"):
        ridge_fit(_frames(2), None, RectangularBasis(2), ridge)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_no_frames_are_refused(shape):
    with pytest.raises(ValueError, match="frames must be a matrix with at least one row and one column"):
        ridge_fit(torch.empty(shape), None, RectangularBasis(2), 0.5)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_frames_that_are_not_finite_are_refused(bad):
    frames = _frames(3)
    frames[1, 1] = bad
    with pytest.raises(ValueError, match="frames must be finite, but holds NaN or Inf"):
        ridge_fit(frames, None, RectangularBasis(2), 0.5)


def test_whole_number_frames_are_refused(without_shape_checks):
    with pytest.raises(TypeError, match=r"frames must be a floating-point tensor, but came as torch.uint8"):
        ridge_fit(torch.zeros(2, 3, dtype=torch.uint8), None, RectangularBasis(2), 0.5)
