import numpy as np
import pandas as pd

from hkam.analysis import DRIVES, Driven
from hkam.analysis.drawing import drive_panels, sphere_panels


def test_even_and_odd_dimensions_are_drawn_apart(figure):
    rows = [
        {"D": d, "start": start, "coupling": k, "seed": 0, "value": d / 10}
        for d in (1, 2, 3)
        for start in ("equal", "scattered")
        for k in (0.5, 1.0)
    ]
    even, odd = figure.subplots(1, 2)
    sphere_panels(even, odd, pd.DataFrame(rows))
    assert [line.get_ydata().tolist() for line in even.get_lines()] == [[0.1, 0.1]] * 2 + [[0.3, 0.3]] * 2
    *curves, expected = odd.get_lines()
    assert len(curves) == 2
    assert np.allclose(expected.get_ydata(), 0.5)


def test_each_drive_has_its_energy_and_each_dimension_its_shares(figure):
    rows = [
        {
            "D": d,
            "variant": kind,
            "strength": s,
            "seed": 0,
            "value": float(s > 1 and kind == DRIVES[0]),
            "rise": 0.0,
        }
        for d in (1, 2)
        for kind in DRIVES
        for s in (0.0, 2.0)
    ]
    run = Driven(np.arange(3.0), np.array([0.0, 2.0, 0.0]), np.eye(2))
    left, right = figure.subplots(1, 2)
    drive_panels(left, right, dict.fromkeys(DRIVES, run), 1.0, pd.DataFrame(rows))
    assert [line.get_ydata().tolist() for line in left.get_lines()] == [[0, 2, 0]] * 2
    assert [line.get_ydata().tolist() for line in right.get_lines()] == [[0, 1], [0, 1], [0, 0]]
