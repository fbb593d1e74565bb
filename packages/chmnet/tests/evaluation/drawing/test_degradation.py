"""Every setting has a line in every panel, at the means over videos."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from chmnet.evaluation import TASKS, Setting, setting_ladder
from chmnet.evaluation.drawing import setting_panels


def test_lines_are_means_over_videos_against_the_share_of_the_frames(figure):
    settings = setting_ladder(Setting.suspected())
    kinds = [("continuous", asdict(setting)) for setting in settings.values()]
    kinds.append(
        ("discrete", {"integration": "discrete", "ridge": 0.0, "padding": "none", "similarity": "dot"})
    )
    rows = [
        {
            "variant": variant,
            **factors,
            "task": task,
            "L": length,
            "N": count,
            "dataset": video,
            "value": value,
        }
        for variant, factors in kinds
        for task in TASKS
        for length in (8, 16)
        for count in (4, 8)
        for video, value in (("a", count), ("b", 3.0 * count))
    ]
    panels = setting_panels(figure, pd.DataFrame(rows), settings)
    assert [ax.get_title() or ax.get_title(loc="left") for ax in panels] == [
        f"{task}, L = {length}, 2 videos" for length in (8, 16) for task in TASKS
    ]
    for ax, length in zip(panels, (8, 8, 16, 16), strict=True):
        assert [line.get_label() for line in ax.get_lines()] == [*settings, "discrete, N frames"]
        for line in ax.get_lines():
            np.testing.assert_allclose(line.get_xdata(), [4 / length, 8 / length])
            np.testing.assert_allclose(line.get_ydata(), [8, 16])
