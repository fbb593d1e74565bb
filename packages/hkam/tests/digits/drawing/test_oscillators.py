import numpy as np
from matplotlib.figure import Figure

from hkam.digits.drawing import correction_panels, gram_panels, sphere_panels

GROUPS = {"pixels": 2, "further units": 1, "class units": 3}


def test_eigenvalues_before_and_after_are_bars():
    values = {("a", "before"): np.array([3.0, 1.0]), ("a", "after"): np.array([4.0, 0.5])}
    ((ax,),) = correction_panels(Figure(), values, {"a": "swap"}, {"a": "red"})
    assert [patch.get_height() for patch in ax.patches] == [3, 1, 4, 0.5]


def test_oscillators_and_their_gram_matrices_are_drawn_before_and_after(draw):
    oscillators = {"a": np.asarray(draw.rows(2, 6, 3))}
    axes = sphere_panels(Figure(), oscillators, {"a": "swap"}, GROUPS)
    assert axes.shape == (2, 1)
    assert [len(part.get_offsets()) for part in axes[0, 0].collections] == list(GROUPS.values())
    grams = gram_panels(Figure(), oscillators, {"a": "swap"}, GROUPS)
    for ax in grams.flat:
        gram = np.asarray(ax.images[0].get_array())
        assert np.allclose(np.diag(gram), 1)
        assert np.allclose(gram, gram.T)
