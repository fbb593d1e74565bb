import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import torch

mpl.use("agg")
from matplotlib import pyplot as plt

from chmnet import ContinuousHopfield, DiscreteHopfield, RectangularBasis
from chmnet.plotting import energy_landscape, retrieved_frames, similarity_curves


@pytest.fixture
def circle():
    angle = torch.linspace(0, 2 * torch.pi, 21)[:-1]
    return torch.stack([angle.cos(), angle.sin()], 1)


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_a_discrete_landscape_shows_points_and_paths(ax, circle):
    queries = torch.tensor([[1.2, 0.1], [-0.3, 0.4], [0.0, -1.0]])
    drawn = energy_landscape(ax, DiscreteHopfield(circle, 1.0), points=circle, queries=queries, steps=4)
    assert drawn.curve is None
    np.testing.assert_allclose(drawn.points.get_offsets(), circle)
    assert [line.get_xydata().shape for line in drawn.paths] == [(5, 2)] * 3
    np.testing.assert_allclose([line.get_xydata()[0] for line in drawn.paths], queries)
    np.testing.assert_allclose(drawn.ends.get_offsets(), [line.get_xydata()[-1] for line in drawn.paths])


def test_a_continuous_landscape_shows_the_signal(ax, circle):
    network = ContinuousHopfield.fit(circle, RectangularBasis(10), beta=1.0)
    drawn = energy_landscape(ax, network)
    assert drawn.points is None
    assert drawn.paths == []
    assert drawn.ends is None
    assert len(np.unique(drawn.curve.get_xydata(), axis=0)) == 10


def test_contours_span_the_energies_of_the_grid(ax, circle):
    network = DiscreteHopfield(circle, 1.0)
    drawn = energy_landscape(ax, network, extent=(-1.0, 1.0, -2.0, 2.0), resolution=11)
    corner = float(network.energy(torch.tensor([1.0, 2.0])))
    assert drawn.contours.zmax == pytest.approx(corner, rel=1e-5)
    assert ax.get_xlim() == (-1, 1)
    assert ax.get_ylim() == (-2, 2)


def test_only_memories_in_the_plane_are_drawn(ax):
    with pytest.raises(ValueError, match="memory must be of width 2 to be drawn, but is of width 3"):
        energy_landscape(ax, DiscreteHopfield(torch.ones(1, 3), 1.0))


@pytest.mark.parametrize("channels", [1, 3])
def test_retrieved_frames_fill_the_grid(channels):
    truths = torch.linspace(-1, 1, 2 * 4 * 5 * channels).reshape(2, 4, 5, channels)
    figure, axes = plt.subplots(2, 4)
    images = retrieved_frames(axes, truths / 2, truths, {"N = 1": truths, "N = 2": 3 * truths})
    assert [ax.get_title() for ax in axes[0]] == ["query", "truth", "N = 1", "N = 2"]
    np.testing.assert_allclose(images[1][1].get_array(), ((truths[1] + 1) / 2).squeeze(), rtol=1e-6)
    assert images[0][3].get_array().min() >= 0
    plt.close(figure)


def test_axes_that_do_not_fit_are_refused():
    figure, axes = plt.subplots(2, 3)
    with pytest.raises(ValueError, match=r"axes must be an array of shape \(2, 2\), but has .* \(2, 3\)"):
        retrieved_frames(axes, torch.zeros(2, 4, 4, 1), torch.zeros(2, 4, 4, 1), {})
    plt.close(figure)


def test_curves_have_a_panel_a_length_and_a_line_a_variant():
    rows = [
        {"dataset": video, "variant": variant, "L": length, "N": size, "value": 0.5 + 0.1 * size / length}
        for video in "ab"
        for variant in ("discrete", "continuous")
        for length in (4, 8, 16)
        for size in (2, 4)
    ]
    figure = similarity_curves(pd.DataFrame(rows), ["discrete", "continuous"])
    titles = {ax.get_title() or ax.get_title(loc="left"): ax for ax in figure.axes}
    panels = {title: ax for title, ax in titles.items() if title}
    assert list(panels) == [f"L = {length}, 2 videos" for length in (4, 8, 16)]
    for ax, length in zip(panels.values(), (4, 8, 16), strict=True):
        lines = [line for line in ax.get_lines() if len(line.get_xdata())]
        assert len(lines) == 2
        np.testing.assert_allclose(lines[0].get_ydata(), [0.5 + 0.2 / length, 0.5 + 0.4 / length])


def test_more_variants_than_colours_are_refused():
    with pytest.raises(ValueError, match="variants must be at most 4"):
        similarity_curves(pd.DataFrame(), list("abcde"))


def test_a_memory_in_bfloat16_is_drawn(ax, circle):
    memory = ContinuousHopfield.fit(circle.bfloat16(), RectangularBasis(5), beta=1.0)
    drawn = energy_landscape(ax, memory, points=circle, queries=circle[:2].bfloat16(), steps=2)
    assert drawn.curve is not None
