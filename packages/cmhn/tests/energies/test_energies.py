"""What holds for all energies, and what makes each the one it is."""

from itertools import combinations, permutations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cmhn import Couplings, JointEnergy, JointMemory, LinearEnergy, SeparableEnergy, TiledAttention

NAMES = ("text", "vision", "audio")
SUBSETS = [subset for size in (1, 2, 3) for subset in combinations(NAMES, size)]
SPLITS = [(left, right) for left in SUBSETS for right in SUBSETS if not set(left) & set(right)]


def _linear(memory, couplings, gamma=0.7):
    return LinearEnergy(memory, couplings, gamma=gamma)


def _separable(memory, couplings, gamma=0.7):
    return SeparableEnergy(memory, couplings, beta=1.5, gamma=gamma)


def _joint(memory, couplings, gamma=0.7):
    return JointEnergy(memory, couplings, beta=1.5, gamma=gamma, reliability={"text": 0.5, "audio": 1.4})


energies = pytest.mark.parametrize("kind", [_linear, _separable, _joint])
curved = pytest.mark.parametrize("kind", [_separable, _joint])


def _energy(make, kind, seed=0, dtype=torch.float64, **settings):
    return kind(make.memory(seed=seed, dtype=dtype), make.couplings(seed=seed, dtype=dtype), **settings)


def _some(states, names):
    return {name: states[name] for name in names}


def _harmonic(couplings, x):
    return sum((x[c] - x[d] @ couplings.weight(c, d).mT).square().sum(-1) for c, d in permutations(x, 2))


def test_each_energy_is_the_one_its_equation_writes(make):
    memory, couplings, x = make.memory(), make.couplings(), make.states(3)
    similarity = {name: x[name] @ memory.pattern(name).mT for name in NAMES}
    lengths = sum(state.square().sum(-1) for state in x.values()) / 2
    harmonic = 0.7 * _harmonic(couplings, x)
    linear = -sum(similarity.values()).sum(-1) + harmonic
    torch.testing.assert_close(_linear(memory, couplings)(x), linear)
    apart = sum((1.5 * s).exp().sum(-1).log() / 1.5 for s in similarity.values())
    torch.testing.assert_close(_separable(memory, couplings)(x), -apart + lengths + harmonic)
    shared = 0.5 * similarity["text"] + similarity["vision"] + 1.4 * similarity["audio"]
    together = (1.5 * shared).exp().sum(-1).log() / 1.5
    torch.testing.assert_close(_joint(memory, couplings)(x), -together + lengths + harmonic)


@energies
@pytest.mark.parametrize(("left", "right"), SPLITS)
def test_the_matrix_holds_the_energy_of_every_pair(make, kind, left, right):
    energy, x, y = _energy(make, kind), make.states(4), make.states(3, seed=9)
    matrix = energy.cross(_some(x, left), _some(y, right))
    for i in range(4):
        for j in range(3):
            pair = {name: x[name][i : i + 1] for name in left} | {n: y[n][j : j + 1] for n in right}
            torch.testing.assert_close(matrix[i, j], energy(pair)[0])


@energies
@pytest.mark.parametrize("names", SUBSETS)
@given(seed=st.integers(0, 2**31))
def test_the_gradient_is_that_of_autograd(make, kind, names, seed):
    energy = _energy(make, kind, seed=seed)
    states = {name: x.requires_grad_() for name, x in _some(make.states(2, seed=seed), names).items()}
    slopes = torch.autograd.grad(energy(states).sum(), list(states.values()))
    closed = energy.gradient(states)
    for name, slope in zip(states, slopes, strict=True):
        torch.testing.assert_close(closed[name], slope)


@energies
def test_the_force_is_the_gradient_of_the_potential(make, kind):
    energy = _energy(make, kind)
    states = {name: x.requires_grad_() for name, x in make.states(2).items()}
    attraction = energy.attraction(states)
    slopes = torch.autograd.grad(attraction.potential.sum(), list(states.values()))
    for name, slope in zip(states, slopes, strict=True):
        torch.testing.assert_close(attraction.force[name], slope)


@energies
def test_gradients_agree_with_finite_differences(make, kind):
    memory, couplings = make.memory(3), make.couplings(learnable=True)

    def of(patterns, *states):
        memory = JointMemory.from_joint(make.widths, patterns)
        return kind(memory, couplings)(dict(zip(NAMES, states, strict=True)))

    inputs = [memory.patterns.clone().requires_grad_()]
    inputs += [x.requires_grad_() for x in make.states(2).values()]
    assert torch.autograd.gradcheck(of, inputs)


