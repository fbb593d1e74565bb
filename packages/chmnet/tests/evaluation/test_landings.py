import pytest
import torch

from chmnet import ContinuousHopfield, DiscreteHopfield, RectangularBasis
from chmnet.evaluation import descents, landing_differences, scattered_queries
from chmnet.evaluation.landings import ORDERS


def _line(length=20):
    across = torch.linspace(-torch.pi, torch.pi, length, dtype=torch.float64)
    return torch.stack([across, 2 * across], dim=1)


def _queries(points, reach=0.5, count=50):
    return scattered_queries(points, count, reach=reach, generator=torch.Generator().manual_seed(0))


def _differences(points, basis, ridges=(0.5,), orders=0):
    return landing_differences(
        points, basis, {0.5: _queries(points)}, beta=1.0, ridges=ridges, orders=orders, steps=50
    )


@pytest.mark.parametrize("reach", [0.25, 1.0, 2.0])
def test_queries_fill_a_box_as_large_as_wanted(reach):
    points = _line()
    largest = _queries(points, reach, count=2000).abs().amax(dim=0) / points.abs().amax(dim=0)
    assert (largest <= reach).all()
    assert (largest > 0.95 * reach).all()


def test_descents_tell_what_the_trajectory_did():
    points = _line()
    memory, queries = DiscreteHopfield(points, 1.0), _queries(points)
    rows = descents({"discrete": memory}, points, queries, 30).set_index("metric")["value"]
    path = memory.trajectory(queries, 30)
    assert rows["distance moved"] == pytest.approx(float((path[-1] - queries).norm(dim=1).mean()))
    assert rows["energy at the end"] == pytest.approx(float(memory.energy(path[-1]).mean()))
    assert rows["largest rise of the energy"] < 1e-12
    variance = (points - points.mean(dim=0)).square().sum(dim=1).mean()
    assert rows["β × largest variance stored"] == pytest.approx(float(variance))


def test_with_one_bin_a_point_and_no_ridge_the_two_memories_are_one():
    points = _line(8)
    found = _differences(points, RectangularBasis(8), ridges=[0.0], orders=2)
    differences = found[found["metric"] != "nearer to the query"]
    assert differences["value"].abs().max() < 1e-9


def test_differences_are_those_of_a_memory_fitted_by_hand():
    points, basis = _line(), RectangularBasis(10)
    queries = _queries(points)
    found = _differences(points, basis).set_index("metric")["value"]
    discrete = DiscreteHopfield(points, 1.0).retrieve(queries, 50)
    continuous = ContinuousHopfield.fit(points, basis, beta=1.0, ridge=0.5).retrieve(queries, 50)
    moved = (continuous - queries).norm(dim=1) - (discrete - queries).norm(dim=1)
    assert found["distance moved"] == pytest.approx(float(moved.mean()))
    assert found["nearer to the query"] == pytest.approx(float((moved < 0).double().mean()))


def test_every_ridge_and_order_has_its_rows():
    found = _differences(_line(), RectangularBasis(10), ridges=[0.5, 0.0], orders=3)
    of = found[found["metric"] == "distance moved"].groupby(["ridge", "order"]).size()
    assert {key: int(of[key]) for key in of.index} == {
        (ridge, order): 1 if order == "sorted" else 3 for ridge in (0.0, 0.5) for order in ORDERS
    }
    again = _differences(_line(), RectangularBasis(10), ridges=[0.5, 0.0], orders=3)
    assert found.equals(again)
