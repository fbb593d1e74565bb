"""Edges stand where they lie, and every video has its point."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import torch

mpl.use("agg")
from matplotlib import pyplot as plt

from chmnet.evaluation.drawing import edge_panel, gain_panels


def test_edges_stand_in_a_row_for_each_allocation(figure):
    frames = torch.tensor([[0.0], [0.0], [2.0], [3.0]])
    allocations = {"even": torch.tensor([0.0, 0.5, 1.0]), "odd": torch.tensor([0.0, 0.75, 1.0])}
    ax = edge_panel(figure, frames @ frames.mT, allocations)
    change, *rows = ax.collections
    heights = change.get_paths()[0].vertices
    for time, height in ((0.25, 0), (0.5, 1), (0.75, 0.5)):
        assert heights[np.isclose(heights[:, 0], time), 1].max() == pytest.approx(height)
    for row, edges in zip(rows, allocations.values(), strict=True):
        np.testing.assert_allclose([line[0, 0] for line in row.get_segments()], edges)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["change", *allocations]


def test_every_video_has_a_point_and_every_variant_its_mean(figure):
    rows = [
        {"variant": variant, "similarity": "dot", "dataset": video, "gain": gain}
        for variant, gains in {"near": (0.1, 0.3), "far": (0.5, 0.7)}.items()
        for video, gain in zip("ab", gains, strict=True)
    ]
    (panel,) = gain_panels(figure, pd.DataFrame(rows), ["far", "near"], ["dot"])
    points, means = panel.collections
    np.testing.assert_allclose(points.get_offsets(), [[0.1, 0.8], [0.3, 1.2], [0.5, -0.2], [0.7, 0.2]])
    np.testing.assert_allclose(means.get_offsets(), [[0.6, 0], [0.2, 1]])
    assert [label.get_text() for label in panel.get_yticklabels()] == ["far", "near"]
    assert panel.get_ylim() == (1.5, -0.5)


def test_the_same_gains_give_the_same_figure():
    gains = pd.DataFrame({"variant": "only", "similarity": "dot", "dataset": list("abc"), "gain": [1, 2, 3]})
    drawn = []
    for _ in range(2):
        figure = plt.figure()
        gain_panels(figure, gains, ["only"], ["dot", "distance"])
        figure.canvas.draw()
        drawn.append(np.asarray(figure.canvas.buffer_rgba()))
        plt.close(figure)
    np.testing.assert_array_equal(*drawn)