@energies
@given(order=st.permutations(range(7)))
def test_the_order_of_memories_changes_nothing(make, kind, order):
    energy, x = _energy(make, kind), make.states(3)
    permuted = JointMemory.from_joint(make.widths, energy.memory.patterns[list(order)])
    other = kind(permuted, energy.couplings)
    torch.testing.assert_close(other(x), energy(x))
    force, moved = energy.attraction(x).force, other.attraction(x).force
    assert all(torch.allclose(force[name], moved[name], rtol=1e-9) for name in NAMES)
    torch.testing.assert_close(other.assignment(x), energy.assignment(x)[..., list(order)])


@energies
@given(order=st.permutations(NAMES))
def test_the_order_of_modalities_changes_nothing(make, kind, order):
    energy, x = _energy(make, kind), make.states(3)
    torch.testing.assert_close(energy(_some(x, order)), energy(x))
    slopes, others = energy.gradient(x), energy.gradient(_some(x, order))
    for name in NAMES:
        torch.testing.assert_close(others[name], slopes[name])


@energies
def test_weights_are_a_distribution(make, kind):
    weights = _energy(make, kind).assignment(make.states(3))
    assert bool((weights >= 0).all())
    torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:-1]).double())


def test_weights_give_the_force(make):
    joint, x = _energy(make, _joint), make.states(3)
    read, trust = joint.memory.read(joint.assignment(x)), joint.reliability
    force = joint.attraction(x).force
    assert all(torch.allclose(trust[name] * read[name], force[name], rtol=1e-9) for name in NAMES)
    separable = _energy(make, _separable)
    weights, force = separable.assignment(x), separable.attraction(x).force
    for place, name in enumerate(NAMES):
        torch.testing.assert_close(weights[:, place] @ separable.memory.pattern(name), force[name])


def test_evidence_adds_up_to_the_assignment(make):
    energy, x = _energy(make, _joint), make.states(3)
    torch.testing.assert_close(sum(energy.evidence(x).values()).softmax(-1), energy.assignment(x))


def test_the_strongest_memories_are_those_of_the_largest_weights(make):
    energy, x = _energy(make, _joint), make.states(3)
    where, weight = energy.strongest(x, 3)
    expected = energy.assignment(x).sort(dim=-1, descending=True)
    assert torch.equal(where, expected.indices[:, :3])
    torch.testing.assert_close(weight, expected.values[:, :3])


@pytest.mark.parametrize("kind", [JointEnergy, SeparableEnergy])
def test_one_modality_is_ramsauers_energy(make, kind):
    widths, beta = {"only": 5}, 2.5
    memory, x = make.memory(widths=widths), make.states(4, widths=widths)
    energy = kind(memory, beta=beta, gamma=3.0)
    patterns, q = memory.patterns, x["only"]
    largest = patterns.norm(dim=1).amax()
    ramsauer = (
        -torch.logsumexp(beta * q @ patterns.mT, dim=1) / beta
        + q.square().sum(1) / 2
        + torch.tensor(7.0).double().log() / beta
        + largest.square() / 2
    )
    constants = torch.tensor(7.0).double().log() / beta + largest.square() / 2
    torch.testing.assert_close(energy(x), ramsauer - constants)


def test_equal_modalities_and_identities_collapse_to_one_memory(make):
    beta, patterns, q = 0.8, make.normal(7, 4), make.normal(3, 4, seed=1)
    widths = dict.fromkeys(NAMES, 4)
    memory = JointMemory.from_joint(widths, patterns.repeat(1, 3))
    couplings = Couplings(widths, noise=0.0, dtype=torch.float64)
    joint = JointEnergy(memory, couplings, beta=beta, gamma=50.0)
    single = JointEnergy(JointMemory.from_joint({"one": 4}, patterns), beta=3 * beta)
    same = dict.fromkeys(NAMES, q)
    torch.testing.assert_close(joint(same), 3 * single({"one": q}))
    torch.testing.assert_close(joint.assignment(same), single.assignment({"one": q}))


def test_a_reliability_of_zero_leaves_a_modality_out(make):
    memory, couplings, x = make.memory(), make.couplings(), make.states(3)
    deaf = JointEnergy(memory, couplings, reliability={"audio": 0.0})
    both = _some(x, ["text", "vision"])
    torch.testing.assert_close(deaf.assignment(x), JointEnergy(memory, couplings).assignment(both))
    silent = {**both, "audio": torch.zeros_like(x["audio"])}
    heard = JointEnergy(memory, couplings)
    torch.testing.assert_close(heard.assignment(silent), heard.assignment(both))


@curved
def test_attention_does_not_matter(make, kind):
    energy, x = _energy(make, kind), make.states(3)
    expected, force = energy(x), energy.attraction(x).force
    energy.attention = TiledAttention(2, 2)
    torch.testing.assert_close(energy(x), expected)
    tiled = energy.attraction(x).force
    assert all(torch.allclose(tiled[name], force[name], rtol=1e-9) for name in NAMES)


