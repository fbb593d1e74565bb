import pytest
import torch

from cmhn import JointEnergy, JointMemory, LinearEnergy, SeparableEnergy
from cmhn.losses import (
    HarmonicLoss,
    contrastive_loss,
    margin_loss,
    match_scores,
    pair_energies,
    symmetric_cross_entropy,
    weight_decay,
)

NAMES = ("text", "vision", "audio")
energies = pytest.mark.parametrize("kind", [LinearEnergy, SeparableEnergy, JointEnergy])


def _true_items(make):
    """Memories that fit the stored items, and nothing else does."""
    widths = dict.fromkeys(NAMES, 12)
    items = {name: 4 * torch.nn.functional.normalize(x, dim=1) for name, x in make.states(6, widths).items()}
    memory = JointMemory(widths, dtype=torch.float64)
    memory.store(**items)
    return JointEnergy(memory, make.couplings(widths), beta=3.0, gamma=0.0).requires_grad_(False), items


@energies
def test_the_matrices_hold_the_energy_of_every_permuted_item(make, kind):
    energy, states = kind(make.memory(), make.couplings()), make.states(4)
    for name, matrix in pair_energies(energy, states).items():
        for i in range(4):
            for j in range(4):
                item = {other: x[i : i + 1] for other, x in states.items()}
                item[name] = states[name][j : j + 1]
                torch.testing.assert_close(matrix[i, j], energy(item)[0])


@energies
def test_the_contrastive_loss_is_the_loop_of_its_equation(make, kind):
    energy, states = kind(make.memory(), make.couplings()), make.states(4)
    terms = []
    for name in NAMES:
        matrix = torch.empty(4, 4, dtype=torch.float64)
        for i in range(4):
            for j in range(4):
                item = {other: x[i] for other, x in states.items()} | {name: states[name][j]}
                matrix[i, j] = energy({other: x[None] for other, x in item.items()}).detach()[0]
        for i in range(4):
            terms.append(torch.logsumexp(-matrix[i] / 2, 0) + matrix[i, i] / 2)
            terms.append(torch.logsumexp(-matrix[:, i] / 2, 0) + matrix[i, i] / 2)
    expected = torch.stack(terms).mean()
    torch.testing.assert_close(contrastive_loss(energy, states, temperature=2.0), expected)


def test_the_losses_prefer_true_items_to_mixed_ones(make):
    energy, states = _true_items(make)
    mixed = {**states, "audio": states["audio"].roll(1, 0)}
    for mutual in (False, True):
        assert contrastive_loss(energy, states, mutual=mutual) < 0.01
        assert contrastive_loss(energy, mixed, mutual=mutual) > 1
        assert margin_loss(energy, states, mutual=mutual) < 0.01
        assert margin_loss(energy, mixed, mutual=mutual) > 1


def test_the_margin_loss_is_zero_where_the_margin_is_kept_and_the_margin_where_all_are_alike(make):
    energy, states = _true_items(make)
    gaps = [matrix - matrix.diagonal()[:, None] for matrix in pair_energies(energy, states).values()]
    least = min(float(gap[~torch.eye(6, dtype=torch.bool)].amin()) for gap in gaps)
    assert least > 0
    assert margin_loss(energy, states, margin=0.99 * least) == 0
    assert margin_loss(energy, states, margin=1.01 * least) > 0
    same = {name: x[:1].expand(6, -1) for name, x in states.items()}
    torch.testing.assert_close(margin_loss(energy, same, margin=0.7), torch.tensor(0.7).double())


def test_descending_the_margin_loss_lowers_true_items_against_mixed_ones(make):
    memory = make.memory(5, learnable=True)
    energy, states = JointEnergy(memory, make.couplings()), make.states(4)
    before = contrastive_loss(energy, states).detach()
    (slope,) = torch.autograd.grad(margin_loss(energy, states, margin=50.0), memory.patterns)
    with torch.no_grad():
        memory.patterns -= 0.05 * slope / slope.norm()
    assert contrastive_loss(energy, states) < before


