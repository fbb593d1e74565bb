import jax.numpy as jnp
import numpy as np

from hkam import HopfieldState
from hkam.analysis import Basins, Chart, phase_plane, unit_plane
from hkam.analysis.drawing import chart_panels, minima_panels


def made_up(plane):
    stars = np.array([[1.0, 1.0], [-1.0, -1.0]])
    basins = Basins(np.array([0] * 5 + [1] * 4), HopfieldState(jnp.asarray(stars)), np.array([5, 4]))
    return Chart(plane, jnp.asarray(np.arange(9.0)), basins, stars, np.zeros((4, 3, 2)))


def stars(ax):
    return next(made for made in ax.collections if len(made.get_offsets()) > 1).get_offsets()


def test_every_network_has_a_panel_with_its_stars_and_paths(figure):
    units, phases = made_up(unit_plane(3)), made_up(phase_plane(3))
    rows = [{"a": units, "b": units}, {"c": phases, "d": phases}]
    panels = chart_panels(figure, rows)
    assert [ax.get_xlabel() for ax in panels] == ["x₁", "x₁", "φ₂ − φ₁", "φ₂ − φ₁"]
    assert [ax.get_ylabel() for ax in panels] == ["x₂", "", "φ₃ − φ₁", ""]
    assert [len(ax.get_lines()) for ax in panels] == [3] * 4
    assert [text.get_text() for text in panels[2].get_xticklabels()] == ["−π/2", "0", "π/2"]
    for ax in panels:
        np.testing.assert_allclose(stars(ax), [[1, 1], [-1, -1]])


def test_stars_stand_at_the_minima(figure):
    axis = np.linspace(-2, 2, 5)
    heights = {"one": axis[:, None] ** 2 + axis[None, :] ** 2, "other": -np.ones((5, 1)) * axis**2}
    minima = {"one": np.array([[2, 2], [1, 3]]), "other": np.array([[4, 0], [0, 0]])}
    first, second = minima_panels(figure, axis, heights, minima)
    np.testing.assert_allclose(stars(first), [[0, 0], [-1, 1]])
    np.testing.assert_allclose(stars(second), [[2, -2], [-2, -2]])
    assert first.get_ylabel() == "x₂"
