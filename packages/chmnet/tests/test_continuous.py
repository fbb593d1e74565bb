import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import ContinuousHopfield, DiscreteHopfield, Exact, RectangularBasis, Trapezoid


def _normal(*shape, dtype=torch.float64, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


def _by_hand(coefficients, basis, beta, q, points, domain=(0.0, 1.0)):
    """Equations 6 to 8 by the trapezoidal rule, an integrand at a time."""
    t = torch.linspace(*domain, points, dtype=torch.float64)
    signal = basis.evaluate(t).mT @ coefficients
    weight = torch.exp(beta * signal @ q)
    partition = torch.trapezoid(weight, t)
    expectation = torch.trapezoid(weight[:, None] * signal, t, dim=0) / partition
    return -partition.log() / beta + q @ q / 2, expectation


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(length=st.integers(1, 40), beta=st.sampled_from([0.1, 1.0, 10.0]), seed=st.integers(0, 2**31))
def test_as_many_bins_as_frames_and_no_ridge_make_the_discrete_memory(dtype, length, beta, seed):
    frames, q = _normal(length, 3, dtype=dtype, seed=seed), _normal(4, 3, dtype=dtype, seed=seed + 1)
    discrete = DiscreteHopfield(frames, beta)
    continuous = ContinuousHopfield.fit(frames, RectangularBasis(length), beta=beta, ridge=0.0)
    torch.testing.assert_close(continuous.energy(q), discrete.energy(q))
    torch.testing.assert_close(continuous.update(q), discrete.update(q))


@given(points=st.integers(2, 60), count=st.integers(1, 30), seed=st.integers(0, 2**31))
def test_the_trapezoid_equals_the_sum_by_hand(points, count, seed):
    coefficients, q, basis = _normal(count, 3, seed=seed), _normal(3, seed=seed + 1), RectangularBasis(count)
    network = ContinuousHopfield(coefficients, basis, 1.3, integration=Trapezoid(points))
    energy, update = _by_hand(coefficients, basis, 1.3, q, points)
    torch.testing.assert_close(network.energy(q), energy)
    torch.testing.assert_close(network.update(q), update)


def test_bins_of_any_widths_equal_the_integral_in_pieces():
    edges, beta = torch.tensor([0.0, 0.1, 0.7, 1.0]), 2.0
    coefficients, q = _normal(3, 2), _normal(2, seed=1)
    network = ContinuousHopfield(coefficients, RectangularBasis.from_edges(edges), beta)
    weight = edges.double().diff() * torch.exp(beta * coefficients @ q)
    torch.testing.assert_close(network.energy(q), -weight.sum().log() / beta + q @ q / 2)
    torch.testing.assert_close(network.update(q), weight @ coefficients / weight.sum())


def test_the_trapezoid_converges_to_the_exact_value_at_first_order():
    """x̄(t) jumps, so the error falls as fast as the spacing and no faster."""
    basis, coefficients, q = RectangularBasis(7), _normal(7, 3), _normal(20, 3, seed=1)
    exact = ContinuousHopfield(coefficients, basis, 1.0).update(q)
    errors = []
    spacings = [2**-k for k in range(4, 14)]
    for spacing in spacings:
        rule = Trapezoid(round(1 / spacing) + 1)
        update = ContinuousHopfield(coefficients, basis, 1.0, integration=rule).update(q)
        errors.append(float((update - exact).norm(dim=-1).mean()))
    order = torch.linalg.lstsq(
        torch.stack([torch.tensor(spacings).double().log(), torch.ones(len(spacings)).double()], 1),
        torch.tensor(errors).double().log()[:, None],
    ).solution[0, 0]
    assert 0.8 < float(order) < 1.2


def test_a_bin_without_a_trapezoid_point_is_not_in_the_memory():
    """With N bins above the number of points, some frames are never seen: the cause of a loss at N → L."""
    frames = 5 * torch.eye(12, dtype=torch.float64)
    seen = ContinuousHopfield.fit(frames, RectangularBasis(12), beta=10.0, integration=Trapezoid(6))
    assert int((seen.log_weights > -torch.inf).sum()) == 6
    exact = ContinuousHopfield.fit(frames, RectangularBasis(12), beta=10.0)
    missed = int(seen.log_weights.argmin())
    assert float(exact.update(frames)[missed].argmax()) == missed
    assert float(seen.update(frames)[missed, missed]) == 0.0


def test_padding_read_on_the_papers_domain_is_no_padding():
    frames, q = _normal(12, 3), _normal(2, 3, seed=1)
    plain = ContinuousHopfield.fit(frames, RectangularBasis(4), beta=1.0)
    padded = ContinuousHopfield.fit(frames, RectangularBasis(8, (-0.5, 1.5)), beta=1.0)
    torch.testing.assert_close(padded.energy(q), plain.energy(q))
    torch.testing.assert_close(padded.update(q), plain.update(q))


def test_padding_read_on_all_its_support_adds_a_silent_half():
    frames, q = _normal(12, 3), _normal(3, seed=1)
    basis = RectangularBasis(8, (-0.5, 1.5))
    network = ContinuousHopfield.fit(frames, basis, beta=1.0, domain=(-0.5, 1.5))
    signal = network.reconstruct((torch.arange(4, dtype=torch.float64) + 0.5) / 4)
    memory = torch.cat([signal, torch.zeros_like(signal)])
    torch.testing.assert_close(network.energy(q), DiscreteHopfield(memory, 1.0).energy(q))


def test_the_reconstruction_visits_the_coefficients_and_is_silent_outside():
    coefficients = _normal(4, 3)
    network = ContinuousHopfield(coefficients, RectangularBasis(4), 1.0)
    torch.testing.assert_close(network.reconstruct(torch.tensor([0.1, 0.3, 0.6, 1.0])), coefficients)
    assert not network.reconstruct(torch.tensor([-0.1, 1.1])).any()


def test_a_million_time_points_cost_no_more_than_the_bins():
    network = ContinuousHopfield(_normal(3, 2), RectangularBasis(3), 1.0, integration=Trapezoid(1_000_000))
    assert network.similarity(_normal(5, 2)).shape == (5, 3)


def test_coefficients_that_do_not_match_the_basis_are_refused():
    with pytest.raises(ValueError, match=r"coefficients must have one row per basis function \(3\)"):
        ContinuousHopfield(_normal(4, 2), RectangularBasis(3), 1.0)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_an_empty_memory_is_refused(shape):
    with pytest.raises(ValueError, match="coefficients must be a matrix with at least one row"):
        ContinuousHopfield(torch.empty(shape), RectangularBasis(3), 1.0)
    with pytest.raises(ValueError, match="frames must be a matrix with at least one row"):
        ContinuousHopfield.fit(torch.empty(shape), RectangularBasis(3), beta=1.0)


def test_a_memory_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="coefficients must be finite, but holds NaN or Inf"):
        ContinuousHopfield(torch.full((3, 2), float("nan")), RectangularBasis(3), 1.0)


def test_a_whole_number_memory_is_refused(without_shape_checks):
    with pytest.raises(TypeError, match="coefficients must be a floating-point tensor"):
        ContinuousHopfield(torch.ones(3, 2, dtype=torch.int64), RectangularBasis(3), 1.0)


def test_a_domain_outside_the_basis_is_refused():
    with pytest.raises(ValueError, match="domain must lie in the basis' support"):
        ContinuousHopfield(_normal(3, 2), RectangularBasis(3), 1.0, domain=(-0.5, 1.5))


def test_whole_number_times_are_refused(without_shape_checks):
    network = ContinuousHopfield(_normal(3, 2), RectangularBasis(3), 1.0, integration=Exact())
    with pytest.raises(TypeError, match="t must be a floating-point tensor"):
        network.reconstruct(torch.tensor([0]))
