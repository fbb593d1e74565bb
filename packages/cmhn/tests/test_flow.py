import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cmhn import GradientFlow, HarmonicUpdate, JointEnergy, LinearEnergy, SeparableEnergy

NAMES = ("text", "vision", "audio")
FINE = GradientFlow(0.5, 1e-6, 1e-7)


def _flow(energy, states, clamped=(), steps=1, flow=FINE):
    step = flow.prepare(energy, NAMES, clamped)
    path = [states]
    for _ in range(steps):
        path.append(step(path[-1], {}))
    return path


@pytest.mark.parametrize("kind", [LinearEnergy, SeparableEnergy, JointEnergy])
@settings(max_examples=3)
@given(seed=st.integers(0, 2**31), clamped=st.sampled_from([(), ("text",), ("vision", "audio")]))
def test_the_energy_never_rises_along_the_flow(make, kind, seed, clamped):
    energy = kind(make.memory(seed=seed), make.couplings(seed=seed, noise=0.3), gamma=0.1)
    path = _flow(energy, make.states(3, seed=seed), clamped, steps=2)
    energies = torch.stack([energy(x) for x in path])
    assert bool((energies.diff(dim=0) <= 1e-5 * (1 + energies.abs().amax())).all())


def test_the_flow_starts_along_minus_the_gradient(make):
    energy, states = JointEnergy(make.memory(), make.couplings(), gamma=0.4), make.states(3)
    short = 1e-5
    (_, after) = _flow(energy, states, flow=GradientFlow(short, 1e-10, 1e-12))
    for name, slope in energy.gradient(states).items():
        torch.testing.assert_close((after[name] - states[name]) / short, -slope, rtol=1e-3, atol=1e-2)


def test_the_flow_of_a_linear_energy_without_coupling_is_a_straight_line(make):
    energy, states = LinearEnergy(make.memory(), make.couplings(), gamma=0.0), make.states(3)
    (_, after) = _flow(energy, states)
    for name in NAMES:
        torch.testing.assert_close(after[name], states[name] + 0.5 * energy.memory.pattern(name).sum(0))


@pytest.mark.parametrize("clamped", [(), ("text",)])
def test_the_flow_ends_where_the_harmonic_update_stands_still(make, clamped):
    energy = JointEnergy(make.memory(), make.couplings(), beta=2.0, gamma=0.1)
    last = _flow(energy, make.states(3), clamped, steps=25)[-1]
    step = HarmonicUpdate().prepare(energy, NAMES, clamped)
    still = step(last, energy.attraction(last).force)
    for name in NAMES:
        torch.testing.assert_close(still[name], last[name], atol=1e-4, rtol=0)


def test_nothing_flows_where_there_is_nothing(make):
    energy = JointEnergy(make.memory(), make.couplings())
    assert _flow(energy, make.states(0))[-1]["text"].shape == (0, 4)


@pytest.mark.parametrize("name", ["duration", "relative_tolerance", "absolute_tolerance"])
def test_settings_that_are_not_above_zero_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be finite and above 0, but is 0"):
        GradientFlow(**{name: 0.0})
