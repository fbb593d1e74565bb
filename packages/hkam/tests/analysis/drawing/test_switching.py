import numpy as np
from matplotlib.colors import to_rgb

from amcore.plotting import PALETTE
from hkam.analysis.drawing import answer_pictures, overlap_curves, settling_curves


def test_every_key_is_shown_beside_its_answers_and_every_group_has_a_colour(figure, draw):
    shown, first, second = (np.asarray(draw.normal(2, 4)) for _ in range(3))
    path = np.asarray(draw.rows(3, 8, 3))
    *pictures, sphere, _ = answer_pictures(figure, shown, {"A": first, "B": second}, {"A": path, "B": path})
    drawn = [ax.get_images()[0].get_array() for ax in pictures]
    wanted = [patterns[row] for row in range(2) for patterns in (shown, first, second)]
    np.testing.assert_allclose([np.ravel(image) for image in drawn], wanted)
    colours = [to_rgb(line.get_color()) for line in sphere.get_lines()]
    assert colours == [to_rgb(PALETTE["discrete"])] * 4 + [to_rgb(PALETTE["continuous"])] * 4


def test_each_computation_has_a_curve_of_its_oscillators_and_one_of_its_answer(figure):
    ax = figure.subplots()
    times, rising = np.arange(3.0), np.linspace(0, 1, 3)
    settling_curves(ax, times, {"A": 0 * rising, "B": rising}, {"A": rising, "B": rising**2})
    curves = {line.get_label(): line.get_ydata().tolist() for line in ax.get_lines()}
    assert curves["A: oscillators"] == [0, 0, 0]
    assert curves["B: right answer"] == [0, 0.25, 1]
    assert len(curves) == 4


def test_every_key_has_a_line_in_its_computations_colour(figure):
    ax = figure.subplots()
    overlaps = {"A": np.array([[0.0, 1.0], [0.1, 0.9]]), "B": np.array([[1.0, 0.0], [0.8, 0.2]])}
    overlap_curves(ax, np.array([0.0, 90.0]), overlaps)
    *lines, barrier = ax.get_lines()
    assert [line.get_ydata().tolist() for line in lines] == [[0, 1], [0.1, 0.9], [1, 0], [0.8, 0.2]]
    assert [line.get_color() for line in lines] == [PALETTE["discrete"]] * 2 + [PALETTE["continuous"]] * 2
    assert list(barrier.get_xdata()) == [60, 60]
