import numpy as np
import pandas as pd

from hkam.analysis import held_table
from hkam.analysis.drawing import encoded_panels, function_panels


def test_every_dimension_has_a_curve_and_its_limit(figure):
    rows = [
        {"amplitude": a, "D": d, "limit": 4 * d, "numbers": size, "value": float(size < 4 * d)}
        for a in (0.5, 1.0)
        for d in (1, 2)
        for size in (4, 6, 9)
    ]
    axes = figure.subplots(1, 2)
    encoded_panels(axes, pd.DataFrame(rows), 5)
    first, limit, _, _, worst = axes[0].get_lines()
    assert (first.get_xdata().tolist(), first.get_ydata().tolist()) == ([4, 6, 9], [0, 0, 0])
    assert list(limit.get_xdata()) == [4.5, 4.5]
    assert list(worst.get_xdata()) == [4.5, 4.5]


def test_every_selection_has_what_it_ends_with_and_what_its_weights_say(figure):
    rows = [
        {"variant": variant, "D": d, "units": units, "functions": k, "told": 1.0, "ended": 1 / k}
        for variant, d, units in (
            ("an oscillator per unit", 1, 12),
            ("an oscillator per unit", 1, 24),
            ("threshold units", 0, 24),
        )
        for k in (1, 2)
    ]
    left, right = figure.subplots(1, 2)
    measured = pd.DataFrame(rows)
    function_panels(left, right, measured, held_table(measured, 6))
    assert left.get_lines()[0].get_ydata().tolist() == [1, 0.5]
    assert left.get_lines()[1].get_ydata().tolist() == [1, 1]
    assert np.allclose(right.get_lines()[0].get_xdata(), [1 / 3, 2 / 3])
