import math
import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cmhn import (
    EulerUpdate,
    GradientFlow,
    HarmonicNetwork,
    HarmonicUpdate,
    JointEnergy,
    JointMemory,
    LinearEnergy,
    SeparableEnergy,
    SoftmaxUpdate,
    TiledAttention,
    WeightFileError,
    network,
)

NAMES = ("text", "vision", "audio")


def _sphere(make, count, widths, seed=0):
    parts = [
        torch.nn.functional.normalize(x, dim=1) for x in make.states(count, widths=widths, seed=seed).values()
    ]
    return JointMemory.from_joint(widths, torch.cat(parts, dim=1))


def _network(make, count=20, update=None, gamma=0.0, beta=40.0, noise=0.01):
    widths = {"text": 24, "vision": 32, "audio": 16}
    memory = _sphere(make, count, widths)
    couplings = make.couplings(widths, noise=noise)
    return HarmonicNetwork(JointEnergy(memory, couplings, beta=beta, gamma=gamma), update or HarmonicUpdate())


@pytest.mark.parametrize("known", [("text",), ("audio",), ("vision", "audio")])
@pytest.mark.parametrize("clamp", [False, True])
def test_a_cue_brings_the_whole_memory_back(make, known, clamp):
    model = _network(make)
    cues = {name: model.memory.pattern(name) for name in known}
    found = model.complete(clamp=clamp, **cues)
    assert set(found) == set(NAMES) - set(known)
    for name, state in found.items():
        torch.testing.assert_close(state, model.memory.pattern(name), atol=0.02, rtol=0)


def test_a_damaged_cue_is_cleaned_where_it_is_free(make):
    model = _network(make)
    cue = model.memory.pattern("text") + 0.1 * make.normal(20, 24, seed=5)
    found = model.retrieve({"text": cue})
    torch.testing.assert_close(found.states["text"], model.memory.pattern("text"), atol=0.02, rtol=0)
    assert torch.equal(found.weights.argmax(1), torch.arange(20))
    held = model.retrieve({"text": cue}, clamp=["text"])
    assert torch.equal(held.states["text"], cue)


@given(
    seed=st.integers(0, 2**31),
    clamp=st.sampled_from([(), ("text",)]),
    gamma=st.sampled_from([0.0, 0.3, 100.0]),
)
def test_energies_fall_and_states_that_converged_are_stationary(make, seed, clamp, gamma):
    energy = JointEnergy(make.memory(seed=seed), make.couplings(seed=seed), beta=2.0, gamma=gamma)
    found = HarmonicNetwork(energy).retrieve(
        {"text": make.normal(4, 4, seed=seed)}, clamp=clamp, steps=3000, tolerance=1e-9
    )
    assert found.converged.all()
    assert bool((found.energies.diff(dim=0) <= 1e-9 * (1 + found.energies.abs().amax())).all())
    # a step that moves by t leaves a gradient of at most ‖A‖ t
    allowed = 1e-8 * float(torch.linalg.matrix_norm(energy.curvature(NAMES), 2)) + 1e-9
    slopes = energy.gradient(found.states)
    assert all(float(slopes[name].abs().amax()) <= allowed for name in NAMES if name not in clamp)


def test_the_trajectory_leads_from_the_cue_to_the_states_with_an_energy_each(make):
    model = _network(make, gamma=0.05)
    cue = model.memory.pattern("text")[:3]
    found = model.retrieve({"text": cue}, steps=2, tolerance=1e-15, trajectory=True)
    assert found.steps == 2
    assert found.energies.shape == (3, 3)
    assert torch.equal(found.trajectory["text"][0], cue)
    assert not found.trajectory["audio"][0].any()
    for step in range(3):
        here = {name: path[step] for name, path in found.trajectory.items()}
        torch.testing.assert_close(model.energy(here), found.energies[step])
    assert all(torch.equal(found.trajectory[name][-1], found.states[name]) for name in NAMES)
    torch.testing.assert_close(found.weights, model.energy.assignment(found.states))
    assert model.retrieve({"text": cue}).trajectory is None


def test_no_step_gives_the_cue_back_and_has_not_converged(make):
    model = _network(make)
    found = model.retrieve({"text": model.memory.pattern("text")[:2]}, steps=0)
    assert found.steps == 0
    assert not found.converged.any()
    assert found.energies.shape == (1, 2)
    assert torch.equal(found.states["text"], model.memory.pattern("text")[:2])


def test_a_state_that_has_not_converged_says_so(make):
    model = HarmonicNetwork(
        JointEnergy(make.memory(), make.couplings(), beta=2.0, gamma=0.3), EulerUpdate(0.01)
    )
    assert not model.retrieve({"text": make.normal(3, 4)}, steps=2).converged.any()


