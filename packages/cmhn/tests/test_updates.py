"""What holds for all updates, and what the harmonic one alone promises."""

from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cmhn import (
    Couplings,
    EulerUpdate,
    GradientFlow,
    HarmonicUpdate,
    JointEnergy,
    JointMemory,
    LinearEnergy,
    SeparableEnergy,
    SoftmaxUpdate,
)

NAMES = ("text", "vision", "audio")
SUBSETS = [subset for size in (0, 1, 2, 3) for subset in combinations(NAMES, size)]
UPDATES = {
    "harmonic": HarmonicUpdate(),
    "softmax": SoftmaxUpdate("tanh"),
    "euler": EulerUpdate(),
    "flow": GradientFlow(0.05),
}
updates = pytest.mark.parametrize("update", UPDATES.values(), ids=UPDATES)
curved = pytest.mark.parametrize("kind", [JointEnergy, SeparableEnergy])


def _advance(energy, update, states, clamped=(), steps=1):
    step = update.prepare(energy, NAMES if len(states) == 3 else tuple(states), clamped)
    path = [states]
    for _ in range(steps):
        path.append(step(path[-1], energy.attraction(path[-1]).force))
    return path


@curved
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(
    seed=st.integers(0, 2**31),
    clamped=st.sampled_from(SUBSETS),
    gamma=st.sampled_from([0.0, 1e-3, 0.1, 1.0, 30.0, 1e3]),
    beta=st.sampled_from([0.1, 1.0, 10.0, 100.0]),
    noise=st.sampled_from([0.0, 0.1, 1.0, 5.0]),
    scale=st.sampled_from([0.1, 1.0, 10.0]),
)
def test_the_harmonic_step_never_raises_the_energy(
    make, kind, dtype, seed, clamped, gamma, beta, noise, scale
):
    memory = make.memory(6, seed=seed, dtype=dtype, scale=scale)
    energy = kind(memory, make.couplings(seed=seed, noise=noise, dtype=dtype), beta=beta, gamma=gamma)
    path = _advance(energy, HarmonicUpdate(), make.states(3, seed=seed, dtype=dtype), clamped, steps=4)
    # Energies and states are compared as exact numbers of their type, in float64: only the step is rounded.
    exact = kind(
        JointMemory.from_joint(make.widths, memory.patterns.double()),
        make.couplings(seed=seed, noise=noise, dtype=dtype).double(),
        beta=float(energy.beta),
        gamma=float(energy.gamma),
    )
    states = [{name: x.double() for name, x in states.items()} for states in path]
    energies = torch.stack([exact(x) for x in states])
    # A rounded Cholesky solve gives the exact minimum of a matrix off by a few units of A's last digit: the
    # quadratic form at the state it gives is then off by as many of ‖A‖‖x‖².
    stiffness = float(torch.linalg.matrix_norm(exact.curvature(NAMES), 2))
    length = torch.stack([sum(x.square().sum(-1) for x in state.values()) for state in states]).amax()
    size = stiffness * length + exact.attraction(states[0]).potential.abs().amax()
    slack = 50 * torch.finfo(dtype).eps * size
    assert bool((energies.diff(dim=0) <= slack).all())


@curved
@given(seed=st.integers(0, 2**31), clamped=st.sampled_from(SUBSETS), gamma=st.sampled_from([0.0, 0.5, 100.0]))
def test_the_harmonic_step_lowers_the_energy_by_half_its_squared_length(make, kind, seed, clamped, gamma):
    energy = kind(make.memory(seed=seed), make.couplings(seed=seed), beta=3.0, gamma=gamma)
    before, after = _advance(energy, HarmonicUpdate(), make.states(3, seed=seed), clamped)
    length = sum((after[name] - before[name]).square().sum(-1) for name in NAMES)
    slack = 1e-9 * (1 + energy(before).abs())
    assert bool((energy(before) - energy(after) >= length / 2 - slack).all())


@curved
@given(seed=st.integers(0, 2**31), clamped=st.sampled_from(SUBSETS))
def test_the_harmonic_step_is_the_minimum_of_its_bound(make, kind, seed, clamped):
    energy = kind(make.memory(seed=seed), make.couplings(seed=seed), beta=3.0, gamma=0.8)
    states = make.states(3, seed=seed)
    force = energy.attraction(states).force
    (_, after) = _advance(energy, HarmonicUpdate(), states, clamped)
    moved = {name: x.requires_grad_() for name, x in after.items()}
    bound = energy.convex(moved) - sum((force[name] * moved[name]).sum(-1) for name in NAMES)
    slopes = dict(zip(NAMES, torch.autograd.grad(bound.sum(), [moved[n] for n in NAMES]), strict=True))
    for name in NAMES:
        if name in clamped:
            assert torch.equal(after[name], states[name])
        else:
            torch.testing.assert_close(slopes[name], torch.zeros_like(slopes[name]), atol=1e-10, rtol=0)


