import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import (
    BSplineBasis,
    ContinuousHopfield,
    DiscreteHopfield,
    RectangularBasis,
    Trapezoid,
    euclidean_offset,
)


def _normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@given(seed=st.integers(0, 2**31))
def test_with_the_offset_similarity_is_a_distance_on_what_is_observed(seed):
    memory, observed = _normal(5, 4, seed=seed), torch.tensor([True, True, False, True])
    q = _normal(3, 4, seed=seed + 1) * observed
    network = DiscreteHopfield(memory, 1.0, offset=euclidean_offset(memory, observed))
    distance = torch.cdist(q, memory * observed).square()
    torch.testing.assert_close(network.similarity(q), (q.square().sum(-1, keepdim=True) - distance) / 2)


def test_with_rectangular_bins_similarity_is_a_distance_to_the_signal_at_every_time():
    basis, memory, q = RectangularBasis(5), _normal(5, 4), _normal(3, 4, seed=1)
    network = ContinuousHopfield(
        memory, basis, 1.0, offset=euclidean_offset(memory), integration=Trapezoid(31)
    )
    t = torch.linspace(0, 1, 31, dtype=torch.float64)
    distance = torch.cdist(q, network.reconstruct(t)).square()
    at_times = network.similarity(q) @ basis.evaluate(t)
    torch.testing.assert_close(at_times, (q.square().sum(-1, keepdim=True) - distance) / 2)


def test_with_smooth_bases_it_is_none_between_the_functions_but_energy_still_never_rises():
    """A distance is quadratic in the signal, and the offset a combination of the basis functions."""
    basis, memory, rule = BSplineBasis(5, degree=1), 5 * _normal(5, 4), Trapezoid(41)
    network = ContinuousHopfield(memory, basis, 1.0, offset=euclidean_offset(memory), integration=rule)
    q, t = 5 * _normal(3, 4, seed=1), torch.linspace(0, 1, 41, dtype=torch.float64)
    gap = network.similarity(q) - q @ network.reconstruct(t).mT + network.reconstruct(t).square().sum(-1) / 2
    # Every tenth time is one at which one function alone is 1.
    torch.testing.assert_close(gap[:, ::10], torch.zeros(3, 5).double(), atol=1e-9, rtol=0)
    assert (gap[:, 5::10] < -0.1).all()
    energies = network.energy(network.trajectory(q, 6))
    assert (energies.diff(dim=0) <= 1e-12 * (1 + energies.abs().amax())).all()


def test_without_a_mask_all_is_observed():
    memory = _normal(5, 4)
    torch.testing.assert_close(euclidean_offset(memory), euclidean_offset(memory, torch.ones(4).bool()))
    assert euclidean_offset(memory).shape == (5,)


def test_the_nearest_pattern_is_found_though_another_is_longer():
    memory = torch.tensor([[1.0, 0.0], [5.0, 1.0]])
    q = torch.tensor([1.0, 0.1])
    assert int(DiscreteHopfield(memory, 100.0).update(q).argmax()) == 0
    torch.testing.assert_close(DiscreteHopfield(memory, 100.0).update(q), memory[1])
    corrected = DiscreteHopfield(memory, 100.0, offset=euclidean_offset(memory))
    torch.testing.assert_close(corrected.update(q), memory[0])


@given(seed=st.integers(0, 2**31), beta=st.sampled_from([0.1, 1.0, 10.0]))
def test_energy_still_never_rises_and_still_has_the_update_as_its_gradient(seed, beta):
    memory = _normal(5, 3, seed=seed)
    network = ContinuousHopfield(memory, RectangularBasis(5), beta, offset=euclidean_offset(memory))
    q = _normal(4, 3, seed=seed + 1).requires_grad_()
    concave = network.energy(q) - q.square().sum(-1) / 2
    (gradient,) = torch.autograd.grad(concave.sum(), q)
    torch.testing.assert_close(network.update(q), -gradient)
    energies = network.energy(network.trajectory(q, 5))
    assert (energies.diff(dim=0) <= 1e-12 * (1 + energies.abs().amax())).all()


def test_a_continuous_memory_at_full_size_is_the_discrete_one_with_offsets_too():
    memory, q = _normal(6, 3), _normal(2, 3, seed=1)
    offset = euclidean_offset(memory)
    continuous = ContinuousHopfield.fit(memory, RectangularBasis(6), beta=1.0, ridge=0.0, offset=offset)
    discrete = DiscreteHopfield(memory, 1.0, offset=offset)
    torch.testing.assert_close(continuous.energy(q), discrete.energy(q))
    torch.testing.assert_close(continuous.update(q), discrete.update(q))


def test_the_density_knows_the_offset():
    memory, q, basis = _normal(6, 3), _normal(2, 3, seed=1), RectangularBasis(6)
    network = ContinuousHopfield(memory, basis, 1.0, offset=euclidean_offset(memory))
    middles = (basis.edges[1:] + basis.edges[:-1]) / 2
    mass = network.density(q)(middles) * basis.widths
    torch.testing.assert_close(mass @ memory, network.update(q))


def test_a_mask_of_another_width_is_refused(without_shape_checks):
    with pytest.raises(ValueError, match=r"observed must be one per entry, shape \(4,\)"):
        euclidean_offset(_normal(5, 4), torch.ones(3).bool())


@pytest.mark.parametrize(
    "build",
    [DiscreteHopfield, lambda m, b, offset: ContinuousHopfield(m, RectangularBasis(5), b, offset=offset)],
)
def test_offsets_that_do_not_fit_are_refused(without_shape_checks, build):
    with pytest.raises(ValueError, match=r"offset must be one per row of the memory, shape \(5,\)"):
        build(_normal(5, 4), 1.0, offset=torch.zeros(4))
    with pytest.raises(ValueError, match="offset must be finite"):
        build(_normal(5, 4), 1.0, offset=torch.full((5,), float("nan")))
    with pytest.raises(TypeError, match="offset must be a floating-point tensor"):
        build(_normal(5, 4), 1.0, offset=torch.zeros(5, dtype=torch.int64))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("observed", [None, torch.tensor([True, False, True, True])])
def test_offsets_of_half_precision_are_float32(dtype, observed):
    memory = (300 * _normal(5, 4)).to(dtype)
    offset = euclidean_offset(memory, observed)
    assert offset.dtype == torch.float32
    assert torch.equal(offset, euclidean_offset(memory.float(), observed))
    with torch.autocast("cpu", dtype=dtype):
        assert torch.equal(euclidean_offset(memory, observed), offset)


def test_an_offset_of_another_type_is_taken_in_the_memorys():
    memory = _normal(5, 4).float()
    network = DiscreteHopfield(memory, 1.0, offset=euclidean_offset(memory.double()))
    assert network.update(memory).dtype == torch.float32


@pytest.mark.parametrize("observed", [[True] * 4, torch.ones(4)])
def test_a_mask_that_is_no_mask_is_named(observed, without_shape_checks):
    with pytest.raises(TypeError, match=r"observed must be a tensor of torch.bool, but is"):
        euclidean_offset(_normal(5, 4), observed)
