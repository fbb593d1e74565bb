"""What holds for every Hopfield network, discrete and continuous."""

import subprocess
import sys

import pytest
import torch
from hypothesis import given
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


COMPILED = """
import torch
from chmnet import BSplineBasis, ContinuousHopfield, GaussLegendre

generator = torch.Generator().manual_seed(0)
frames, q = torch.randn(7, 3, generator=generator), torch.randn(5, 3, generator=generator)
memory = ContinuousHopfield.fit(frames, BSplineBasis(6), beta=2.0, integration=GaussLegendre(4))
torch.testing.assert_close(torch.compile(memory.update, backend="aot_eager")(q), memory.update(q))
"""


def test_a_compiled_update_is_the_update():
    """As a user compiles it: in a process of its own, where the tests' checks of shapes are not compiled too."""
    run = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True)
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
    with pytest.raises(TypeError, match=r"q must be a floating-point tensor, but came as torch.int64"):
        memory.update(torch.zeros(1, 3, dtype=torch.int64))
    with pytest.raises(TypeError, match=r"q must have the memory's type torch.float64, but came as torch.f"):
        memory.update(torch.zeros(1, 3, dtype=torch.float32))


@networks
def test_steps_below_zero_and_empty_chunks_are_refused(network):
    memory, q = network(_normal(7, 3), 2.0), _normal(2, 3)
    with pytest.raises(ValueError, match="steps must be at least 0, but came as -1"):
        memory.retrieve(q, -1)
    with pytest.raises(ValueError, match="steps must be at least 0, but came as -1"):
        memory.trajectory(q, -1)
    with pytest.raises(ValueError, match="chunk must be at least 1, but came as 0"):
        memory.retrieve(q, chunk=0)


@networks
@pytest.mark.parametrize("beta", [0.0, -1.0, float("nan"), float("inf")])
def test_a_beta_that_is_not_above_zero_is_refused(network, beta):
    with pytest.raises(ValueError, match=f"beta must be finite and above 0, but came as {beta}"):
        network(_normal(7, 3), beta)


def test_exact_is_the_default():
    q = _normal(2, 3, seed=1)
    default = ContinuousHopfield.fit(_normal(7, 3), RectangularBasis(5), beta=1.0)
    named = ContinuousHopfield.fit(_normal(7, 3), RectangularBasis(5), beta=1.0, integration=Exact())
    assert torch.equal(default.energy(q), named.energy(q))
