import matplotlib as mpl
import numpy as np
import pandas as pd

mpl.use("agg")
from matplotlib import pyplot as plt

from hkam.analysis import Erratum
from hkam.analysis.drawing import evidence_marks


def test_every_number_has_a_mark_and_zero_stands_at_the_edge():
    entries = [Erratum(key, f"eq. {key}", "x", "y", "a difference", 0.0, 0.0) for key in ("a", "b")]
    table = pd.DataFrame(
        {
            "variant": ["printed", "corrected"] * 2,
            "dataset": ["a", "a", "b", "b"],
            "value": [0.5, 0.0, 0.25, 1e-16],
        }
    )
    figure = plt.figure(layout="constrained")
    ax = evidence_marks(figure, entries, table, edge=1e-17, label="distance")
    corrected, printed = ax.collections
    np.testing.assert_allclose(corrected.get_offsets(), [[1e-17, 1], [1e-16, 0]])
    np.testing.assert_allclose(printed.get_offsets(), [[0.5, 1], [0.25, 0]])
    assert [text.get_text() for text in ax.get_yticklabels()] == ["b (eq. b)", "a (eq. a)"]
    assert ax.get_xlabel() == "distance"
    plt.close(figure)
