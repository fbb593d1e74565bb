import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from amcore.plotting import PALETTE, save_figure, style


def draw():
    figure, axes = plt.subplots()
    axes.plot([0, 1], [1, 0], color=PALETTE["discrete"], label="β")
    axes.legend()
    return figure


@pytest.fixture(autouse=True)
def _no_window():
    mpl.use("agg")
    yield
    plt.close("all")


def test_a_figure_has_the_same_bytes_every_time(tmp_path):
    for name in ("one", "two"):
        with style():
            save_figure(draw(), tmp_path / name)
    for suffix in (".svg", ".png"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_a_figure_file_carries_no_date_and_no_font_reference(tmp_path):
    with style():
        vector, raster = save_figure(draw(), tmp_path / "figure")
    assert "dc:date" not in vector.read_text()
    assert "font-family" not in vector.read_text()
    assert raster.stat().st_size > 1000


def test_the_style_ends_with_its_block():
    before = mpl.rcParams["font.size"], mpl.rcParams["axes.spines.top"]
    with style():
        assert not mpl.rcParams["axes.spines.top"]
    assert (mpl.rcParams["font.size"], mpl.rcParams["axes.spines.top"]) == before


def test_a_suffix_of_ones_own_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"figure\.pdf"):
        save_figure(draw(), tmp_path / "figure.pdf")
