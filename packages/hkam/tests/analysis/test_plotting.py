import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

mpl.use("agg")
from matplotlib import pyplot as plt

from amcore.plotting import PALETTE
from hkam import analysis
from hkam.analysis.descent import Descent
from hkam.analysis.plotting import (
    class_bars,
    energy_curve,
    energy_landscape,
    phase_circle,
    phase_sphere,
    pixel_picture,
    rate_curves,
    spike_raster,
)


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


@pytest.fixture
def followed():
    times = np.linspace(0, 2, 41)
    return Descent(times, 3 + np.exp(-times), -np.exp(-times), -np.exp(-times))


def test_the_circle_shows_every_oscillator_and_the_order_parameter(ax, draw):
    mu = draw.rows(7, 2)
    drawn = phase_circle(ax, mu)
    np.testing.assert_allclose(drawn.oscillators.get_offsets(), mu)
    start, end = drawn.mean.get_xydata()
    assert start.tolist() == [0, 0]
    assert np.isclose(np.hypot(*end), analysis.order_parameter(mu))


def test_the_sphere_shows_every_path(draw):
    figure = plt.figure()
    ax = figure.add_subplot(projection="3d")
    path = np.asarray(draw.rows(4, 2, 3))
    lines = phase_sphere(ax, path, colours=["red", "blue"])
    assert [line.get_color() for line in lines] == ["red", "blue"]
    np.testing.assert_allclose(np.stack(lines[1].get_data_3d(), axis=1), path[:, 1])
    plt.close(figure)


def test_a_picture_has_the_first_pixels_on_top_and_zero_in_the_middle_of_its_colours(ax):
    image = pixel_picture(ax, np.arange(9.0), cmap="PuOr", limit=8.0)
    assert image.get_array().tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert image.get_clim() == (-8, 8)
    assert image.origin == "upper"


def test_the_energy_ends_at_zero_and_its_range_is_one(ax, followed):
    heights = energy_curve(ax, followed).get_ydata()
    assert heights[-1] == 0
    assert np.isclose(np.ptp(heights), 1)


def test_measured_rates_lie_on_the_formula(ax, followed):
    formula, measured = rate_curves(ax, followed, marks=5)
    np.testing.assert_allclose(formula.get_ydata(), followed.closed_form)
    assert len(measured.get_xdata()) == 5
    np.testing.assert_allclose(measured.get_ydata(), -np.exp(-measured.get_xdata()), rtol=1e-3)


def test_a_landscape_has_the_first_axis_across(ax):
    across, along = np.linspace(-1, 1, 3), np.linspace(0, 3, 4)
    energies = np.repeat(across, 4)
    drawn = energy_landscape(ax, across, along, energies, labels=np.repeat([0, 1, -1], 4))
    picture = drawn.basins.get_array()
    assert picture.shape == (4, 3, 3)
    assert (picture == picture[0]).all()
    assert picture[0, 2].tolist() == [1, 1, 1]
    assert not np.allclose(picture[0, 0], picture[0, 1])
    assert ax.get_xlim() == (-1, 1)
    assert ax.get_ylim() == (0, 3)


def test_a_landscape_shows_attractors_and_paths(ax):
    grid, path = np.linspace(-1, 1, 5), np.random.default_rng(0).normal(size=(6, 2, 2))
    drawn = energy_landscape(ax, grid, grid, np.arange(25.0), attractors=np.eye(2), paths=path)
    assert drawn.basins is None
    np.testing.assert_allclose(drawn.attractors.get_offsets(), np.eye(2))
    np.testing.assert_allclose([line.get_xydata() for line in drawn.paths], path.swapaxes(0, 1))


def test_values_that_do_not_fit_the_grid_are_refused(ax, without_shape_checks):
    with pytest.raises(ValueError, match=r"labels must have 6 entries, but have shape \(5,\)"):
        energy_landscape(ax, np.arange(2.0), np.arange(3.0), np.arange(6.0), labels=np.arange(5))


def test_a_raster_has_a_stroke_a_spike(ax):
    times = jnp.arange(4.0)
    spikes = jnp.asarray([[True, False], [False, False], [True, True], [False, False]])
    strokes = spike_raster(ax, times, spikes, colours=["red", "blue"])
    assert [row.get_positions() for row in strokes] == [[0, 2], [2]]
    assert [row.get_lineoffset() for row in strokes] == [1, 0]
    assert [to_rgb(row.get_edgecolor()[0][:3]) for row in strokes] == [to_rgb("red"), to_rgb("blue")]


def test_the_right_class_stands_out(ax):
    bars = class_bars(ax, np.asarray([-1.0, 0.5, 1.0]), right=2)
    assert [bar.get_height() for bar in bars] == [-1, 0.5, 1]
    assert [to_rgb(bar.get_facecolor()[:3]) == to_rgb(PALETTE["truth"]) for bar in bars] == [
        False,
        False,
        True,
    ]


def test_what_cannot_be_drawn_is_named(ax, without_shape_checks):
    refused = [
        (lambda: phase_circle(ax, np.ones((2, 3))), r"mu must have shape \(N, 2\)"),
        (lambda: phase_circle(ax, np.ones((0, 2))), r"mu must have shape \(N, 2\) with N at least 1"),
        (lambda: phase_sphere(ax, np.ones((2, 3))), r"path must have shape \(T, N, 3\)"),
        (lambda: pixel_picture(ax, np.ones(3), cmap="Blues"), r"pattern must have the pixels of a square"),
        (lambda: pixel_picture(ax, np.ones((2, 2)), cmap="Blues"), r"but has shape \(2, 2\)"),
        (lambda: energy_landscape(ax, [0.0], [0.0, 1.0], [0.0, 1.0]), "across must have at least two values"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()


def test_an_energy_that_stays_what_it_is_is_a_line_at_zero(ax):
    flat = np.full(3, 2.0)
    line = energy_curve(ax, Descent(np.arange(3.0), flat, 0 * flat, 0 * flat))
    assert not np.asarray(line.get_ydata()).any()
