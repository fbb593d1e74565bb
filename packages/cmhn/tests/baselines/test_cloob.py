import pytest
import torch

from cmhn.baselines import CLOOB

WIDTHS = {"text": 4, "vision": 6}


def _unit(x):
    return x / x.norm()


def test_the_loss_is_info_loob_of_what_is_retrieved(make):
    torch.manual_seed(0)
    model = CLOOB(WIDTHS, 3, beta=2.0, inverse_temperature=5.0)
    states = make.states(4, widths=WIDTHS, dtype=torch.float32)
    x, y = model.embed("text", states["text"]), model.embed("vision", states["vision"])
    u_x = [_unit((2 * x @ q).softmax(0) @ x) for q in x]
    u_y = [_unit((2 * x @ q).softmax(0) @ x) for q in y]
    v_x = [_unit((2 * y @ q).softmax(0) @ y) for q in x]
    v_y = [_unit((2 * y @ q).softmax(0) @ y) for q in y]
    terms = []
    for i in range(4):
        others = [j for j in range(4) if j != i]
        first = sum((5 * u_x[i] @ u_y[j]).exp() for j in others).log() - 5 * u_x[i] @ u_y[i]
        second = sum((5 * v_x[j] @ v_y[i]).exp() for j in others).log() - 5 * v_x[i] @ v_y[i]
        terms.append(first + second)
    torch.testing.assert_close(model.loss(states), torch.stack(terms).mean())


def test_a_single_item_has_nothing_to_be_left_out_of(make):
    with pytest.raises(ValueError, match=r"states must hold at least two items to contrast, but hold 1"):
        CLOOB(WIDTHS).loss(make.states(1, widths=WIDTHS, dtype=torch.float32))
