"""What holds for every Hopfield network, discrete and continuous."""

import copy
import io
import pickle
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chmnet import (
    BSplineBasis,
    ContinuousHopfield,
    DiscreteHopfield,
    Exact,
    GaussianBasis,
    GaussLegendre,
    RectangularBasis,
    Trapezoid,
    euclidean_offset,
    optimal_edges,
    ridge_fit,
)


def _normal(*shape, dtype=torch.float64, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


def _discrete(frames, beta):
    return DiscreteHopfield(frames, beta)


def _exact(frames, beta):
    return ContinuousHopfield.fit(frames, RectangularBasis(5), beta=beta)


def _trapezoid(frames, beta):
    return ContinuousHopfield.fit(frames, RectangularBasis(5), beta=beta, integration=Trapezoid(17))


def _padded(frames, beta):
    basis = RectangularBasis(8, (-0.5, 1.5))
    return ContinuousHopfield.fit(frames, basis, beta=beta, integration=GaussLegendre(9), domain=(-0.5, 1.5))


def _adaptive(frames, beta):
    basis = RectangularBasis.from_edges(optimal_edges(frames.detach(), min(4, len(frames))))
    return ContinuousHopfield.fit(frames, basis, beta=beta, ridge=0.0)


def _corrected(frames, beta):
    basis = RectangularBasis(5)
    offset = euclidean_offset(ridge_fit(frames, None, basis, 0.5))
    return ContinuousHopfield.fit(frames, basis, beta=beta, offset=offset)


def _bells(frames, beta):
    return ContinuousHopfield.fit(frames, GaussianBasis(5), beta=beta, integration=Trapezoid(40))


def _splines(frames, beta):
    return ContinuousHopfield.fit(frames, BSplineBasis(6), beta=beta, integration=GaussLegendre(4, panels=3))


NETWORKS = [_discrete, _exact, _trapezoid, _padded, _adaptive, _corrected, _bells, _splines]
networks = pytest.mark.parametrize("network", NETWORKS)
dtypes = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


@networks
@dtypes
@given(
    seed=st.integers(0, 2**31),
    length=st.integers(1, 12),
    width=st.integers(1, 6),
    beta=st.sampled_from([0.1, 1.0, 10.0, 1e3]),
    scale=st.sampled_from([0.01, 1.0, 30.0]),
)
def test_energy_never_rises(network, dtype, seed, length, width, beta, scale):
    memory = network(scale * _normal(length, width, dtype=dtype, seed=seed), beta)
    states = memory.trajectory(scale * _normal(4, width, dtype=dtype, seed=seed + 1), 5)
    energies = memory.energy(states).double()
    # Rounding of the two terms that make the energy up, each far larger than their difference.
    size = 1 / beta + states.double().square().sum(-1).amax() + memory.similarity(states).abs().amax()
    assert (energies.diff(dim=0) <= 100 * torch.finfo(dtype).eps * size).all()


@networks
@dtypes
def test_scores_of_a_million_neither_overflow_nor_give_nan(network, dtype):
    frames = 1000 * _normal(9, 4, dtype=dtype)
    memory = network(frames, 10.0)
    states = memory.trajectory(frames, 3)
    scores = 10.0 * memory.similarity(frames).abs().amax()
    assert scores > 1e6
    assert torch.isfinite(states).all()
    energies = memory.energy(states)
    assert torch.isfinite(energies).all()
    assert (energies.diff(dim=0) <= 10 * torch.finfo(dtype).eps * scores).all()


@networks
@given(seed=st.integers(0, 2**31), beta=st.sampled_from([0.1, 1.0, 10.0]))
def test_float32_is_float64_to_its_digits(network, seed, beta):
    frames, q = _normal(9, 4, seed=seed).float(), _normal(3, 4, seed=seed + 1).float()
    short, long = network(frames, beta), network(frames.double(), beta)
    torch.testing.assert_close(short.memory.double(), long.memory, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(short.energy(q).double(), long.energy(q.double()), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(short.update(q).double(), long.update(q.double()), atol=1e-3, rtol=1e-3)


TRACED = """
import torch
from chmnet import *

generator = torch.Generator().manual_seed(0)
frames, q = torch.randn(7, 3, generator=generator), torch.randn(5, 3, generator=generator)
bases = [(RectangularBasis(4), Exact()), (GaussianBasis(4), Trapezoid(9)), (BSplineBasis(5), GaussLegendre(4))]
makers = [lambda x: DiscreteHopfield(x, 2.0)]
makers += [lambda x, b=b, r=r: ContinuousHopfield.fit(x, b, beta=2.0, integration=r) for b, r in bases]


class Answer(torch.nn.Module):
    def __init__(self, memory):
        super().__init__()
        self.memory = memory

    def forward(self, q):
        memory = self.memory
        return memory.retrieve(q, 9, tolerance=1e-3).states, memory.energy(q), memory.update(q)


for make in makers:
    torch._dynamo.reset()
    memory = Answer(make(frames))
    whole = torch.compile(memory, backend="eager", fullgraph=True)
    torch.testing.assert_close(whole(q), memory(q))
graph = torch.export.export(memory, (q,), dynamic_shapes=({0: torch.export.Dim("B", min=3)},)).module()
torch.testing.assert_close(graph(q[:4]), memory(q[:4]))
fresh = torch.compile(lambda x, q: make(x).update(q), backend="eager", fullgraph=True)
torch.testing.assert_close(fresh(frames, q), make(frames).update(q))
"""


def test_a_traced_network_is_the_network():
    """As a user traces it: in a process of its own, where the tests' checks of shapes are not traced too."""
    run = subprocess.run([sys.executable, "-c", TRACED], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@networks
def test_no_tensor_is_made_anywhere_but_where_the_memory_is(network):
    """What is made without a device lands on the default one, here one that holds no numbers."""
    memory, q = network(_normal(7, 3), 2.0), _normal(5, 3, seed=1)
    with torch.device("meta"):
        made = [memory.energy(q), memory.update(q), memory.retrieve(q, 2, chunk=2), memory.trajectory(q, 2)]
    assert all(tensor.device == q.device for tensor in made)


@networks
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_memory_on_a_gpu_answers_as_one_on_the_cpu(network):
    frames, q = _normal(7, 3), _normal(5, 3, seed=1)
    here, there = network(frames, 2.0), network(frames.cuda(), 2.0)
    torch.testing.assert_close(there.update(q.cuda()).cpu(), here.update(q))
    torch.testing.assert_close(there.energy(q.cuda()).cpu(), here.energy(q))


@networks
@given(seed=st.integers(0, 2**31), beta=st.sampled_from([0.1, 1.0, 10.0]))
def test_the_update_is_minus_the_gradient_of_the_concave_part(network, seed, beta):
    memory = network(_normal(7, 3, seed=seed), beta)
    q = _normal(2, 3, seed=seed + 1).requires_grad_()
    concave = memory.energy(q) - q.square().sum(-1) / 2
    (gradient,) = torch.autograd.grad(concave.sum(), q)
    torch.testing.assert_close(memory.update(q), -gradient)


@networks
def test_gradients_agree_with_finite_differences(network):
    frames, q = _normal(7, 3).requires_grad_(), _normal(2, 3, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, q: network(x, 1.0).energy(q), (frames, q))
    assert torch.autograd.gradcheck(lambda x, q: network(x, 1.0).retrieve(q, 2, chunk=1), (frames, q))


@networks
@dtypes
@given(chunk=st.integers(1, 9), steps=st.integers(0, 3))
def test_retrieval_does_not_depend_on_chunks(network, dtype, chunk, steps):
    memory, q = network(_normal(7, 3, dtype=dtype), 2.0), _normal(8, 3, dtype=dtype, seed=1)
    torch.testing.assert_close(memory.retrieve(q, steps, chunk=chunk), memory.retrieve(q, steps))


@networks
@given(order=st.permutations(range(6)))
def test_a_query_is_answered_alike_in_any_company(network, order):
    memory, q = network(_normal(7, 3), 2.0), _normal(6, 3, seed=1)
    torch.testing.assert_close(memory.update(q[list(order)]), memory.update(q)[list(order)])
    torch.testing.assert_close(memory.update(q.reshape(3, 2, 3)), memory.update(q).reshape(3, 2, 3))
    torch.testing.assert_close(memory.update(q[0]), memory.update(q)[0])
    torch.testing.assert_close(memory.energy(q[0]), memory.energy(q)[0])


@networks
def test_no_query_gives_no_answer(network):
    memory = network(_normal(7, 3), 2.0)
    assert memory.retrieve(torch.empty(0, 3, dtype=torch.float64), chunk=4).shape == (0, 3)
    assert memory.energy(torch.empty(0, 3, dtype=torch.float64)).shape == (0,)


@networks
def test_a_trajectory_starts_at_the_query_and_ends_at_the_retrieved_state(network):
    memory, q = network(_normal(7, 3), 2.0), _normal(2, 3, seed=1)
    states = memory.trajectory(q, 3)
    assert states.shape == (4, 2, 3)
    assert torch.equal(states[0], q)
    assert torch.equal(states[1], memory.update(q))
    assert torch.equal(states[3], memory.retrieve(q, 3))


@networks
def test_a_memory_of_one_pattern_answers_with_it(network):
    frame = _normal(1, 3)
    memory = network(frame, 50.0)
    answer = memory.update(10 * frame)
    torch.testing.assert_close(torch.nn.functional.cosine_similarity(answer, frame), torch.ones(1).double())


@networks
def test_a_memory_moves_between_types(network):
    memory = network(_normal(7, 3), 2.0).float()
    assert memory.update(_normal(2, 3, dtype=torch.float32)).dtype == torch.float32


@networks
def test_a_query_of_another_width_is_refused(network):
    memory = network(_normal(7, 3), 2.0)
    for method in (memory.energy, memory.update, memory.retrieve, lambda q: memory.trajectory(q, 1)):
        with pytest.raises(ValueError, match=r"q must have the memory's width 3 .* shape \(2, 4\)"):
            method(_normal(2, 4))


@networks
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_query_that_is_not_finite_is_refused(network, bad):
    with pytest.raises(ValueError, match="q must be finite, but holds NaN or Inf"):
        network(_normal(7, 3), 2.0).update(torch.full((1, 3), bad, dtype=torch.float64))


@networks
def test_a_query_of_another_type_is_refused(network, without_shape_checks):
    memory = network(_normal(7, 3), 2.0)
    with pytest.raises(TypeError, match=r"q must be a floating-point tensor, but is torch.int64"):
        memory.update(torch.zeros(1, 3, dtype=torch.int64))
    with pytest.raises(TypeError, match=r"q must have the memory's type torch.float64, but is torch.f"):
        memory.update(torch.zeros(1, 3, dtype=torch.float32))


@networks
def test_steps_below_zero_and_empty_chunks_are_refused(network):
    memory, q = network(_normal(7, 3), 2.0), _normal(2, 3)
    with pytest.raises(ValueError, match="steps must be at least 0, but is -1"):
        memory.retrieve(q, -1)
    with pytest.raises(ValueError, match="steps must be at least 0, but is -1"):
        memory.trajectory(q, -1)
    with pytest.raises(ValueError, match="chunk must be at least 1, but is 0"):
        memory.retrieve(q, chunk=0)


@networks
@pytest.mark.parametrize("beta", [0.0, -1.0, float("nan"), float("inf")])
def test_a_beta_that_is_not_above_zero_is_refused(network, beta):
    with pytest.raises(ValueError, match=f"beta must be finite and above 0, but is {beta}"):
        network(_normal(7, 3), beta)


def test_exact_is_the_default():
    q = _normal(2, 3, seed=1)
    default = ContinuousHopfield.fit(_normal(7, 3), RectangularBasis(5), beta=1.0)
    named = ContinuousHopfield.fit(_normal(7, 3), RectangularBasis(5), beta=1.0, integration=Exact())
    assert torch.equal(default.energy(q), named.energy(q))


halves = pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])


@networks
@halves
def test_half_precision_is_computed_in_float32(network, dtype):
    """Raw pixels: their products leave float16, and half precision has no digit behind the point for them."""
    memory = network(255 * _normal(12, 40, dtype=torch.float32).abs(), 1.0).to(dtype)
    exact = copy.deepcopy(memory).float()
    q = memory.memory[:3].clone()
    for method in ("update", lambda m, x: m.retrieve(x, 3), lambda m, x: m.trajectory(x, 2)):
        found, expected = (
            getattr(m, method)(x) if isinstance(method, str) else method(m, x)
            for m, x in ((memory, q), (exact, q.float()))
        )
        assert found.dtype == dtype
        assert torch.equal(found, expected.to(dtype))
    assert memory.energy(q).dtype == torch.float32
    assert torch.equal(memory.energy(q), exact.energy(q.float()))
    assert torch.isfinite(memory.energy(q)).all()


@networks
@halves
def test_casting_rounds_the_memory_and_nothing_else(network, dtype):
    """Weights of points, offsets and basis functions at the points are no part of what was to be halved."""
    whole = network(_normal(9, 4, dtype=torch.float32), 2.0)
    half = copy.deepcopy(whole).to(dtype)
    assert half.memory.dtype == dtype
    for name in ("log_weights", "offset", "values"):
        before, after = getattr(whole, name, None), getattr(half, name, None)
        assert (before is None) == (after is None)
        assert before is None or torch.equal(before, after)


@networks
def test_an_autocast_region_changes_no_answer_and_takes_what_encoders_give(network):
    frames, q = _normal(9, 4, dtype=torch.float32), _normal(3, 4, dtype=torch.float32, seed=1)
    memory = network(frames, 2.0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        made = network(frames, 2.0)
        once = memory.retrieve(q)
        answers = [
            memory.energy(q),
            memory.similarity(q),
            once,
            memory.retrieve(once),
            memory.trajectory(q, 2),
        ]
        encoded = memory.retrieve(q.bfloat16())
        # A memory of features is made in the region too.
        assert network(frames.bfloat16(), 2.0).update(q).dtype == torch.bfloat16
    once = memory.retrieve(q)
    expected = [memory.energy(q), memory.similarity(q), once, memory.retrieve(once), memory.trajectory(q, 2)]
    assert all(map(torch.equal, answers, expected))
    assert torch.equal(made.memory, memory.memory)
    assert torch.equal(encoded, memory.retrieve(q.bfloat16().float()))


@networks
def test_gradients_of_one_state_each_are_those_of_all(network):
    memory, q = network(_normal(7, 3), 2.0), _normal(4, 3, seed=1)
    each = torch.func.vmap(torch.func.grad(memory.energy))(q)
    q.requires_grad_()
    (expected,) = torch.autograd.grad(memory.energy(q).sum(), q)
    torch.testing.assert_close(each, expected)
    together = torch.func.vmap(lambda state: memory.retrieve(state, 9, tolerance=1e-3).states)(q)
    torch.testing.assert_close(together, memory.retrieve(q, 9, tolerance=1e-3).states)


@networks
@settings(max_examples=8)
@given(seed=st.integers(0, 2**31), tolerance=st.sampled_from([1e-2, 1e-6]), chunk=st.sampled_from([None, 2]))
def test_until_a_tolerance_each_query_takes_the_updates_it_needs(network, seed, tolerance, chunk):
    memory, q = network(_normal(7, 3, seed=seed), 3.0), _normal(5, 3, seed=seed + 1)
    found = memory.retrieve(q, 20, tolerance=tolerance, chunk=chunk)
    path = memory.trajectory(q, 20)
    moved = path.diff(dim=0).norm(dim=-1) / path[:-1].norm(dim=-1).clamp(min=1)
    for one in range(5):
        steps = int(found.steps[one])
        torch.testing.assert_close(found.states[one], path[steps, one])
        assert bool(found.converged[one]) == bool(moved[steps - 1, one] <= tolerance)
        assert steps == 20 or bool(found.converged[one])
        assert not (moved[: steps - 1, one] <= tolerance).any()


@networks
def test_no_query_converges_at_once(network):
    found = network(_normal(7, 3), 3.0).retrieve(_normal(0, 3), tolerance=0.1, chunk=4)
    assert found.states.shape == (0, 3)
    assert found.steps.shape == found.converged.shape == (0,)


@networks
@pytest.mark.parametrize("tolerance", [0.0, -1.0, float("nan")])
def test_a_tolerance_that_is_not_above_zero_is_refused(network, tolerance):
    with pytest.raises(ValueError, match="tolerance must be finite and above 0"):
        network(_normal(7, 3), 3.0).retrieve(_normal(2, 3), tolerance=tolerance)


@networks
@pytest.mark.parametrize("other", NETWORKS)
def test_a_state_dict_restores_all_that_answers_depend_on(network, other):
    saved, q = network(_normal(9, 3), 5.0), _normal(4, 3, seed=1)
    file = io.BytesIO()
    torch.save(saved.state_dict(), file)
    file.seek(0)
    state = torch.load(file, weights_only=True)
    memory = other(_normal(4, 3, seed=2), 1.0)
    kind = type(getattr(saved, "basis", None))
    if type(getattr(memory, "basis", None)) is not kind:
        with pytest.raises(RuntimeError, match="must be saved as a"):
            memory.load_state_dict(state)
        return
    basis, before = getattr(memory, "basis", None), copy.deepcopy(getattr(memory, "basis", None))
    memory.load_state_dict(state)
    assert memory.beta == 5.0
    assert torch.equal(memory.retrieve(q, 3), saved.retrieve(q, 3))
    assert torch.equal(memory.energy(q), saved.energy(q))
    if basis is not None and saved.basis.count != before.count:
        # Another memory may have been made with the basis: it is left as it was.
        assert basis.support == before.support
        assert basis.count == before.count
        assert torch.equal(memory.density(q)(_TIMES), saved.density(q)(_TIMES))


_TIMES = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)


@networks
def test_a_memory_is_copied_and_pickled(network):
    memory, q = network(_normal(9, 3), 5.0), _normal(4, 3, seed=1)
    for other in (copy.deepcopy(memory), pickle.loads(pickle.dumps(memory))):
        assert torch.equal(other.retrieve(q, 2), memory.retrieve(q, 2))


@networks
def test_a_memory_made_on_the_meta_device_is_filled_by_loading(network):
    saved, q = network(_normal(9, 3), 5.0), _normal(4, 3, seed=1)
    memory = copy.deepcopy(saved).to("meta")
    assert memory.energy(q.to("meta")).shape == (4,)
    memory.load_state_dict(saved.state_dict(), assign=True)
    assert torch.equal(memory.retrieve(q, 2), saved.retrieve(q, 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"memory": torch.zeros(4, 2)}, "must hold a memory of width 3, but has shape"),
        ({"memory": torch.full((4, 3), torch.nan)}, "memory must be finite"),
        ({"memory": torch.full((4, 3), 1e30)}, "memory must have similarities that stay in range"),
        ({"log_weights": torch.zeros(3)}, "must hold log_weights of shape"),
        ({"log_weights": torch.full((4,), torch.nan)}, "log_weights must be finite"),
        ({"offset": torch.zeros(3)}, "must hold offset of shape"),
        ({"_extra_state": torch.zeros(3)}, "settings in JSON, but they cannot be read"),
        (
            {"_extra_state": torch.tensor(list(b'{"kind": "DiscreteHopfield", "beta": -1}'))},
            "beta must be finite and above 0",
        ),
        (
            {"_extra_state": torch.tensor(list(b'{"kind": "DiscreteHopfield", "beta": "x"}'))},
            "beta must be a number",
        ),
        ({"_extra_state": torch.tensor(list(b"{}"))}, "must come with the setting 'kind'"),
    ],
)
def test_a_state_that_is_no_memory_is_refused_and_changes_nothing(change, message):
    memory = DiscreteHopfield(torch.eye(3), 2.0)
    with pytest.raises(RuntimeError, match=message):
        memory.load_state_dict({**DiscreteHopfield(torch.ones(4, 3), 7.0).state_dict(), **change})
    assert torch.equal(memory.memory, torch.eye(3))
    assert memory.beta == 2.0


