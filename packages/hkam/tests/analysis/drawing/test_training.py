import matplotlib as mpl
import numpy as np

mpl.use("agg")
from matplotlib import pyplot as plt

from hkam.analysis.descent import Descent
from hkam.analysis.drawing import training_page


def test_the_page_has_three_curves_and_every_picture():
    times = np.linspace(0, 2, 41)
    followed = Descent(times, np.exp(-times), -np.exp(-times), -np.exp(-times))
    random = np.random.default_rng(0)
    examples = [{"shown": random.normal(size=9), "after": random.normal(size=9)} for _ in range(3)]
    figure = plt.figure()
    _, slope, learning, *pictures = training_page(figure, followed, [0.5, 0.25, 0.125], examples)
    np.testing.assert_allclose(slope.get_lines()[0].get_ydata(), followed.closed_form)
    np.testing.assert_allclose(learning.get_lines()[0].get_xydata(), [[1, 0.5], [2, 0.25], [3, 0.125]])
    assert learning.get_yscale() == "log"
    drawn = [np.ravel(ax.get_images()[0].get_array()) for ax in pictures]
    np.testing.assert_allclose(drawn, [pattern for example in examples for pattern in example.values()])
    plt.close(figure)
