import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import BSplineBasis, GaussianBasis, RectangularBasis, frame_times, ridge_fit
from chmnet.ridge import _ridge_operator, fit_sequences


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
    with pytest.raises(ValueError, match=r"times must be one per frame, shape \(2,\)"):
        ridge_fit(_frames(2), torch.tensor([0.5]), RectangularBasis(2), 0.5)


def test_times_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="times must be finite"):
        ridge_fit(_frames(2), torch.tensor([0.5, float("nan")]), RectangularBasis(2), 0.5)


def test_whole_number_times_are_refused(without_shape_checks):
    with pytest.raises(TypeError, match="times must be a floating-point tensor"):
        ridge_fit(_frames(2), torch.tensor([0, 1]), RectangularBasis(2), 0.5)


@pytest.mark.parametrize("ridge", [-0.5, float("nan"), float("inf")])
def test_a_ridge_below_zero_is_refused(ridge):
    with pytest.raises(ValueError, match=f"ridge must be finite and at least 0, but is {ridge}"):
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
    with pytest.raises(TypeError, match=r"frames must be a floating-point tensor, but is torch.uint8"):
        ridge_fit(torch.zeros(2, 3, dtype=torch.uint8), None, RectangularBasis(2), 0.5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("basis", [RectangularBasis(3), GaussianBasis(3), BSplineBasis(5)])
def test_frames_in_half_precision_are_summed_in_float32(dtype, basis):
    """A bin of 3000 frames: neither their sum nor their number has a place in half precision."""
    t = torch.linspace(0, 20, 9000)[:, None]
    frames = (9 * torch.sin(t + torch.linspace(0, 3, 4))).to(dtype)
    fitted = ridge_fit(frames, None, basis, 0.5)
    assert fitted.dtype == dtype
    assert torch.equal(fitted, ridge_fit(frames.float(), None, basis, 0.5).to(dtype))


@pytest.mark.parametrize("basis", [RectangularBasis(3), GaussianBasis(3), BSplineBasis(5)])
def test_an_autocast_region_does_not_touch_the_fit(basis):
    frames = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = ridge_fit(frames, None, basis, 0.5)
    assert torch.equal(inside, ridge_fit(frames, None, basis, 0.5))


@pytest.mark.parametrize("ridge", [0.0, 1e-12, 0.5])
@pytest.mark.parametrize("basis", [RectangularBasis(4), GaussianBasis(4), BSplineBasis(5)])
def test_under_a_transform_a_fit_is_the_fit(basis, ridge):
    frames = torch.randn(3, 11, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    times = torch.rand(3, 11, generator=torch.Generator().manual_seed(1), dtype=torch.float64).sort(1).values
    together = torch.func.vmap(lambda x, t: ridge_fit(x, t, basis, ridge))(frames, times)
    alone = torch.stack([ridge_fit(x, t, basis, ridge) for x, t in zip(frames, times, strict=True)])
    torch.testing.assert_close(together, alone, rtol=1e-6, atol=1e-8)


@given(
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    ridge=st.sampled_from([0.0, 1e-12, 0.5]),
    kind=st.sampled_from([RectangularBasis, GaussianBasis, BSplineBasis]),
    seed=st.integers(0, 2**31),
)
def test_sequences_of_unequal_length_are_fitted_as_each_alone(lengths, ridge, kind, seed):
    generator = torch.Generator().manual_seed(seed)
    basis = kind(5)
    frames = torch.randn(len(lengths), 14, 2, generator=generator, dtype=torch.float64)
    order = torch.rand(len(lengths), 14, generator=generator).argsort(1)
    mask = order < torch.tensor(lengths)[:, None]
    together = fit_sequences(frames, mask, basis, ridge)
    for one, there, found in zip(frames, mask, together, strict=True):
        expected = ridge_fit(one[there], None, basis, ridge)
        size = float(expected.abs().max()) + 1
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6 * size)


@pytest.mark.parametrize("frames", [[[1.0, 2.0]], 3.0, None])
def test_what_is_no_tensor_is_named(frames, without_shape_checks):
    with pytest.raises(TypeError, match=r"frames must be a torch.Tensor, but is"):
        ridge_fit(frames, None, RectangularBasis(2), 0.5)


def test_coefficients_that_leave_float16_are_refused():
    frames = torch.tensor([[6e4], [-6e4]] * 8).half()
    with pytest.raises(ValueError, match=r"coefficients of frames in torch.float16 must be finite"):
        ridge_fit(frames, None, BSplineBasis(16), 0.0)


BASES = {
    "bins": (512, lambda: RectangularBasis(32)),
    "narrow bells": (512, lambda: GaussianBasis(32)),
    "wide bells": (512, lambda: GaussianBasis(32, width=0.15)),
    "splines": (512, lambda: BSplineBasis(32)),
    "splines of more functions than frames": (50, lambda: BSplineBasis(60)),
}


@pytest.mark.parametrize("gradient", [False, True])
@pytest.mark.parametrize("ridge", [0.0, 1e-12, 1e-10, 1e-6, 1e-3, 0.5])
@pytest.mark.parametrize("name", BASES)
def test_a_fit_in_float32_is_that_in_float64_where_float32_can_hold_it(name, ridge, gradient):
    length, build = BASES[name]
    basis, frames = build(), _frames(length, 5).cumsum(dim=0)
    frames = frames / frames.abs().max()
    narrow = frames.float().requires_grad_(gradient)
    fitted = ridge_fit(narrow, None, basis, ridge).detach()
    design = basis.evaluate(frame_times(length)).detach()
    eps = torch.finfo(torch.float32).eps
    least = 0.0 if name == "bins" else eps**2 * float(design.square().sum())
    expected = ridge_fit(narrow.detach().double(), None, basis, max(ridge, least))
    # What is compared is the signal: coefficients of wide functions cancel in it.
    torch.testing.assert_close(design.mT @ fitted.double(), design.mT @ expected.detach(), rtol=0, atol=4e-3)


@pytest.mark.parametrize("ridge", [0.0, 1e-12, 1e-10])
def test_wide_bells_without_a_ridge_still_follow_their_frames_in_float32(ridge):
    frames = torch.sin(torch.linspace(0, 6, 512))[:, None]
    basis = GaussianBasis(32, width=0.15)
    fitted = ridge_fit(frames, None, basis, ridge)
    signal = basis.evaluate(frame_times(512)).mT @ fitted.double()
    torch.testing.assert_close(signal.detach(), frames.double(), rtol=0, atol=5e-3)


def test_columns_are_fitted_as_if_they_were_alone(monkeypatch):
    monkeypatch.setattr("chmnet.ridge._AT_ONCE", 50)
    frames, basis = _frames(20, 7, dtype=torch.float32), GaussianBasis(4)
    parts = [ridge_fit(frames[:, [column]], None, basis, 0.5) for column in range(7)]
    torch.testing.assert_close(ridge_fit(frames, None, basis, 0.5), torch.cat(parts, dim=1))


@pytest.mark.parametrize("support", [(0.0, 1.0), (-0.5, 1.5)])
def test_a_frame_on_an_edge_is_in_the_bin_that_begins_there(support):
    first, last = (int(2 * end) for end in support)
    for length in range(1, 130):
        odd = 2 * torch.arange(length) + 1  # the times are odd / 2 L
        for count in range(1, length + 1):
            # floor((t − start) / width) in whole numbers.
            exact = (odd - first * length) * count // ((last - first) * length)
            located = RectangularBasis(count, support).locate(frame_times(length))
            assert torch.equal(located, exact), (length, count)
