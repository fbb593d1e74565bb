"""Pictures, sounds and right answers, each against the letters lost."""

from itertools import product

import numpy as np
import pandas as pd

from cmhn.evaluation.drawing import completion_panels

VARIANTS = {"joint memory": 0.9, "nearest triple": 0.7, "ridge": 0.4}


def test_each_panel_has_its_lines(figure):
    cosines = [
        (variant, f"cosine, {name}", seed, damage, value * (1 - damage) + shift)
        for (variant, value), name, (seed, shift), damage in product(
            VARIANTS.items(), ("vision", "audio"), ((0, -0.05), (1, 0.05)), (0.0, 0.2)
        )
    ]
    shares = [
        ("joint memory", f"right {what}", seed, damage, 0.5)
        for what, seed, damage in product(("picture", "group"), (0, 1), (0.0, 0.2))
    ]
    columns = ["variant", "metric", "seed", "damage", "value"]
    panels = completion_panels(figure, pd.DataFrame(cosines + shares, columns=columns), level=0.8)
    for ax, title in zip(panels, ("cosine, vision", "cosine, audio", "share of answers"), strict=True):
        assert (ax.get_title() or ax.get_title(loc="left")) == title
        assert ax.get_xlabel() == "letters lost, %"
    for ax in panels[:2]:
        *lines, level = ax.get_lines()[: len(VARIANTS)] + ax.get_lines()[-1:]
        for line, value in zip(lines, VARIANTS.values(), strict=True):
            np.testing.assert_allclose(line.get_xdata(), [0, 20])
            np.testing.assert_allclose(line.get_ydata(), [value, 0.8 * value])
        np.testing.assert_allclose(level.get_ydata(), 0.8)
        assert ax.get_legend() is None
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(VARIANTS)
    assert [text.get_text() for text in panels[2].get_legend().get_texts()] == [
        "right picture",
        "right group",
    ]
