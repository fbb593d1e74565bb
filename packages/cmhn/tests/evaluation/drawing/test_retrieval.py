"""A bar is a mean over seeds, a mark per seed, and a dotted line chance."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from cmhn.evaluation.drawing import recall_panels

PAIRS = [("text", "vision"), ("vision", "text")]
VALUES = {"CMHN": 0.4, "CLIP": 0.2, "chance": 0.05}


def test_recall_has_a_row_per_data_set_and_a_column_per_direction(figure):
    rows = [
        {
            "dataset": dataset, "seed": seed, "variant": variant, "source": source, "target": target,
            "metric": metric, "value": scale * (value + 0.02 * seed * (variant != "chance")),
        }
        for (dataset, scale), seed, (variant, value), (source, target), metric in product(
            {"toy": 1, "other": 2}.items(), (0, 1), VALUES.items(), PAIRS, ("recall@1", "recall@5")
        )
    ]  # fmt: skip
    panels = recall_panels(figure, pd.DataFrame(rows), ["CLIP", "CMHN"])
    assert [ax.get_title() or ax.get_title(loc="left") for ax in panels] == [
        "text → vision", "vision → text", "", "",
    ]  # fmt: skip
    assert [ax.get_ylabel() for ax in panels] == ["toy", "", "other", ""]
    for ax, scale in zip(panels, (1, 1, 2, 2), strict=True):
        np.testing.assert_allclose([bar.get_width() for bar in ax.patches], [21 * scale, 41 * scale])
        marks = np.sort(np.concatenate([part.get_offsets()[:, 0] for part in ax.collections]))
        np.testing.assert_allclose(marks, np.array([20, 22, 40, 42]) * scale)
        np.testing.assert_allclose(ax.get_lines()[-1].get_xdata(), 5 * scale)
        assert ax.get_xlim() == pytest.approx((0, 1.05 * 42 * scale))
        assert [label.get_text() for label in panels[0].get_yticklabels()] == ["CLIP", "CMHN"]
