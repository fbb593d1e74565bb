import pytest
import torch

from cmhn.baselines import RidgeRegression


def test_a_linear_relation_is_found(make):
    x, slope = make.normal(50, 4), make.normal(4, 6, seed=1)
    model = RidgeRegression({"text": x, "vision": x @ slope + 2}, ridge=1e-9)
    new = make.normal(3, 4, seed=2)
    torch.testing.assert_close(model.complete("text", new, "vision"), new @ slope + 2)


def test_the_maps_solve_the_normal_equations(make):
    stored = make.states(20)
    model = RidgeRegression(stored, ridge=0.7)
    x, y = (stored[name] - stored[name].mean(0) for name in ("text", "audio"))
    slope = model.maps["text", "audio"]
    torch.testing.assert_close((x.mT @ x + 0.7 * torch.eye(4)) @ slope, x.mT @ y)


def test_bad_arguments_are_refused(make):
    with pytest.raises(ValueError, match=r"ridge must be finite and above 0, but is 0"):
        RidgeRegression(make.states(3), ridge=0.0)
    with pytest.raises(ValueError, match=r"stored must hold at least one triple, but is empty"):
        RidgeRegression(make.states(0))
