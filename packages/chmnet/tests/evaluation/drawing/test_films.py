"""A film's query stands apart, and every network has its lines."""

import numpy as np
import pandas as pd

from chmnet.evaluation.drawing import accuracy_panels, film_strip, loss_panels

COLOURS = {"one": "red", "other": "blue"}


def test_the_query_stands_apart_from_the_film(figure):
    pictures = np.random.default_rng(0).random((4, 5, 3))
    axes = film_strip(figure, pictures, ["A", "A", "B", "B?"])
    for ax, picture, title in zip(axes, pictures, ["A", "A", "B", "B?"], strict=True):
        np.testing.assert_array_equal(ax.get_images()[0].get_array(), picture)
        assert ax.get_title() == title
    places = [ax.get_subplotspec().colspan.start for ax in axes]
    assert places == [0, 1, 2, 4]


def test_accuracy_has_a_row_for_each_number_of_scenes(figure):
    rows = [
        {"variant": variant, "noise": noise, "scenes": count, "L": length, "seed": seed, "value": value}
        for variant, value in {"one": 0.25, "other": 0.75}.items()
        for noise in (0.5, 1.0)
        for count in (2, 6)
        for length in (8, 16)
        for seed in (0, 1)
    ]
    panels = accuracy_panels(figure, pd.DataFrame(rows), COLOURS, chance=0.1)
    assert [ax.get_title() or ax.get_title(loc="left") for ax in panels] == [
        f"{count} scenes, noise {noise}" for count in (2, 6) for noise in (0.5, 1.0)
    ]
    for ax in panels:
        one, other, chance = ax.get_lines()[:3]
        np.testing.assert_allclose(one.get_xdata(), [8, 16])
        np.testing.assert_allclose(one.get_ydata(), 0.25)
        np.testing.assert_allclose(other.get_ydata(), 0.75)
        np.testing.assert_allclose(chance.get_ydata(), 0.1)
        assert ax.get_legend() is None
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(COLOURS)


def test_losses_are_running_means_over_a_thirtieth_of_the_training(figure):
    updates = np.arange(60)
    rows = [
        pd.DataFrame(
            {"update": updates, "loss": updates + shift, "variant": name, "noise": noise, "seed": seed}
        )
        for name in COLOURS
        for noise in (0.5, 1.0)
        for seed, shift in ((0, -1.0), (1, 1.0))
    ]
    panels = loss_panels(figure, pd.concat(rows, ignore_index=True), COLOURS)
    assert len(panels) == 2
    for line in panels[1].get_lines():
        np.testing.assert_allclose(line.get_ydata(), [0, *(updates[1:] - 0.5)])
