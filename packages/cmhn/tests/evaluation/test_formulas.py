import pytest
import torch

from cmhn import Couplings, JointEnergy, JointMemory
from cmhn.evaluation.formulas import (
    DYNAMICS,
    LOSSES,
    printed_contrast,
    printed_margin,
    recall_by_dynamics,
    recall_by_losses,
)
from cmhn.losses import margin_loss

WIDTHS = {"text": 3, "vision": 3, "audio": 3}


@pytest.fixture
def energy():
    memory = JointMemory.from_joint(WIDTHS, torch.zeros(1, 9))
    return JointEnergy(memory, Couplings(WIDTHS, noise=0.0), gamma=1.0)


@pytest.fixture
def states():
    generator = torch.Generator().manual_seed(0)
    shared = torch.randn(5, 3, generator=generator)
    return dict.fromkeys(WIDTHS, shared)


def test_the_printed_margin_is_least_where_mixed_triples_have_the_lower_energy(energy, states):
    mixed = {**states, "vision": states["vision"].roll(1, 0), "audio": states["audio"].roll(1, 0)}
    assert printed_margin(energy, states) > printed_margin(energy, mixed)
    assert margin_loss(energy, states) < margin_loss(energy, mixed)


def test_the_printed_contrast_asks_the_first_modality_alone(energy, states):
    others = {name: states[name] for name in ("vision", "audio")}
    matrix = energy.cross({"text": states["text"]}, others)
    wanted = torch.nn.functional.cross_entropy(-matrix, torch.arange(5))
    assert torch.equal(printed_contrast(energy, states), wanted)


def test_the_harmonic_update_recalls_and_never_raises_the_energy():
    rows, paths = recall_by_dynamics([0], patterns=6, width=12, beta=20.0, gamma=0.1, steps=5)
    assert set(paths) == set(rows["variant"]) == set(DYNAMICS)
    value = rows.set_index(["variant", "metric"])["value"]
    joint = "joint energy, harmonic update"
    assert value[joint, "recalled"] == 1
    assert value[joint, "steps that raise the energy"] == 0
    assert value["linear energy, flow", "length of the last state"] > value[joint, "length of the last state"]


def test_every_loss_is_asked_in_both_directions_and_a_seed_repeats_it():
    rows = recall_by_losses([0], width=4, epochs=1)
    assert len(rows) == 2 * len(LOSSES)
    assert rows["value"].between(0, 1).all()
    assert rows.equals(recall_by_losses([0], width=4, epochs=1))
