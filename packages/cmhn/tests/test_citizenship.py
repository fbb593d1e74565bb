"""Memories and losses behave as modules of PyTorch do: under its transforms, in half precision, in checkpoints."""

import copy
import pickle
import subprocess
import sys

import pytest
import torch

from cmhn import (
    Couplings,
    GradientFlow,
    HarmonicLoss,
    HarmonicNetwork,
    HarmonicUpdate,
    JointEnergy,
    JointMemory,
    SeparableEnergy,
)

WIDTHS = {"text": 4, "vision": 3}
ENERGIES = [JointEnergy, SeparableEnergy]


def states(items, seed=0, dtype=torch.float32, widths=WIDTHS):
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.nn.functional.normalize(
            torch.randn(items, width, generator=generator, dtype=dtype), dim=1
        )
        for name, width in widths.items()
    }


def network(energy=JointEnergy, items=6, dtype=torch.float32, **options):
    torch.manual_seed(0)
    memory = JointMemory(WIDTHS, dtype=dtype)
    if items:
        memory.store(**states(items, seed=1, dtype=dtype))
    couplings = Couplings(WIDTHS).to(dtype)
    return HarmonicNetwork(energy(memory, couplings, beta=9.0, gamma=0.1, **options), HarmonicUpdate())


@pytest.mark.parametrize("energy", ENERGIES)
def test_a_transform_of_the_energy_gives_what_one_state_at_a_time_gives(energy):
    whole, x = network(energy).energy, states(3)

    def one(text, vision):
        return whole({"text": text[None], "vision": vision[None]})[0]

    mapped = torch.func.vmap(torch.func.grad(one))(x["text"], x["vision"])
    for item in range(3):
        text = x["text"][item].clone().requires_grad_()
        (alone,) = torch.autograd.grad(one(text, x["vision"][item]), text)
        torch.testing.assert_close(mapped[item], alone)


TRACED = """
import torch
from cmhn import Couplings, HarmonicNetwork, JointEnergy, JointMemory, SeparableEnergy

class Completed(torch.nn.Module):
    def __init__(self, energy):
        super().__init__()
        widths = {"text": 4, "vision": 3}
        memory = JointMemory(widths)
        memory.store(text=torch.randn(6, 4), vision=torch.randn(6, 3))
        self.network = HarmonicNetwork(energy(memory, Couplings(widths), beta=9.0, gamma=0.1))

    def forward(self, text):
        return self.network.retrieve({"text": text}, steps=3).states["vision"]

for energy in (JointEnergy, SeparableEnergy):
    module, text = Completed(energy), torch.randn(5, 4)
    wanted = module(text)
    torch.testing.assert_close(torch.compile(module, fullgraph=True, backend="eager")(text), wanted)
    batch = torch.export.Dim("batch", min=2, max=64)
    exported = torch.export.export(module, (text,), dynamic_shapes=({0: batch},)).module()
    torch.testing.assert_close(exported(text), wanted)
    torch.testing.assert_close(exported(text[:3]), wanted[:3])
print("traced")
"""


def test_a_retrieval_compiles_into_one_graph_and_exports():
    # In a process of its own: the tests' shape checks cannot be traced.
    done = subprocess.run([sys.executable, "-c", TRACED], capture_output=True, text=True)
    assert done.stdout == "traced\n", done.stderr


