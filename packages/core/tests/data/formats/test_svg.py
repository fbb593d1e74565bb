import subprocess
import sys

import pytest

from amcore.data.formats import _svg
from amcore.data.formats.pictures import load_picture, render_svg

pytest.importorskip("resvg_py")

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
)
SQUARE = '<rect width="9" height="9" fill="red"/>'


def document(content):
    return f"{HEAD}{content}</svg>"


def test_a_plain_document_needs_no_process_of_its_own(monkeypatch):
    def never(*_, **__):
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", never)
    assert render_svg(document(SQUARE), 8)[4, 4].tolist() == [255, 0, 0]


@pytest.mark.parametrize("content", [SQUARE, "<g>" * 90 + SQUARE + "</g>" * 90])
def test_a_process_of_its_own_gives_the_same_pixels(content, monkeypatch):
    inside = render_svg(document(content), 8)
    monkeypatch.setattr(_svg, "_PLAIN_ELEMENTS", 0)
    assert render_svg(document(content), 8).tobytes() == inside.tobytes()


HOSTILE = {
    "deep": "<g>" * 20_000 + SQUARE + "</g>" * 20_000,
    "laughs": '<g id="a0">'
    + SQUARE
    + "</g>"
    + "".join(f'<g id="a{n}">' + f'<use xlink:href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 9)),
    "itself": '<g id="a"><use xlink:href="#a"/>' + SQUARE + "</g>",
    "not closed": "<g>" + SQUARE,
    "turbulent": '<filter id="f"><feTurbulence baseFrequency="0.1" numOctaves="100000"/></filter>'
    '<rect width="9" height="9" filter="url(#f)"/>',
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_rendered_or_refused_and_never_ends_the_interpreter(
    tmp_path, content, monkeypatch
):
    monkeypatch.setattr(_svg, "_SECONDS", 1)
    (tmp_path / "a.svg").write_text(document(content))
    code = f"""
from amcore.data import load_picture
from amcore.data.formats import _svg
_svg._SECONDS = 1
try:
    print(load_picture({str(tmp_path / "a.svg")!r}, 8).shape)
except ValueError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() in ("refused", "(8, 8, 3)"), done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_other_encodings_are_read(tmp_path, encoding):
    (tmp_path / "a.svg").write_bytes(document(SQUARE).encode(encoding))
    assert load_picture(tmp_path / "a.svg", 8)[4, 4].tolist() == [255, 0, 0]


@pytest.mark.parametrize(("width", "height", "inked"), [(9, 900, (8, 1)), (900, 9, (1, 8)), (9, 9, (8, 8))])
def test_narrow_documents_keep_their_aspect(width, height, inked):
    text = document(f'<rect width="{width}" height="{height}"/>')
    text = text.replace('width="9" height="9">', f'width="{width}" height="{height}">', 1)
    shown = (render_svg(text, 8) < 128).all(axis=2)
    assert (shown.any(axis=1).sum(), shown.any(axis=0).sum()) == inked


def test_an_endless_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    with (tmp_path / "a.svg").open("wb") as file:
        file.truncate(_svg.LONGEST + 1)
    with pytest.raises(ValueError, match="its SVG must have at most"):
        load_picture(tmp_path / "a.svg", 8)
