import numpy as np
import pytest

from hkam.analysis.descent import Descent
from hkam.analysis.drawing import broken_panels, energy_panels, rate_panels


def decay(rate):
    times = np.linspace(0, 4, 81)
    return Descent(times, np.exp(-rate * times), *(-rate * np.exp(-rate * times),) * 2)


def test_every_family_has_a_panel_and_every_model_a_line(figure):
    families = {"one": {"slow": decay(1), "fast": decay(3)}, "other": {"slow": decay(1)}}
    panels = energy_panels(figure, families)
    assert [ax.get_title() or ax.get_title(loc="left") for ax in panels] == ["one", "other"]
    assert [[line.get_label() for line in ax.get_lines()] for ax in panels] == [["slow", "fast"], ["slow"]]
    assert all(np.isclose(line.get_ydata()[0], 1) for ax in panels for line in ax.get_lines())
    assert panels[0].get_xlim() == (0, 4)


def test_a_family_may_have_more_models_than_there_are_colours(figure):
    (panel,) = energy_panels(figure, {"many": {str(number): decay(1 + number) for number in range(7)}})
    assert len(panel.get_lines()) == 7


@pytest.mark.parametrize("models", [1, 3, 4, 5])
def test_every_model_has_a_panel_and_one_is_left_for_the_legend(figure, models):
    panels = rate_panels(figure, {str(number): decay(2) for number in range(models)})
    assert len(panels) == models
    assert len(figure.axes) % 4 == 0
    assert len(figure.axes) > models
    assert [text.get_text() for text in figure.axes[models].get_legend().get_texts()] == [
        "formula",
        "measured",
    ]
    assert not any(ax.axison for ax in figure.axes[models:])
    assert all(ax.get_xlabel() for ax in panels[-4:])


def test_rates_are_shown_until_most_of_the_way_is_done(figure):
    slow, fast = rate_panels(figure, {"slow": decay(2), "fast": decay(1000)})
    assert np.isclose(slow.get_xlim()[1], -np.log(0.02) / 2, atol=0.05)
    assert np.isclose(fast.get_xlim()[1], 4 / 20)


def test_rates_lie_below_their_energies(figure):
    axes = broken_panels(figure, {"one": decay(1), "other": decay(2)})
    assert len(axes) == 4
    np.testing.assert_allclose(axes[1].get_lines()[0].get_ydata(), decay(2).energies)
    np.testing.assert_allclose(axes[3].get_lines()[0].get_ydata(), decay(2).closed_form)
    assert axes[3].get_legend() is not None
