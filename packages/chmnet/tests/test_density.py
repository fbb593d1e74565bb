import matplotlib as mpl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import (
    BSplineBasis,
    ContinuousHopfield,
    GaussianBasis,
    GaussLegendre,
    RectangularBasis,
    Trapezoid,
)

mpl.use("agg")
from matplotlib import pyplot as plt


def _normal(*shape, dtype=torch.float64, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


@given(
    count=st.integers(1, 30),
    seed=st.integers(0, 2**31),
    beta=st.sampled_from([0.1, 1.0, 10.0]),
    pad=st.booleans(),
)
def test_the_density_integrates_to_one(count, seed, beta, pad):
    support = (-0.5, 1.5) if pad else (0.0, 1.0)
    basis = RectangularBasis(count, support)
    network = ContinuousHopfield(_normal(count, 3, seed=seed), basis, beta, domain=support)
    density = network.density(_normal(4, 3, seed=seed + 1))
    middles = (basis.edges[1:] + basis.edges[:-1]) / 2
    torch.testing.assert_close(density(middles) @ basis.widths, torch.ones(4, dtype=torch.float64))


BASES = [
    RectangularBasis(5),
    RectangularBasis.from_edges(torch.tensor([0.0, 0.1, 0.2, 0.7, 0.8, 1.0])),
    GaussianBasis(5),
    BSplineBasis(5),
]


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("rule", [Trapezoid(33), GaussLegendre(20)])
def test_the_density_integrates_to_one_by_its_own_rule(basis, rule):
    network = ContinuousHopfield(_normal(5, 3), basis, 2.0, integration=rule)
    quadrature = rule.quadrature(basis, (0.0, 1.0))
    density = network.density(_normal(4, 3, seed=1))(quadrature.nodes)
    torch.testing.assert_close(density @ quadrature.weights, torch.ones(4, dtype=torch.float64))


@pytest.mark.parametrize("basis", BASES[2:])
def test_a_smooth_density_integrates_to_one_by_any_good_rule(basis):
    network = ContinuousHopfield(_normal(5, 3), basis, 2.0, integration=GaussLegendre(40, panels=2))
    t = torch.linspace(0, 1, 4001, dtype=torch.float64)
    density = network.density(_normal(4, 3, seed=1))(t)
    assert (density >= 0).all()
    torch.testing.assert_close(torch.trapezoid(density, t), torch.ones(4).double(), atol=1e-5, rtol=0)


def test_a_smooth_density_is_drawn_as_it_is():
    network = ContinuousHopfield(_normal(5, 3), BSplineBasis(5), 2.0, integration=GaussLegendre(40))
    figure, ax = plt.subplots()
    (line,) = network.density(_normal(3, seed=1)).plot(ax)
    x, y = line.get_data()
    assert float(torch.trapezoid(torch.as_tensor(y), torch.as_tensor(x))) == pytest.approx(1, abs=1e-4)
    plt.close(figure)


def test_the_expectation_under_the_density_is_the_update():
    basis, q = RectangularBasis(6), _normal(2, 3, seed=1)
    network = ContinuousHopfield(_normal(6, 3), basis, 2.0)
    middles = (basis.edges[1:] + basis.edges[:-1]) / 2
    mass = network.density(q)(middles) * basis.widths
    torch.testing.assert_close(mass @ network.reconstruct(middles), network.update(q))


def test_without_a_preference_the_density_is_uniform():
    network = ContinuousHopfield(_normal(6, 3), RectangularBasis(6), 2.0)
    t = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)
    torch.testing.assert_close(network.density(torch.zeros(3).double())(t), torch.ones(3).double())


def test_the_density_is_zero_outside_its_domain():
    network = ContinuousHopfield(_normal(6, 3), RectangularBasis(6, (-0.5, 1.5)), 2.0)
    assert not network.density(_normal(3))(torch.tensor([-0.2, 1.2])).any()


def test_sharp_densities_stay_finite():
    network = ContinuousHopfield(300 * _normal(6, 3, dtype=torch.float32), RectangularBasis(6), 10.0)
    density = network.density(network.memory)(torch.linspace(0, 1, 50))
    assert torch.isfinite(density).all()
    # Each query stands in its own bin, or two of them share the density.
    assert float(density.max()) == pytest.approx(6, rel=1e-3)


def test_a_drawn_density_has_the_values_and_the_jumps():
    network = ContinuousHopfield(_normal(3, 2), RectangularBasis(3), 1.0)
    figure, ax = plt.subplots()
    (line,) = network.density(_normal(2, seed=1)).plot(ax, color="black")
    x, y = line.get_data()
    assert x.tolist() == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1])
    assert float(torch.trapezoid(torch.as_tensor(y), torch.as_tensor(x))) == pytest.approx(1)
    assert line.get_color() == "black"
    plt.close(figure)


def test_a_density_a_query_is_a_line_a_query():
    network = ContinuousHopfield(_normal(3, 2), RectangularBasis(3), 1.0)
    density = network.density(_normal(4, 2, seed=1))
    figure, ax = plt.subplots()
    assert len(density.plot(ax)) == 4
    assert repr(density) == "GibbsDensity(queries=4, basis functions=3, domain=(0.0, 1.0))"
    plt.close(figure)


def test_a_query_of_another_width_is_refused():
    network = ContinuousHopfield(_normal(3, 2), RectangularBasis(3), 1.0)
    with pytest.raises(ValueError, match="q must have the memory's width 2"):
        network.density(_normal(3))


def test_whole_number_times_are_refused(without_shape_checks):
    network = ContinuousHopfield(_normal(3, 2), RectangularBasis(3), 1.0)
    with pytest.raises(TypeError, match="t must be a floating-point tensor"):
        network.density(_normal(2))(torch.tensor([0]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_density_of_a_memory_in_half_precision_integrates_to_one(dtype):
    frames, q = (30 * _normal(40, 6)).to(dtype), _normal(3, 6, seed=1).to(dtype)
    basis = RectangularBasis(16)
    density = ContinuousHopfield.fit(frames, basis, beta=2.0).density(q)
    middles = (basis.edges[1:] + basis.edges[:-1]) / 2
    with torch.autocast("cpu", dtype=dtype):
        found = density(middles)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double() @ basis.widths, torch.ones(3).double(), atol=1e-5, rtol=0)
