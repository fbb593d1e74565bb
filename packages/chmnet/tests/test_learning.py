"""A learnt basis reconstructs better than the one it started from."""

import pytest
import torch

from chmnet import GaussianBasis, RectangularBasis, learn_basis, ridge_fit


def uneven(length: int = 60) -> torch.Tensor:
    """A signal that stands still for most of the time and then moves fast."""
    t = torch.linspace(0, 1, length, dtype=torch.float64)
    phase = 30 * (t - 0.7).clamp(min=0)
    return torch.stack([phase.cos(), phase.sin()], dim=1)


def missed(basis, frames, ridge):
    fit = ridge_fit(frames, None, basis, ridge)
    times = (torch.arange(len(frames), dtype=torch.float64) + 0.5) / len(frames)
    wrong = (basis.evaluate(times).mT @ fit - frames).square().sum() / frames.square().sum()
    return float(wrong.detach())


def test_learning_moves_bells_to_where_the_signal_moves():
    frames = uneven()
    basis = GaussianBasis(8, learnable=True)
    before, start = missed(basis, frames, 0.01), basis.centres.detach().clone()
    losses = learn_basis(basis, frames @ frames.mT, ridge=0.01, steps=150, rate=0.02)
    assert losses[0] == pytest.approx(before, rel=1e-6)
    assert missed(basis, frames, 0.01) < 0.5 * before
    assert (basis.centres > 0.65).sum() > (start > 0.65).sum()


def test_the_gradient_is_that_of_finite_differences():
    frames = uneven(20)
    basis = GaussianBasis(4, learnable=True)
    gram = frames @ frames.mT
    step = 1e-6
    differences = []
    for index in range(4):
        values = []
        for sign in (1, -1):
            moved = GaussianBasis(4, learnable=True)
            with torch.no_grad():
                moved.centres[index] += sign * step
            values.append(missed(moved, frames, 0.1))
        differences.append((values[0] - values[1]) / (2 * step))
    learn_basis(basis, gram, ridge=0.1, steps=1, rate=1e-12)
    torch.testing.assert_close(
        basis.centres.grad, torch.tensor(differences, dtype=torch.float64), rtol=1e-4, atol=1e-7
    )


@pytest.mark.parametrize("basis", [GaussianBasis(3), RectangularBasis(3)])
def test_a_basis_that_cannot_learn_is_refused(basis):
    with pytest.raises(ValueError, match="basis must have parameters that take gradients"):
        learn_basis(basis, torch.eye(4))


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"ridge": -1.0}, "ridge"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"rate": 0.0}, "rate must be finite and above 0"),
        ({"gram": torch.zeros(4, 4)}, "gram must be finite and above 0"),
        ({"gram": torch.full((4, 4), torch.nan)}, "gram"),
    ],
)
def test_bad_settings_are_refused(settings, match):
    arguments = {"gram": torch.eye(4)} | settings
    gram = arguments.pop("gram")
    with pytest.raises(ValueError, match=match):
        learn_basis(GaussianBasis(3, learnable=True), gram, **arguments)


@pytest.mark.parametrize("ridge", [0.0, 1e-12])
def test_bells_that_see_one_frame_each_learn_without_a_ridge(ridge):
    """Singular values are equal there, where their own gradient is 0/0."""
    basis = GaussianBasis(5, width=0.02, learnable=True)
    losses = learn_basis(basis, torch.eye(5), ridge=ridge, steps=3)
    assert torch.isfinite(losses).all()
    assert torch.isfinite(basis.centres).all()
    assert torch.isfinite(basis.log_widths).all()


def test_an_autocast_region_does_not_touch_learning():
    frames = uneven(20).float()
    gram, inside, outside = (
        frames @ frames.mT,
        GaussianBasis(4, learnable=True),
        GaussianBasis(4, learnable=True),
    )
    expected = learn_basis(outside, gram, steps=3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(learn_basis(inside, gram, steps=3), expected)
    assert torch.equal(inside.centres, outside.centres)
