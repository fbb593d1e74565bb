import numpy as np
from matplotlib.figure import Figure

from hkam.digits.drawing import class_panels, loss_curve


def test_losses_are_drawn_with_their_running_mean():
    ax = Figure().subplots()
    loss_curve(ax, np.array([4.0, 2.0, 1.0]))
    each, mean = ax.lines
    assert np.array_equal(each.get_ydata(), [4, 2, 1])
    assert np.allclose(np.asarray(mean.get_ydata(), float), [4, 3, 7 / 3])


def test_digits_stand_above_their_class_units():
    values = np.array([[1.0, -1.0], [-0.5, 0.5], [0.2, 0.1]])
    axes = class_panels(
        Figure(),
        np.zeros((3, 2, 2)),
        values,
        np.array([0, 0, 1]),
        [np.array([0, 1]), np.array([1])],
        columns=2,
    )
    assert axes.shape == (4, 2)
    titles = [axes[row, column].get_title(loc="center") for row, column in ((0, 0), (0, 1), (2, 0), (2, 1))]
    assert titles == ["0, read as 0", "0, read as 1", "0, read as 1", ""]
    assert [patch.get_height() for patch in axes[1, 1].patches] == [-0.5, 0.5]