@curved
def test_fixed_points_are_stationary(make, kind):
    energy = kind(make.memory(), make.couplings(), beta=2.0, gamma=0.3)
    last = _advance(energy, HarmonicUpdate(), make.states(4), steps=300)[-1]
    for slope in energy.gradient(last).values():
        torch.testing.assert_close(slope, torch.zeros_like(slope), atol=1e-6, rtol=0)
    clamped = _advance(energy, HarmonicUpdate(), make.states(4), ["text"], steps=300)[-1]
    slopes = energy.gradient(clamped)
    for name in ("vision", "audio"):
        torch.testing.assert_close(slopes[name], torch.zeros_like(slopes[name]), atol=1e-6, rtol=0)
    assert float(slopes["text"].abs().amax()) > 1e-3


def test_without_coupling_each_modality_is_a_modern_hopfield_network(make):
    energy = SeparableEnergy(make.memory(), make.couplings(), beta=1.7, gamma=0.0)
    states = make.states(3)
    (_, after) = _advance(energy, HarmonicUpdate(), states)
    for name in NAMES:
        patterns = energy.memory.pattern(name)
        torch.testing.assert_close(after[name], (1.7 * states[name] @ patterns.mT).softmax(-1) @ patterns)


@curved
def test_a_vanishing_coupling_ends_in_none(make, kind):
    states, memory, couplings = make.states(3), make.memory(), make.couplings()
    (_, free) = _advance(kind(memory, couplings, gamma=0.0), HarmonicUpdate(), states)
    for gamma in (1e-3, 1e-6, 1e-9):
        (_, bound) = _advance(kind(memory, couplings, gamma=gamma), HarmonicUpdate(), states)
        assert all(float((bound[n] - free[n]).abs().amax()) < 1e3 * gamma for n in NAMES)


def test_the_joint_step_without_coupling_is_a_modern_hopfield_network_of_joint_patterns(make):
    energy = JointEnergy(make.memory(), make.couplings(), beta=1.7, gamma=0.0)
    states = make.states(3)
    (_, after) = _advance(energy, HarmonicUpdate(), states)
    patterns, joint = energy.memory.patterns, energy.memory.join(states)
    expected = (1.7 * joint @ patterns.mT).softmax(-1) @ patterns
    torch.testing.assert_close(energy.memory.join(after), expected)


def test_equal_modalities_and_identities_move_as_one_memory(make):
    patterns, q, beta = make.normal(7, 4), make.normal(3, 4, seed=1), 0.8
    widths = dict.fromkeys(NAMES, 4)
    couplings = Couplings(widths, noise=0.0, dtype=torch.float64)
    energy = JointEnergy(
        JointMemory.from_joint(widths, patterns.repeat(1, 3)), couplings, beta=beta, gamma=50.0
    )
    (_, after) = _advance(energy, HarmonicUpdate(), dict.fromkeys(NAMES, q))
    for name in NAMES:
        torch.testing.assert_close(after[name], (3 * beta * q @ patterns.mT).softmax(-1) @ patterns)


@updates
@given(clamped=st.sampled_from(SUBSETS))
def test_what_is_clamped_stays_and_what_is_free_moves(make, update, clamped):
    energy = JointEnergy(make.memory(), make.couplings(), gamma=0.3)
    states = make.states(3)
    (_, after) = _advance(energy, update, states, clamped)
    assert set(after) == set(NAMES)
    for name in NAMES:
        assert torch.equal(after[name], states[name]) == (name in clamped)


@updates
def test_the_order_of_memories_changes_nothing(make, update):
    order = [3, 0, 6, 2, 5, 1, 4]
    energy = JointEnergy(make.memory(), make.couplings(), gamma=0.3)
    permuted = JointMemory.from_joint(make.widths, energy.memory.patterns[order])
    other = JointEnergy(permuted, energy.couplings, gamma=0.3)
    (_, after), (_, moved) = (_advance(e, update, make.states(3)) for e in (energy, other))
    assert all(torch.allclose(after[name], moved[name], rtol=1e-7, atol=1e-9) for name in NAMES)


