import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import ContinuousHopfield, GaussianBasis, GaussLegendre, Trapezoid, frame_times, ridge_fit


def _smooth(t):
    return torch.stack([torch.sin(5 * t), torch.cos(3 * t)], 1)


@given(count=st.integers(1, 30))
def test_each_bell_has_height_one_at_its_centre_and_its_width(count):
    basis = GaussianBasis(count)
    torch.testing.assert_close(basis.evaluate(basis.centres.detach()).diagonal(), torch.ones(count).double())
    torch.testing.assert_close(basis.widths, torch.full((count,), 1 / count).double())
    beside = basis.evaluate((basis.centres + basis.widths / 4).detach()).diagonal()
    torch.testing.assert_close(beside, torch.full((count,), math.exp(-1 / 32)).double())


def test_bells_are_cut_at_the_ends_of_the_support():
    basis = GaussianBasis(3, (-0.5, 1.5), width=1.0)
    assert not basis.evaluate(torch.tensor([-0.51, 1.51])).any()
    assert basis.evaluate(torch.tensor([-0.5, 1.5])).all()


def test_given_centres_and_widths_are_kept():
    basis = GaussianBasis.from_centres(torch.tensor([0.2, 0.9]), torch.tensor([0.1, 0.3]))
    torch.testing.assert_close(basis.centres, torch.tensor([0.2, 0.9]).double(), atol=1e-7, rtol=0)
    torch.testing.assert_close(basis.widths, torch.tensor([0.1, 0.3]).double(), atol=1e-7, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_smooth_signals_are_reconstructed(dtype):
    t = frame_times(100)
    frames = _smooth(t).to(dtype)
    network = ContinuousHopfield.fit(
        frames,
        GaussianBasis(16, (-0.5, 1.5), width=0.2),
        beta=1.0,
        ridge=1e-9,
        integration=GaussLegendre(30),
    )
    assert network.memory.dtype == dtype
    torch.testing.assert_close(network.reconstruct(t), frames, atol=1e-3, rtol=0)


@given(ridge=st.sampled_from([0.0, 1e-12, 1e-3, 0.5]))
def test_the_fit_solves_the_normal_equations_whatever_the_ridge(ridge):
    basis, t = GaussianBasis(5), frame_times(20)
    design = basis.evaluate(t)
    system = design @ design.mT + ridge * torch.eye(5).double()
    fitted = ridge_fit(_smooth(t), None, basis, ridge)
    torch.testing.assert_close(system @ fitted, design @ _smooth(t))


def test_nearly_equal_bells_without_a_ridge_give_no_nan():
    basis, t = GaussianBasis(40, width=5.0), frame_times(30)
    fitted = ridge_fit(_smooth(t), None, basis, 0.0)
    shortest = torch.linalg.pinv(basis.evaluate(t).mT) @ _smooth(t)
    torch.testing.assert_close(fitted, shortest, rtol=1e-3, atol=1e-3 * float(shortest.abs().max()))


def test_the_trapezoid_and_gauss_legendre_converge_at_their_orders():
    basis, q = GaussianBasis(6, width=0.2), torch.tensor([[0.7, -0.4]]).double()
    coefficients = ridge_fit(_smooth(frame_times(50)), None, basis, 1e-3)

    def energy(rule):
        return float(ContinuousHopfield(coefficients, basis, 2.0, integration=rule).energy(q))

    truth = energy(GaussLegendre(40))
    trapezoid = [abs(energy(Trapezoid(n + 1)) - truth) for n in (32, 64, 128)]
    assert trapezoid[0] / trapezoid[1] == pytest.approx(4, rel=0.05)
    assert trapezoid[1] / trapezoid[2] == pytest.approx(4, rel=0.05)
    gauss = [abs(energy(GaussLegendre(2, panels)) - truth) for panels in (8, 16)]
    assert gauss[0] / gauss[1] == pytest.approx(16, rel=0.1)


def test_centres_and_widths_take_gradients_that_agree_with_finite_differences():
    t = frame_times(8)

    def energy(centres, log_widths):
        basis = GaussianBasis(3)
        del basis.centres, basis.log_widths
        basis.centres, basis.log_widths = centres, log_widths
        network = ContinuousHopfield.fit(_smooth(t), basis, beta=1.0, integration=GaussLegendre(6))
        return network.energy(torch.tensor([0.3, -0.2]).double())

    start = GaussianBasis(3)
    centres = start.centres.detach().clone().requires_grad_()
    log_widths = start.log_widths.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(energy, (centres, log_widths))


def test_learning_the_bells_improves_the_reconstruction():
    t = frame_times(80)
    frames = torch.exp(-((t - 0.3) / 0.03).square())[:, None]
    basis = GaussianBasis(4, learnable=True)
    optimiser = torch.optim.Adam(basis.parameters(), lr=0.05)
    losses = []
    for _ in range(100):
        reconstruction = basis.evaluate(t).mT @ ridge_fit(frames, None, basis, 1e-3)
        loss = (reconstruction - frames).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 4


def test_a_basis_is_fixed_unless_it_is_to_learn():
    assert not any(parameter.requires_grad for parameter in GaussianBasis(3).parameters())
    learnable = GaussianBasis.from_centres(torch.tensor([0.5]), torch.tensor([0.1]), learnable=True)
    assert all(parameter.requires_grad for parameter in learnable.parameters())


def test_no_bell_is_refused():
    with pytest.raises(ValueError, match="count must be at least 1, but is 0"):
        GaussianBasis(0)


@pytest.mark.parametrize("width", [0.0, -1.0])
def test_widths_that_are_not_above_zero_are_refused(width):
    with pytest.raises(ValueError, match=f"width must be above 0, but is {width}"):
        GaussianBasis(3, width=width)
    with pytest.raises(ValueError, match="width must be above 0"):
        GaussianBasis.from_centres(torch.tensor([0.5]), torch.tensor([width]))


def test_centres_without_their_widths_are_refused(without_shape_checks):
    with pytest.raises(ValueError, match="centres and widths must be one per function"):
        GaussianBasis.from_centres(torch.tensor([0.5, 0.6]), torch.tensor([0.1]))


def test_centres_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="centres must be finite"):
        GaussianBasis.from_centres(torch.tensor([float("nan")]), torch.tensor([0.1]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_casting_to_half_precision_leaves_the_bells_where_they_are(dtype):
    basis = GaussianBasis(1000, learnable=True)
    exact, t = basis.evaluate(frame_times(300)), frame_times(300)
    basis.centres.grad = torch.ones_like(basis.centres)
    basis.to(dtype)
    assert basis.centres.dtype == basis.log_widths.dtype == basis.centres.grad.dtype == torch.float32
    torch.testing.assert_close(basis.evaluate(t), exact, atol=1e-3, rtol=0)


def test_a_device_without_float64_is_given_float32():
    def move(tensor):
        if tensor.dtype == torch.float64:
            raise TypeError("this device has no float64")
        return tensor.clone()

    basis = GaussianBasis(7)
    exact = basis.evaluate(frame_times(9))
    basis._apply(move)
    assert basis.centres.dtype == torch.float32
    torch.testing.assert_close(basis.evaluate(frame_times(9)), exact, atol=1e-5, rtol=0)


@pytest.mark.parametrize("log_width", [-1e4, -60.0, 60.0, 1e4])
def test_a_width_that_ran_away_gives_no_nan(log_width):
    basis = GaussianBasis(3, learnable=True)
    basis.log_widths.data.fill_(log_width)
    design = basis.evaluate(torch.cat([frame_times(4), basis.centres.detach()]))
    design.sum().backward()
    assert torch.isfinite(design).all()
    assert torch.isfinite(basis.centres.grad).all()
    assert torch.isfinite(basis.log_widths.grad).all()


@pytest.mark.parametrize("ridge", [0.0, 1e-12, 0.5])
def test_bells_with_equal_singular_values_still_learn(ridge):
    """Narrow bells over one frame each: every singular value is 1, and their gradient alone would be 0/0."""
    basis = GaussianBasis(4, width=0.01, learnable=True)
    fitted = ridge_fit(_smooth(frame_times(4)), None, basis, ridge)
    (fitted - 0.3).square().sum().backward()
    assert torch.isfinite(basis.log_widths.grad).all()
    with torch.no_grad():
        torch.testing.assert_close(ridge_fit(_smooth(frame_times(4)), None, basis, ridge), fitted.detach())


def test_bells_come_back_from_a_state_dict_with_their_support():
    saved, basis = GaussianBasis(5, (-0.5, 1.5), width=0.3), GaussianBasis(3, learnable=True)
    kept = basis.centres
    basis.load_state_dict(saved.state_dict())
    t = torch.linspace(-0.6, 1.6, 12)
    assert torch.equal(basis.evaluate(t), saved.evaluate(t))
    assert (basis.count, basis.support) == (5, (-0.5, 1.5))
    assert basis.centres is kept


@pytest.mark.parametrize("width", ["1", None, True])
def test_what_is_no_number_is_no_width(width, without_shape_checks):
    if width is None:
        with pytest.raises(TypeError, match=r"widths must be a torch.Tensor, but is NoneType"):
            GaussianBasis.from_centres(torch.tensor([0.5]), width)
    else:
        with pytest.raises(TypeError, match="width must be a number"):
            GaussianBasis(3, width=width)
