"""An empty figure, closed afterwards."""

from collections.abc import Iterator

import matplotlib as mpl
import pytest

mpl.use("agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure


@pytest.fixture
def figure() -> Iterator[Figure]:
    figure = plt.figure(layout="constrained")
    yield figure
    plt.close(figure)