@updates
def test_a_state_moves_alike_in_any_company(make, update):
    energy, states = JointEnergy(make.memory(), make.couplings(), gamma=0.3), make.states(5)
    (_, all_of_them) = _advance(energy, update, states)
    (_, one) = _advance(energy, update, {name: x[2:3] for name, x in states.items()})
    # the flow's solver cuts time by the whole batch, so it agrees to its own tolerance
    allowed = 1e-4 if isinstance(update, GradientFlow) else 1e-10
    assert all(torch.allclose(one[name], all_of_them[name][2:3], atol=allowed) for name in NAMES)


@updates
def test_single_precision_agrees_with_double(make, update):
    settings = {"beta": 2.0, "gamma": 0.3}
    single = JointEnergy(make.memory(dtype=torch.float32), make.couplings(dtype=torch.float32), **settings)
    double = JointEnergy(make.memory(), make.couplings(), **settings)
    (_, small) = _advance(single, update, make.states(3, dtype=torch.float32))
    (_, large) = _advance(double, update, make.states(3))
    for name in NAMES:
        assert small[name].dtype == torch.float32
        torch.testing.assert_close(small[name].double(), large[name], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("update", [HarmonicUpdate(), SoftmaxUpdate("tanh"), EulerUpdate()])
def test_gradients_agree_with_finite_differences(make, update):
    couplings = make.couplings(noise=0.3)

    def of(patterns, *states):
        energy = JointEnergy(JointMemory.from_joint(make.widths, patterns), couplings, beta=1.0, gamma=0.3)
        return tuple(_advance(energy, update, dict(zip(NAMES, states, strict=True)), steps=2)[-1].values())

    inputs = [make.memory(3).patterns.clone().requires_grad_()]
    inputs += [x.requires_grad_() for x in make.states(2).values()]
    assert torch.autograd.gradcheck(of, inputs)


@pytest.mark.parametrize("activation", ["identity", "tanh", "relu"])
def test_the_softmax_update_is_the_printed_equation(make, activation):
    energy, states = SeparableEnergy(make.memory(), make.couplings(), beta=1.7), make.states(3)
    (_, after) = _advance(energy, SoftmaxUpdate(activation), states)
    squash = {"identity": lambda x: x, "tanh": torch.tanh, "relu": torch.relu}[activation]
    patterns, weight = energy.memory.pattern, energy.couplings.weight
    recall = (1.7 * states["text"] @ patterns("text").mT).softmax(-1) @ patterns("text")
    predicted = states["vision"] @ weight("text", "vision").mT + states["audio"] @ weight("text", "audio").mT
    torch.testing.assert_close(after["text"], squash(recall + predicted))


def test_the_softmax_update_can_raise_the_energy(make):
    energy = SeparableEnergy(make.memory(), make.couplings(), beta=1.7)
    path = _advance(energy, SoftmaxUpdate("identity"), make.states(3), steps=5)
    assert bool((torch.stack([energy(x) for x in path]).diff(dim=0) > 1).any())


def test_the_euler_update_is_the_printed_equation_with_its_sum_over_memories(make):
    energy, states = LinearEnergy(make.memory(), make.couplings(), gamma=0.7), make.states(3)
    (_, after) = _advance(energy, EulerUpdate(0.2, "tanh"), states)
    x, weight = states["text"], energy.couplings.weight
    apart = sum(x - states[d] @ weight("text", d).mT for d in ("vision", "audio"))
    slope = energy.memory.pattern("text").sum(0) - 2 * 0.7 * apart
    torch.testing.assert_close(after["text"], torch.tanh(x + 0.2 * slope))


def test_a_linear_energy_has_no_harmonic_step(make):
    with pytest.raises(TypeError, match=r"energy must have the term .* but LinearEnergy has none"):
        HarmonicUpdate().prepare(LinearEnergy(make.memory(), make.couplings()), NAMES, ())


def test_settings_that_cannot_be_are_refused():
    for update in (SoftmaxUpdate, lambda name: EulerUpdate(0.1, name)):
        with pytest.raises(ValueError, match=r"activation must be one of .*, but is 'sine'"):
            update("sine")
    with pytest.raises(ValueError, match=r"step_size must be finite and above 0, but is 0"):
        EulerUpdate(0.0)