@energies
def test_single_precision_agrees_with_double(make, kind):
    single, double = _energy(make, kind, dtype=torch.float32), _energy(make, kind)
    x = make.states(3)
    small = {name: state.float() for name, state in x.items()}
    assert single(small).dtype == torch.float32
    torch.testing.assert_close(single(small).double(), double(x), rtol=1e-5, atol=1e-4)
    crossed = single.cross(_some(small, ["text"]), _some(small, ["vision", "audio"]))
    expected = double.cross(_some(x, ["text"]), _some(x, ["vision", "audio"]))
    torch.testing.assert_close(crossed.double(), expected, rtol=1e-5, atol=1e-4)


def test_what_is_learnt_is_a_parameter(make):
    memory = make.memory(learnable=True)
    still = JointEnergy(memory, make.couplings())
    assert {n for n, p in still.named_parameters() if p.requires_grad} == {"memory.patterns"}
    learning = JointEnergy(
        make.memory(),
        make.couplings(learnable=True),
        learn_beta=True,
        learn_gamma=True,
        learn_reliability=True,
    )
    learnt = {n for n, p in learning.named_parameters() if p.requires_grad}
    assert {"log_beta", "root_gamma", "root_reliability", "couplings.weights.text<-audio"} <= learnt
    learning(make.states(2)).sum().backward()
    assert all(p.grad is not None and bool(p.grad.ne(0).any()) for p in learning.parameters())


@energies
def test_no_state_has_no_energy(make, kind):
    energy, x = _energy(make, kind), make.states(0)
    assert energy(x).shape == (0,)
    assert energy.cross(_some(x, ["text"]), _some(make.states(2), ["audio"])).shape == (0, 2)


@energies
def test_states_that_do_not_fit_are_refused(make, kind):
    energy, x = _energy(make, kind), make.states(2)
    cases = [
        ({}, "states must hold at least one of .*, but is empty"),
        ({"smell": x["text"]}, r"states must name modalities among .* names \['smell'\]"),
        ({"text": x["vision"]}, r"states\['text'\] must be of shape \[B, 4\], but has shape \(2, 6\)"),
        ({**x, "text": x["text"][:1]}, "states must have one batch size for all modalities, but has"),
        ({"text": x["text"] * torch.nan}, r"states\['text'\] must be finite, but holds NaN or Inf"),
        ({"text": x["text"][0]}, r"states\['text'\] must be of shape \[B, 4\], but has shape \(4,\)"),
    ]
    for bad, message in cases:
        with pytest.raises(ValueError, match=message):
            energy(bad)
    with pytest.raises(TypeError, match=r"states\['text'\] must have the memory's type torch.float64, but"):
        energy({"text": x["text"].float()})
    with pytest.raises(ValueError, match=r"left and right must share no modality, but both hold \['text'\]"):
        energy.cross(x, _some(x, ["text"]))


@energies
def test_an_empty_memory_is_refused(make, kind):
    energy = kind(make.memory(0), make.couplings())
    with pytest.raises(ValueError, match=r"memory must hold at least one pattern, but is empty"):
        energy(make.states(2))


@curved
@pytest.mark.parametrize("beta", [0.0, -1.0, float("nan"), float("inf")])
def test_a_beta_that_is_not_above_zero_is_refused(make, kind, beta):
    kind = type(_energy(make, kind))
    with pytest.raises(ValueError, match=f"beta must be finite and above 0, but is {beta}"):
        kind(make.memory(), make.couplings(), beta=beta)


@energies
def test_a_negative_gamma_is_refused(make, kind):
    with pytest.raises(ValueError, match=r"gamma must be finite and at least 0, but is -0.5"):
        _energy(make, kind, gamma=-0.5)


def test_settings_that_cannot_be_are_refused(make):
    memory, couplings = make.memory(), make.couplings()
    with pytest.raises(ValueError, match=r"gamma must start above 0 where it is learnt, but is 0"):
        JointEnergy(memory, couplings, gamma=0.0, learn_gamma=True)
    with pytest.raises(ValueError, match=r"reliability\['text'\] must be finite and at least 0, but is"):
        JointEnergy(memory, couplings, reliability={"text": -1.0})
    with pytest.raises(ValueError, match=r"reliability must name modalities among .* names \['smell'\]"):
        JointEnergy(memory, couplings, reliability={"smell": 1.0})
    with pytest.raises(ValueError, match=r"couplings must be between the memory's modalities"):
        JointEnergy(memory, Couplings({"text": 4, "vision": 6}))
    with pytest.raises(TypeError, match=r"couplings must be of the memory's type torch.float64, but are tor"):
        JointEnergy(memory, Couplings(make.widths))