@pytest.mark.parametrize("energy", ENERGIES)
def test_an_autocast_region_trains_and_retrieves(energy):
    whole, encoder, x = network(energy), torch.nn.Linear(4, 4), states(5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cue = {"text": encoder(x["text"]), "vision": x["vision"]}
        assert cue["text"].dtype == torch.bfloat16
        loss = HarmonicLoss()(whole.energy, cue, encoder.parameters())
        found = whole.retrieve({"text": cue["text"]}, steps=3)
    loss.total.backward()
    assert torch.isfinite(loss.total)
    assert torch.isfinite(encoder.weight.grad).all()
    # Only the cue is rounded, not what is done with it.
    same = whole.retrieve({"text": cue["text"].float()}, steps=3)
    torch.testing.assert_close(found.states["vision"], same.states["vision"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_memory_in_half_precision_is_refused(dtype):
    with pytest.raises(TypeError, match=r"must be of torch\.float32 or torch\.float64"):
        JointMemory(WIDTHS, dtype=dtype)
    cast = network().to(dtype)
    with pytest.raises(TypeError, match=r"torch\.float32 or torch\.float64"):
        cast.energy.memory.store(**states(1, dtype=dtype))


@pytest.mark.parametrize("energy", ENERGIES)
def test_a_checkpoint_brings_back_a_memory_that_has_grown(energy):
    saved, fresh, x = network(energy, items=6), network(energy, items=0), states(3)
    fresh.load_state_dict(saved.state_dict())
    assert len(fresh.energy.memory) == 6
    torch.testing.assert_close(fresh.energy(x), saved.energy(x), rtol=0, atol=0)


def test_a_checkpoint_of_other_settings_is_refused():
    saved = network().state_dict()
    with pytest.raises(RuntimeError, match=r"must come with the settings .*norm_offset"):
        network(norm_offset=True).load_state_dict(saved)
    other = JointMemory({"vision": 3, "text": 4})
    with pytest.raises(RuntimeError, match="must come with the settings"):
        other.load_state_dict(
            {k.removeprefix("energy.memory."): v for k, v in saved.items() if "memory" in k}
        )


def test_a_checkpoint_carries_beta():
    saved, other = network(), network()
    other.energy.load_state_dict(saved.energy.state_dict())
    colder = HarmonicNetwork(
        JointEnergy(network().energy.memory, Couplings(WIDTHS), beta=2.0), HarmonicUpdate()
    )
    colder.load_state_dict(saved.state_dict())
    torch.testing.assert_close(torch.as_tensor(colder.energy.beta), torch.as_tensor(saved.energy.beta))


def test_copies_and_pickles_answer_alike():
    whole, cue = network(), {"text": states(3)["text"]}
    wanted = whole.retrieve(cue, steps=2).states["vision"]
    for copied in (copy.deepcopy(whole), pickle.loads(pickle.dumps(whole))):
        torch.testing.assert_close(copied.retrieve(cue, steps=2).states["vision"], wanted, rtol=0, atol=0)


def test_a_module_made_on_the_meta_device_answers_once_loaded():
    saved, cue = network(), {"text": states(3)["text"]}
    with torch.device("meta"):
        empty = HarmonicNetwork(JointEnergy(JointMemory(WIDTHS), Couplings(WIDTHS), beta=9.0, gamma=0.1))
    empty = empty.to_empty(device="cpu")
    empty.load_state_dict(saved.state_dict())
    wanted = saved.retrieve(cue, steps=2).states["vision"]
    torch.testing.assert_close(empty.retrieve(cue, steps=2).states["vision"], wanted)


@pytest.mark.parametrize("energy", ENERGIES)
def test_no_cue_gives_no_answer(energy):
    found = network(energy).retrieve({"text": torch.zeros(0, 4)}, steps=2)
    assert found.states["vision"].shape == (0, 3)
    assert network(energy).energy(states(0)).shape == (0,)


def test_the_norm_offset_finds_patterns_of_any_length():
    torch.manual_seed(0)
    directions = torch.nn.functional.normalize(torch.randn(20, 16), dim=1)
    patterns = directions * torch.logspace(-0.5, 0.5, 20)[:, None]
    memory = JointMemory({"a": 16})
    memory.store(a=patterns)
    cue = {"a": patterns + 0.02 * torch.randn(20, 16)}

    def right(**options):
        # γ and couplings have no part in a single modality.
        energy = JointEnergy(memory, Couplings({"a": 16}), beta=200.0, gamma=0.0, **options)
        found = HarmonicNetwork(energy, HarmonicUpdate()).retrieve(cue, steps=20).states["a"]
        return float((torch.cdist(found, patterns).argmin(1) == torch.arange(20)).double().mean())

    assert right() < 0.9
    assert right(norm_offset=True) == 1.0


def test_an_energy_with_a_norm_offset_never_rises_and_has_its_gradient():
    whole = network(norm_offset=True, dtype=torch.float64)
    x = states(4, dtype=torch.float64)
    trace = whole.retrieve(x, steps=15)
    moved = {name: value + 1e-6 for name, value in x.items()}
    leaves = {name: value.clone().requires_grad_() for name, value in x.items()}
    slopes = torch.autograd.grad(whole.energy(leaves).sum(), list(leaves.values()))
    change = sum((slope * 1e-6).sum() for slope in slopes)
    torch.testing.assert_close((whole.energy(moved) - whole.energy(x)).sum(), change, rtol=1e-4, atol=1e-11)
    assert bool((whole.energy(trace.states) <= whole.energy(x) + 1e-12).all())


@pytest.mark.parametrize("beta", [1e39, 1e-39, 0.0, -1.0, float("inf"), float("nan")])
def test_a_beta_beyond_the_types_range_is_refused(beta):
    with pytest.raises(ValueError, match="beta must"):
        JointEnergy(JointMemory(WIDTHS), Couplings(WIDTHS), beta=beta)


def test_a_flow_is_refused_in_an_exported_graph():
    whole = network()
    flowing = HarmonicNetwork(whole.energy, GradientFlow())

    class Flow(torch.nn.Module):
        def forward(self, text):
            return flowing.retrieve({"text": text}, steps=1).states["vision"]

    with pytest.raises(Exception, match="whose steps can be traced"):
        torch.export.export(Flow(), (states(2)["text"],))
