import torch

from cmhn.baselines import ContrastiveProjection


def test_the_loss_is_info_nce_of_the_cosines(make):
    torch.manual_seed(0)
    model, widths = (
        ContrastiveProjection({"text": 4, "vision": 6}, 3, temperature=0.5),
        {"text": 4, "vision": 6},
    )
    states = make.states(5, widths=widths, dtype=torch.float32)
    cosines = model.scores("text", states["text"], "vision", states["vision"]) / 0.5
    rows = -torch.log(cosines.exp().diagonal() / cosines.exp().sum(1))
    columns = -torch.log(cosines.exp().diagonal() / cosines.exp().sum(0))
    torch.testing.assert_close(model.loss(states), (rows.mean() + columns.mean()) / 2)


def test_the_scale_stays_below_a_hundred(make):
    model = ContrastiveProjection({"text": 4, "vision": 6}, 3)
    states = make.states(5, widths={"text": 4, "vision": 6}, dtype=torch.float32)
    with torch.no_grad():
        model.log_scale.fill_(9.0)
        large = model.loss(states)
        model.log_scale.fill_(torch.tensor(100.0).log())
        torch.testing.assert_close(model.loss(states), large)
