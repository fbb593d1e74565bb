import torch

from chmnet import DiscreteHopfield, RectangularBasis
from chmnet.evaluation import landing_differences, scattered_queries
from chmnet.evaluation.drawing import landscape_panels, nearer_panels

POINTS = {
    "line": torch.tensor([[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]]),
    "far": torch.tensor([[3.0, 0.0], [0.0, 1.0]]),
}


def test_each_arrangement_has_a_square_column_with_room_about_its_points(figure):
    memories = {name: {"discrete": DiscreteHopfield(points, 1.0)} for name, points in POINTS.items()}
    panels = landscape_panels(figure, memories, POINTS, POINTS, steps=2, resolution=8)
    assert [ax.get_title(loc="left") or ax.get_title() for ax in panels] == ["line", "far"]
    assert panels[0].get_ylabel() == "discrete"
    assert panels[1].get_xlim() == panels[1].get_ylim()
    assert panels[1].get_xlim()[1] > 3


def test_a_share_is_drawn_against_each_reach(figure):
    points = POINTS["line"].double()
    queries = {reach: scattered_queries(points, 9, reach=reach) for reach in (0.5, 1.0)}
    found = landing_differences(
        points, RectangularBasis(2), queries, beta=1.0, ridges=[0.5, 0.0], orders=2, steps=3
    )
    (panel,) = nearer_panels(figure, found.assign(dataset="line"))
    curves = [line for line in panel.get_lines() if len(line.get_xdata()) == 2 and line.get_label()[0] == "λ"]
    assert len(curves) == 4
    shares = found[
        (found["metric"] == "nearer to the query") & (found["order"] == "sorted") & (found["ridge"] == 0.5)
    ]
    assert list(curves[0].get_ydata()) == list(100 * shares["value"])