@pytest.mark.parametrize(
    "update", [HarmonicUpdate(), SoftmaxUpdate("tanh"), EulerUpdate(), GradientFlow(0.1)]
)
@pytest.mark.parametrize("kind", [JointEnergy, SeparableEnergy])
def test_every_update_works_with_every_energy(make, update, kind):
    model = HarmonicNetwork(kind(make.memory(), make.couplings(), beta=2.0), update)
    found = model.retrieve({"text": make.normal(3, 4)}, steps=3, clamp=["text"])
    assert all(torch.isfinite(state).all() for state in found.states.values())
    assert torch.equal(found.states["text"], make.normal(3, 4))


def test_tiles_retrieve_what_plain_attention_does(make):
    model = _network(make, gamma=0.05)
    cue = {"audio": model.memory.pattern("audio") + 0.1 * make.normal(20, 16, seed=7)}
    plain = model.retrieve(cue)
    model.energy.attention = TiledAttention(3, 4)
    tiled = model.retrieve(cue)
    for name in NAMES:
        torch.testing.assert_close(tiled.states[name], plain.states[name], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(tiled.energies, plain.energies, atol=1e-5, rtol=1e-5)


def test_weights_are_kept_as_their_size_allows_or_as_asked(make, monkeypatch):
    model = _network(make)
    cue = {"text": model.memory.pattern("text")}
    monkeypatch.setattr(network, "WEIGHTS_LIMIT", 399)
    assert model.retrieve(cue).weights is None
    assert model.retrieve(cue, weights=True).weights.shape == (20, 20)
    assert model.retrieve({"text": cue["text"][:2]}).weights.shape == (2, 20)
    assert model.retrieve({"text": cue["text"][:2]}, weights=False).weights is None


@pytest.mark.parametrize("beta", [5.0, 20.0, 80.0])
@pytest.mark.parametrize("distance", [0.0, 0.01, 0.1])
@torch.no_grad()
def test_the_error_of_one_step_is_within_ramsauers_fifth_theorem(make, beta, distance):
    memory = _sphere(make, 12, {"text": 40, "vision": 30})
    patterns = memory.patterns
    count, longest = len(memory), float(patterns.norm(dim=1).amax())
    products = patterns @ patterns.mT
    separation = products.diagonal() - (products - 1e9 * torch.eye(count)).amax(dim=1)
    shift = distance * torch.nn.functional.normalize(make.normal(count, 70, seed=4), dim=1)
    model = HarmonicNetwork(JointEnergy(memory, beta=beta, gamma=0.0))
    answer = memory.join(model.retrieve(memory.split(patterns + shift), steps=1).states)
    error = (answer - patterns).norm(dim=1)
    fixed = memory.join(model.retrieve(memory.split(patterns), steps=500, tolerance=1e-12).states)
    radius = torch.maximum(shift.norm(dim=1), (fixed - patterns).norm(dim=1))
    bound = 2 * (count - 1) * torch.exp(-beta * (separation - 2 * radius * longest)) * longest
    assert bool((error <= bound + 1e-12).all())
    if beta == 80.0 and distance < 0.1:
        assert float(bound.amax()) < 1e-3  # here the theorem promises something


def test_the_strongest_memory_is_the_one_that_was_shown(make):
    model = _network(make)
    where, weight = model.strongest({"vision": model.memory.pattern("vision")}, 2)
    assert torch.equal(where[:, 0], torch.arange(20))
    assert bool((weight[:, 0] > 0.99).all())
    with pytest.raises(ValueError, match=r"k must be at most the number of memories 20, but is 21"):
        model.strongest({"vision": model.memory.pattern("vision")}, 21)
    apart = HarmonicNetwork(SeparableEnergy(make.memory(), make.couplings()))
    with pytest.raises(TypeError, match=r"energy must be a JointEnergy, .* but is a SeparableEnergy"):
        apart.strongest({"text": make.normal(1, 4)})


class _Doubler:
    def encode(self, batch):
        return 2 * torch.tensor(batch, dtype=torch.float64)


class _Linear(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 3, dtype=torch.float64)

    def encode(self, batch):
        return self.layer(batch)


def test_encoders_need_nothing_but_their_method(make):
    memory = make.memory(widths={"text": 2, "audio": 3})
    model = HarmonicNetwork(JointEnergy(memory), encoders={"text": _Doubler(), "audio": _Linear()})
    states = model.encode(text=[[1.0, 2.0]], audio=make.normal(1, 2))
    assert states["text"].tolist() == [[2.0, 4.0]]
    assert states["audio"].shape == (1, 3)
    assert "encoder_modules.audio.layer.weight" in dict(model.named_parameters())
    with pytest.raises(ValueError, match=r"encoders\['text'\]'s features must be of shape \[B, 2\], but has"):
        model.encode(text=[[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match=r"inputs must name modalities among .* names \['vision'\]"):
        model.encode(vision=[1])


def test_encoders_that_do_not_fit_are_refused(make, without_shape_checks):
    energy = JointEnergy(make.memory(), make.couplings())
    with pytest.raises(TypeError, match=r"encoders\['text'\] must have a method encode, but is a int"):
        HarmonicNetwork(energy, encoders={"text": 3})
    with pytest.raises(ValueError, match=r"encoders must name modalities among .* names \['smell'\]"):
        HarmonicNetwork(energy, encoders={"smell": _Doubler()})


@pytest.mark.parametrize("kind", [JointEnergy, SeparableEnergy, LinearEnergy])
@pytest.mark.parametrize("learnable", [False, True])
def test_a_saved_network_comes_back(make, tmp_path, kind, learnable):
    model = HarmonicNetwork(kind(make.memory(9, learnable=learnable), make.couplings(), gamma=0.7))
    other = HarmonicNetwork(kind(make.memory(2, learnable=learnable), make.couplings(seed=3), gamma=0.1))
    states = make.states(3)
    model.save(tmp_path / "model.safetensors")
    other.load(tmp_path / "model.safetensors")
    assert len(other.memory) == 9
    torch.testing.assert_close(other.energy(states), model.energy(states))
    assert float(other.energy.gamma) == pytest.approx(0.7)


def _of_another_energy(make, path):
    HarmonicNetwork(SeparableEnergy(make.memory(), make.couplings())).save(path)


def _a_memory(make, path):
    make.memory().save(path)


def _a_pickle(make, path):
    path.write_bytes(pickle.dumps({"log_beta": math.pi}))


def _truncated(make, path):
    HarmonicNetwork(JointEnergy(make.memory(), make.couplings())).save(path)
    path.write_bytes(path.read_bytes()[:-1])


def _with_an_encoder(make, path):
    widths = {"text": 4, "vision": 6, "audio": 3}
    energy = JointEnergy(make.memory(widths=widths), make.couplings())
    HarmonicNetwork(energy, encoders={"audio": _Linear()}).save(path)


@pytest.mark.parametrize("write", [_of_another_energy, _a_memory, _a_pickle, _truncated, _with_an_encoder])
def test_a_file_of_something_else_is_one_error_and_changes_nothing(make, tmp_path, write):
    write(make, tmp_path / "file")
    model = HarmonicNetwork(JointEnergy(make.memory(3, seed=4), make.couplings(seed=4), beta=3.0))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(WeightFileError, match=r"path must .*nothing was loaded"):
        model.load(tmp_path / "file")
    after = model.state_dict()
    assert set(after) == set(before)
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_cues_that_do_not_fit_are_refused(make):
    model = HarmonicNetwork(JointEnergy(make.memory(), make.couplings()))
    cue = make.states(2)
    cases = [
        ({"cues": {}}, "cues must hold at least one of .*, but is empty"),
        ({"cues": {"smell": cue["text"]}}, r"cues must name modalities among .* names \['smell'\]"),
        ({"cues": {"text": cue["vision"]}}, r"cues\['text'\] must be of shape \[B, 4\], .* \(2, 6\)"),
        ({"cues": {"text": cue["text"] / 0}}, r"cues\['text'\] must be finite, but holds NaN or Inf"),
        ({"cues": {**cue, "text": cue["text"][:1]}}, "cues must have one batch size for all modalities"),
        ({"cues": {"text": cue["text"]}, "clamp": ["audio"]}, r"clamp must name .* names \['audio'\]"),
        ({"cues": {"text": cue["text"]}, "steps": -1}, "steps must be at least 0, but is -1"),
        ({"cues": {"text": cue["text"]}, "tolerance": 0.0}, "tolerance must be finite and above 0"),
    ]
    for arguments, message in cases:
        with pytest.raises(ValueError, match=message):
            model.retrieve(**arguments)
    with pytest.raises(ValueError, match=r"cues must leave out at least one modality"):
        model.complete(**cue)
    with pytest.raises(ValueError, match=r"memory must hold at least one pattern, but is empty"):
        HarmonicNetwork(JointEnergy(make.memory(0), make.couplings())).complete(text=cue["text"])


def test_no_cue_in_the_batch_gives_no_answer(make):
    found = HarmonicNetwork(JointEnergy(make.memory(), make.couplings())).retrieve(
        {"text": make.normal(0, 4)}
    )
    assert found.states["audio"].shape == (0, 3)
    assert found.weights.shape == (0, 7)