def test_a_match_score_is_what_the_energies_of_both_sides_have_more_than_that_of_the_pair(make):
    energy, x, y = JointEnergy(make.memory(), make.couplings()), make.states(3), make.states(2, seed=8)
    left, right = {"text": x["text"]}, {"vision": y["vision"], "audio": y["audio"]}
    scores = match_scores(energy, left, right)
    pair = {"text": x["text"][1:2], "vision": y["vision"][:1], "audio": y["audio"][:1]}
    expected = energy(left)[1] + energy(right)[0] - energy(pair)[0]
    torch.testing.assert_close(scores[1, 0], expected)


def test_without_coupling_a_match_score_is_the_memorys_pointwise_mutual_information(make):
    memory, x = make.memory(), make.states(3)
    energy = JointEnergy(memory, beta=1.3, gamma=0.0)
    s, t = (1.3 * x[name] @ memory.pattern(name).mT for name in ("text", "vision"))
    together = torch.logsumexp(s[:, None] + t[None], -1)
    expected = (together - torch.logsumexp(s, -1)[:, None] - torch.logsumexp(t, -1)) / 1.3
    scores = match_scores(energy, {"text": x["text"]}, {"vision": x["vision"]})
    torch.testing.assert_close(scores, expected)


def test_chance_costs_the_logarithm_of_the_batch():
    torch.testing.assert_close(symmetric_cross_entropy(torch.zeros(8, 8)), torch.tensor(8.0).log())


def test_weight_decay_counts_what_is_trained():
    trained, frozen = torch.tensor([3.0, 4.0], requires_grad=True), torch.ones(5)
    assert weight_decay([trained, frozen]).item() == 12.5
    with pytest.raises(ValueError, match=r"parameters must hold at least one that is trained, but hold none"):
        weight_decay([frozen])


@pytest.mark.parametrize("mutual", [False, True])
def test_gradients_agree_with_finite_differences(make, mutual):
    energy = JointEnergy(make.memory(2), make.couplings(), beta=1.0, gamma=0.2)

    def of(*states):
        named = dict(zip(NAMES, states, strict=True))
        return contrastive_loss(energy, named, mutual=mutual), margin_loss(energy, named, mutual=mutual)

    assert torch.autograd.gradcheck(of, [x.requires_grad_() for x in make.states(2).values()])


def test_the_composite_is_the_weighted_sum_of_its_parts(make):
    energy, states = JointEnergy(make.memory(), make.couplings(learnable=True)), make.states(4)
    parts = HarmonicLoss(0.5, 0.25, margin=2.0, temperature=3.0)(energy, states, energy.parameters())
    torch.testing.assert_close(parts.contrastive, contrastive_loss(energy, states, temperature=3.0))
    torch.testing.assert_close(parts.energy, margin_loss(energy, states, margin=2.0))
    torch.testing.assert_close(parts.decay, weight_decay(energy.parameters()))
    torch.testing.assert_close(parts.total, parts.contrastive + 0.5 * parts.energy + 0.25 * parts.decay)


def test_nothing_to_permute_is_refused(make):
    energy, states = JointEnergy(make.memory(), make.couplings()), make.states(4)
    for bad in ({"text": states["text"]}, {name: x[:1] for name, x in states.items()}):
        with pytest.raises(
            ValueError, match=r"states must hold at least two modalities of at least two items"
        ):
            pair_energies(energy, bad)


def test_settings_that_cannot_be_are_refused(make):
    energy, states = JointEnergy(make.memory(), make.couplings()), make.states(4)
    with pytest.raises(ValueError, match=r"temperature must be finite and above 0, but is 0"):
        contrastive_loss(energy, states, temperature=0.0)
    with pytest.raises(ValueError, match=r"margin must be finite and at least 0, but is -1"):
        margin_loss(energy, states, margin=-1.0)
    for name in ("energy_weight", "decay_weight", "margin"):
        with pytest.raises(ValueError, match=f"{name} must be finite and at least 0, but is -1"):
            HarmonicLoss(**{name: -1.0})
