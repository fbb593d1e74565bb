import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import Exact, GaussLegendre, RectangularBasis, Trapezoid
from chmnet.bases.basis import Basis


class _Line(Basis):
    """One smooth function, for what only a smooth basis can show."""

    count = 1
    support = (0.0, 1.0)

    def evaluate(self, t):
        return t[None]


def _integral(rule, function, basis, domain=(0.0, 1.0)):
    quadrature = rule.quadrature(basis, domain)
    return float(quadrature.weights @ function(quadrature.nodes))


RULES = [Exact(), Trapezoid(2), Trapezoid(501), GaussLegendre(1), GaussLegendre(7, panels=3)]


@pytest.mark.parametrize("rule", RULES)
@given(count=st.integers(1, 20))
def test_weights_sum_to_the_length_of_the_domain(rule, count):
    weights = rule.quadrature(RectangularBasis(count, (-0.5, 1.5)), (0.0, 1.0)).weights
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(), torch.tensor(1.0, dtype=torch.float64))


@given(count=st.integers(1, 30))
def test_the_exact_rule_integrates_a_step_function(count):
    heights = torch.arange(count, dtype=torch.float64)
    basis = RectangularBasis(count)
    integral = _integral(Exact(), lambda t: heights @ basis.evaluate(t), basis)
    assert integral == pytest.approx((count - 1) / 2)


def test_the_exact_rule_counts_the_part_of_a_bin_inside_the_domain():
    weights = Exact().quadrature(RectangularBasis(2, (-0.5, 1.5)), (0.0, 1.0)).weights
    assert weights.tolist() == [0.5, 0.5]
    weights = Exact().quadrature(RectangularBasis(4, (-0.5, 1.5)), (0.0, 1.0)).weights
    assert weights.tolist() == [0.0, 0.5, 0.5, 0.0]


def test_the_trapezoid_is_the_sum_by_hand():
    quadrature = Trapezoid(3).quadrature(RectangularBasis(1), (0.0, 1.0))
    assert quadrature.nodes.tolist() == [0.0, 0.5, 1.0]
    assert quadrature.weights.tolist() == [0.25, 0.5, 0.25]


def test_the_trapezoid_is_of_second_order_on_smooth_functions():
    truth = torch.e - 1
    errors = [abs(_integral(Trapezoid(n + 1), torch.exp, _Line()) - truth) for n in (16, 32, 64)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.01)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.01)


@pytest.mark.parametrize("points", [1, 2, 3])
def test_gauss_legendre_is_of_order_twice_its_points(points):
    truth = torch.e - 1
    errors = [abs(_integral(GaussLegendre(points, n), torch.exp, _Line()) - truth) for n in (2, 4)]
    assert errors[0] / errors[1] == pytest.approx(2 ** (2 * points), rel=0.05)


def test_the_exact_rule_refuses_a_smooth_basis():
    with pytest.raises(TypeError, match=r"basis must be rectangular for Exact\(\), but is _Line"):
        Exact().quadrature(_Line(), (0.0, 1.0))


@pytest.mark.parametrize("rule", RULES)
def test_a_domain_outside_the_support_is_refused(rule):
    with pytest.raises(ValueError, match=r"domain must lie in the basis' support \(0.0, 1.0\)"):
        rule.quadrature(RectangularBasis(3), (-0.5, 1.5))


@pytest.mark.parametrize("rule", RULES)
def test_an_empty_domain_is_refused(rule):
    with pytest.raises(ValueError, match="domain must be finite with its start below its end"):
        rule.quadrature(RectangularBasis(3), (0.5, 0.5))


def test_fewer_than_two_trapezoid_points_are_refused():
    with pytest.raises(ValueError, match="points must be at least 2, but is 1"):
        Trapezoid(1)


def test_no_gauss_legendre_points_or_panels_are_refused():
    with pytest.raises(ValueError, match="points must be at least 1, but is 0"):
        GaussLegendre(0)
    with pytest.raises(ValueError, match="panels must be at least 1, but is 0"):
        GaussLegendre(1, panels=0)


@pytest.mark.parametrize("rule", RULES)
def test_nodes_and_weights_are_numbers_whatever_the_default_device_is(rule):
    basis = RectangularBasis(3)
    expected = rule.quadrature(basis, (0.0, 1.0))
    with torch.device("meta"):
        found = rule.quadrature(basis, (0.0, 1.0))
    assert torch.equal(found.nodes, expected.nodes)
    assert torch.equal(found.weights, expected.weights)


def test_rules_of_the_same_points_are_the_same_rule():
    assert GaussLegendre(3, 2) == GaussLegendre(3, 2) != GaussLegendre(4, 2)
    assert repr(GaussLegendre(3)) == "GaussLegendre(points=3, panels=1)"
    assert len({GaussLegendre(3), GaussLegendre(3)}) == 1


@pytest.mark.parametrize("domain", [5, "01", (0, None)])
def test_a_domain_of_other_things_is_refused(domain, without_shape_checks):
    with pytest.raises(TypeError, match="domain must be"):
        Trapezoid(3).quadrature(RectangularBasis(3), domain)
