import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import BSpline

from chmnet import BSplineBasis, ContinuousHopfield, GaussLegendre, RectangularBasis, frame_times, ridge_fit

times = st.lists(st.floats(0, 1), max_size=10)


@given(degree=st.integers(0, 4), extra=st.integers(1, 10), times=times)
def test_splines_are_positive_and_sum_to_one_on_the_support(degree, extra, times):
    design = BSplineBasis(degree + extra, degree=degree).evaluate(torch.tensor(times, dtype=torch.float64))
    assert design.shape == (degree + extra, len(times))
    assert (design >= 0).all()
    torch.testing.assert_close(design.sum(0), torch.ones(len(times)).double())


@given(count=st.integers(1, 20), times=times)
def test_degree_zero_is_the_rectangular_basis(count, times):
    t = torch.tensor(times, dtype=torch.float64)
    # Edges computed in two ways may differ by rounding: times too near to one are left out.
    t = t[((t * count) - (t * count).round()).abs() > 1e-9]
    assert torch.equal(BSplineBasis(count, degree=0).evaluate(t), RectangularBasis(count).evaluate(t))


def test_degree_one_joins_the_coefficients_by_lines():
    basis = BSplineBasis(3, degree=1)
    coefficients = torch.tensor([[0.0], [2.0], [1.0]]).double()
    network = ContinuousHopfield(coefficients, basis, 1.0, integration=GaussLegendre(9))
    signal = network.reconstruct(torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0]))
    torch.testing.assert_close(signal.flatten(), torch.tensor([0.0, 1.0, 2.0, 1.5, 1.0]).double())


def test_cubic_splines_hold_cubic_signals():
    t = frame_times(30)
    frames = torch.stack([t**3 - t, 1 - 2 * t**2], 1)
    basis = BSplineBasis(6)
    torch.testing.assert_close(basis.evaluate(t).mT @ ridge_fit(frames, None, basis, 0.0), frames)


def test_outside_the_support_all_functions_are_zero():
    assert not BSplineBasis(5, (-0.5, 1.5)).evaluate(torch.tensor([-0.6, 1.6])).any()


def test_given_breaks_are_where_pieces_meet():
    basis = BSplineBasis.from_breaks(torch.tensor([0.0, 0.1, 1.0]), degree=1)
    design = basis.evaluate(torch.tensor([0.0, 0.1, 1.0], dtype=torch.float64))
    torch.testing.assert_close(design, torch.eye(3).double(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_energy_never_rises_over_a_spline_memory(dtype):
    generator = torch.Generator().manual_seed(0)
    frames = 30 * torch.randn(20, 4, generator=generator).to(dtype)
    network = ContinuousHopfield.fit(frames, BSplineBasis(8), beta=10.0, integration=GaussLegendre(4, 8))
    states = network.trajectory(frames, 5)
    energies = network.energy(states).double()
    size = states.double().square().sum(-1).amax()
    assert (energies.diff(dim=0) <= 100 * torch.finfo(dtype).eps * size).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_evaluation_keeps_the_type_of_the_times(dtype):
    assert BSplineBasis(4).evaluate(torch.zeros(1, dtype=dtype)).dtype == dtype


def test_fewer_functions_than_a_degree_needs_are_refused():
    with pytest.raises(ValueError, match="count must be at least 4, but is 3"):
        BSplineBasis(3)


def test_a_negative_degree_is_refused():
    with pytest.raises(ValueError, match="degree must be at least 0, but is -1"):
        BSplineBasis(3, degree=-1)


def test_breaks_that_do_not_increase_are_refused():
    with pytest.raises(ValueError, match="breaks must increase strictly"):
        BSplineBasis.from_breaks(torch.tensor([0.0, 0.0, 1.0]))
    with pytest.raises(ValueError, match="breaks must be at least two"):
        BSplineBasis.from_breaks(torch.tensor([0.0]))


@given(
    degree=st.integers(0, 4),
    inner=st.lists(st.floats(0.01, 0.99), max_size=6, unique=True),
    t=st.lists(st.floats(-0.2, 1.2), min_size=1, max_size=10),
)
def test_the_recursion_is_that_of_scipy_to_the_last_bit(degree, inner, t):
    basis = BSplineBasis.from_breaks([0.0, *sorted(inner), 1.0], degree=degree)
    times = torch.tensor([*t, 0.0, 1.0, *inner], dtype=torch.float64)
    inside = (times >= 0) & (times <= 1)
    expected = BSpline.design_matrix(times[inside].numpy(), basis.knots.numpy(), degree).toarray().T
    design = basis.evaluate(times)
    assert torch.equal(design[:, inside], torch.from_numpy(expected))
    assert not design[:, ~inside].any()


def test_gradients_with_respect_to_times_agree_with_finite_differences():
    t = torch.tensor([0.11, 0.37, 0.82], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(BSplineBasis(7).evaluate, (t,))


@given(count=st.integers(4, 3000), dtype=st.sampled_from([torch.float16, torch.bfloat16, torch.float32]))
def test_casting_moves_no_knot(count, dtype):
    basis = BSplineBasis(count)
    before = basis.knots.clone()
    assert torch.equal(basis.to(dtype).knots, before)


def test_splines_come_back_from_a_state_dict_of_their_degree():
    saved, basis = BSplineBasis.from_breaks([-0.5, 0.2, 0.3, 1.5], degree=2), BSplineBasis(9, degree=2)
    basis.load_state_dict(saved.state_dict())
    t = torch.linspace(-0.5, 1.5, 11)
    assert torch.equal(basis.evaluate(t), saved.evaluate(t))
    assert (basis.count, basis.support) == (5, (-0.5, 1.5))
    with pytest.raises(
        RuntimeError, match="must be saved as a BSplineBasis of degree 3, but was as 'BSpline"
    ):
        BSplineBasis(5).load_state_dict(saved.state_dict())