def test_a_state_without_settings_is_taken_as_before():
    state = {"memory": torch.ones(4, 3), "log_weights": torch.zeros(4)}
    memory = DiscreteHopfield(torch.eye(3), 2.0)
    memory.load_state_dict(state)
    assert torch.equal(memory.memory, torch.ones(4, 3))
    assert memory.beta == 2.0


@networks
@pytest.mark.parametrize("beta", [1e39, 1e-39, 2.0**33])
def test_a_beta_that_no_type_can_follow_is_refused(network, beta):
    with pytest.raises(ValueError, match=r"beta must lie between 2.33e-10 and 4.29e"):
        network(_normal(7, 3), beta)


@networks
@pytest.mark.parametrize("beta", ["1", None, [1.0], True])
def test_a_beta_that_is_no_number_is_refused(network, beta, without_shape_checks):
    with pytest.raises(TypeError, match="beta must be a number, but is"):
        network(_normal(7, 3), beta)


@networks
@pytest.mark.parametrize("frames", [[[1.0, 2.0]], 3.0, None, torch.eye(3).to_sparse()])
def test_frames_that_are_no_tensor_are_named(network, frames, without_shape_checks):
    if network in (_adaptive, _corrected) and frames is not None:
        return
    with pytest.raises((TypeError, AttributeError), match=r"must be a|no attribute 'detach'"):
        network(frames, 1.0)


@networks
@dtypes
@settings(max_examples=20)
@given(
    exponent=st.floats(-30, 36),
    strength=st.floats(-9, 9),
    far=st.floats(-30, 36),
    seed=st.integers(0, 2**31),
)
def test_what_is_finite_is_answered_by_what_is_finite_or_refused(
    network, dtype, exponent, strength, far, seed
):
    frames, q = _normal(6, 3, seed=seed), _normal(3, 3, seed=seed + 1)
    try:
        memory = network((10.0**exponent * frames).to(dtype), 10.0**strength)
        states = memory.trajectory((10.0**far * q).to(dtype), 2)
        energies = memory.energy((10.0**far * q).to(dtype))
    except ValueError:
        return
    assert torch.isfinite(states).all()
    assert torch.isfinite(energies).all()
