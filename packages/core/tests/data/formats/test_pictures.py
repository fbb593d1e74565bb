import sys

import numpy as np
import pytest

from amcore.data.formats.pictures import load_picture, render_svg

Image = pytest.importorskip("PIL.Image")
pytest.importorskip("resvg_py")

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{body}</svg>'
RED = '<rect width="100%" height="100%" fill="#f00"/>'


def svg(width="20", height="20", body=RED):
    return SVG.format(width=width, height=height, body=body)


def box(picture):
    """Rows and columns that are not white."""
    inked = np.any(picture != 255, axis=2)
    return inked.any(axis=1).sum(), inked.any(axis=0).sum()


@pytest.mark.parametrize(("size", "inked"), [((20, 10), (16, 32)), ((10, 20), (32, 16)), ((8, 8), (32, 32))])
def test_pictures_fill_the_square_and_keep_their_aspect(tmp_path, size, inked):
    Image.new("RGB", size, (255, 0, 0)).save(tmp_path / "a.png")
    (tmp_path / "a.svg").write_text(svg(*map(str, size)))
    for name in ("a.png", "a.svg"):
        picture = load_picture(tmp_path / name, 32)
        assert picture.shape == (32, 32, 3)
        assert box(picture) == inked
        assert picture[16, 16].tolist() == [255, 0, 0]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1"])
def test_every_mode_is_put_on_white(tmp_path, mode):
    picture = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    picture.putpixel((0, 0), (0, 0, 0, 255))
    picture.convert(mode).save(tmp_path / "a.png")
    loaded = load_picture(tmp_path / "a.png", 4)
    assert loaded[0, 0].tolist() == [0, 0, 0]
    if mode in ("RGBA", "LA"):
        assert loaded[3, 3].tolist() == [255, 255, 255]


def test_half_a_colour_over_white_is_pale():
    picture = render_svg(svg(body='<rect width="100%" height="100%" fill="#f00" fill-opacity="0.5"/>'), 4)
    np.testing.assert_allclose(picture[2, 2], [255, 127, 127], atol=1)


@pytest.mark.parametrize("unit", ["pt", "cm", "mm", "in"])
def test_lengths_in_units_of_print_are_drawn(unit):
    assert box(render_svg(svg(f"10{unit}", f"10{unit}"), 16)) == (16, 16)


@pytest.mark.parametrize(
    "text", ["", "no svg", "<svg", svg(body=""), svg(body='<rect width="9" fill="#fff"/>')]
)
def test_what_shows_nothing_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        render_svg(text, 16)


@pytest.mark.parametrize("name", ["a.png", "a.svg", "missing.png"])
def test_a_file_without_a_picture_is_named(tmp_path, name):
    for file in ("a.png", "a.svg"):
        (tmp_path / file).write_text("no picture")
    with pytest.raises(ValueError, match=name):
        load_picture(tmp_path / name, 16)


def test_no_pixels_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"side must be .* but is 0"):
        load_picture(tmp_path / "a.png", 0)


@pytest.mark.parametrize("module", ["PIL", "resvg_py"])
def test_a_missing_library_says_how_to_install_it(module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"amcore\[image\]"):
        render_svg(svg(), 16)
