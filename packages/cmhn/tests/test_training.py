import pytest
import torch

from cmhn import JointEnergy
from cmhn.losses import HarmonicLoss
from cmhn.training import train, warm_up_and_cosine


def test_the_schedule_rises_and_falls():
    shares = [warm_up_and_cosine(step, 20, 5) for step in range(20)]
    assert shares[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert shares[5:] == sorted(shares[5:], reverse=True)
    assert shares[5] == 1
    assert 0 < shares[-1] < 0.02
    assert warm_up_and_cosine(20, 20, 5) == pytest.approx(0)


def _energy(make):
    return JointEnergy(
        make.memory(12, learnable=True), make.couplings(noise=0.1, learnable=True), beta=2.0, learn_beta=True
    )


def _train(make, seed, **settings):
    energy = _energy(make)
    loss = HarmonicLoss()
    history = train(
        energy.parameters(),
        lambda batch: loss(energy, batch, energy.parameters()).total,
        make.states(40),
        epochs=12,
        batch_size=13,
        learning_rate=0.05,
        generator=torch.Generator().manual_seed(seed),
        **settings,
    )
    return energy, history


def test_the_loss_falls_and_a_seed_repeats_it(make):
    energy, history = _train(make, 0)
    assert len(history) == 12
    assert history[-1] < 0.8 * history[0]
    again, same = _train(make, 0)
    assert same == history
    assert torch.equal(again.memory.patterns, energy.memory.patterns)
    assert _train(make, 1)[1] != history


def test_what_is_frozen_stays(make):
    energy = _energy(make)
    energy.couplings.requires_grad_(False)
    before = {name: weight.clone() for name, weight in energy.state_dict().items()}
    loss = HarmonicLoss()
    train(
        energy.parameters(),
        lambda batch: loss(energy, batch, energy.parameters()).total,
        make.states(10),
        epochs=1,
        batch_size=5,
    )
    moved = {name for name, weight in energy.state_dict().items() if not torch.equal(weight, before[name])}
    assert moved == {"memory.patterns", "log_beta"}


def test_every_step_of_the_schedule_is_taken(make):
    parameter, seen = torch.nn.Parameter(torch.zeros(1)), []

    def loss(batch):
        seen.append(len(batch["x"]))
        return (parameter - batch["x"].mean()).square().sum()

    train([parameter], loss, {"x": torch.ones(9)}, epochs=2, batch_size=4)
    assert seen == [4, 4, 4, 4]  # the ninth item alone is left out


def test_what_cannot_be_trained_is_refused(make):
    parameter, data = torch.nn.Parameter(torch.zeros(1)), {"x": torch.ones(4)}

    def loss(batch):
        return parameter.sum()

    cases = [
        (([torch.zeros(1)], loss, data), {}, "parameters must hold at least one that is trained"),
        (([parameter], loss, {"x": torch.ones(1)}), {}, "data must hold the same two or more items in each"),
        (([parameter], loss, {**data, "y": torch.ones(3)}), {}, "data must hold the same two or more items"),
        (([parameter], loss, data), {"epochs": 0}, "epochs must be at least 1, but is 0"),
        (([parameter], loss, data), {"batch_size": 1}, "batch_size must be at least 2, but is 1"),
        (([parameter], loss, data), {"learning_rate": 0.0}, "learning_rate must be finite and above 0"),
        (([parameter], loss, data), {"warm_up_share": 1.5}, r"warm_up_share must lie in \[0, 1\], but is"),
        (([parameter], lambda batch: parameter.sum() * torch.nan, data), {}, "loss must be finite, but is"),
    ]
    for arguments, settings, message in cases:
        with pytest.raises(ValueError, match=message):
            train(*arguments, **settings)
