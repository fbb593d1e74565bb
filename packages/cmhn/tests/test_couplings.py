from itertools import combinations, permutations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cmhn import Couplings

SUBSETS = [subset for size in (1, 2, 3) for subset in combinations(["text", "vision", "audio"], size)]


def test_couplings_start_at_the_identity_or_a_partial_isometry():
    couplings = Couplings({"a": 3, "b": 3, "c": 5}, noise=0.0)
    assert torch.equal(couplings.weight("a", "b"), torch.eye(3))
    wide, tall = couplings.weight("a", "c"), couplings.weight("c", "a")
    assert torch.equal(wide @ wide.mT, torch.eye(3))
    assert torch.equal(tall.mT @ tall, torch.eye(3))


def test_the_noise_moves_a_vector_by_its_share():
    widths = {"a": 400, "b": 400}
    generator = torch.Generator().manual_seed(0)
    couplings = Couplings(widths, noise=0.1, learnable=False, dtype=torch.float64, generator=generator)
    moved = couplings.weight("a", "b") - torch.eye(400).double()
    x = torch.ones(400, dtype=torch.float64)
    # ‖noise x‖ / ‖x‖ has mean 0.1 and a spread of 0.1 / √800; four of those spreads are allowed
    assert float((moved @ x).norm() / x.norm()) == pytest.approx(0.1, abs=0.0142)


@pytest.mark.parametrize("names", SUBSETS)
@given(seed=st.integers(0, 2**31))
def test_misfit_is_the_quadratic_form_of_its_curvature(make, names, seed):
    couplings = make.couplings(seed=seed)
    states = {name: state for name, state in make.states(5, seed=seed).items() if name in names}
    joint = torch.cat([states[name] for name in names], dim=1)
    curvature = couplings.curvature(names)
    torch.testing.assert_close(couplings.misfit(states), (joint @ curvature * joint).sum(-1))
    torch.testing.assert_close(curvature, curvature.mT)
    assert torch.linalg.eigvalsh(curvature)[0] > -1e-10


def test_misfit_is_the_sum_of_the_equation(make):
    couplings, states = make.couplings(), make.states(2)
    by_hand = sum(
        (states[c][1] - couplings.weight(c, d) @ states[d][1]).square().sum()
        for c, d in permutations(states, 2)
    )
    assert float(couplings.misfit(states)[1]) == pytest.approx(float(by_hand))


def test_cross_misfit_is_what_misfit_has_more_than_its_two_sides(make):
    couplings, left, right = make.couplings(), make.states(4), make.states(3, seed=9)
    x, y = {"text": left["text"], "audio": left["audio"]}, {"vision": right["vision"]}
    crossed = couplings.cross_misfit(x, y)
    for i in range(4):
        for j in range(3):
            pair = {name: state[i : i + 1] for name, state in x.items()}
            pair["vision"] = y["vision"][j : j + 1]
            mine = {name: state[i : i + 1] for name, state in x.items()}
            alone = couplings.misfit(mine) + couplings.misfit({"vision": pair["vision"]})
            assert float(crossed[i, j]) == pytest.approx(float((couplings.misfit(pair) - alone)[0]))


def test_predictions_are_sums_over_the_others(make):
    couplings, states = make.couplings(), make.states(2)
    expected = states["vision"] @ couplings.weight("text", "vision").mT
    torch.testing.assert_close(
        couplings.predictions({"text": states["text"], "vision": states["vision"]}, "text"), expected
    )
    assert not couplings.predictions({"text": states["text"]}, "text").any()


def test_a_weight_is_set_in_place(make):
    couplings = make.couplings()
    parameter = couplings.weight("text", "audio")
    couplings.set_weight("text", "audio", torch.ones(4, 3).double())
    assert couplings.weight("text", "audio") is parameter
    assert bool((parameter == 1).all())
    with pytest.raises(ValueError, match=r"value must be of shape \(4, 3\), but has \(3, 4\)"):
        couplings.set_weight("text", "audio", torch.ones(3, 4).double())


def test_couplings_are_trained_unless_told_otherwise(make):
    assert all(weight.requires_grad for weight in Couplings(make.widths).parameters())
    assert not any(w.requires_grad for w in Couplings(make.widths, learnable=False).parameters())


def test_a_single_modality_has_no_coupling():
    couplings = Couplings({"text": 3})
    assert not couplings.curvature(["text"]).any()
    assert not couplings.misfit({"text": torch.ones(2, 3)}).any()


def test_bad_arguments_are_refused(make):
    with pytest.raises(ValueError, match=r"noise must be finite and at least 0, but is -1"):
        Couplings(make.widths, noise=-1.0)
    couplings = make.couplings()
    with pytest.raises(ValueError, match=r"to and source must be two modalities, but both are 'text'"):
        couplings.weight("text", "text")
    with pytest.raises(ValueError, match=r"to and source must name modalities among .* \['smell'\]"):
        couplings.weight("smell", "text")
