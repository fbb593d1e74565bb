import numpy as np
import pytest

from amcore.data.errors import DataError
from amcore.data.preparing import outputs, prepare
from amcore.data.sets import openclipart
from amcore.data.sets.openclipart import clean_title, load_openclipart, read_title
from amcore.data.transport import clients

pytest.importorskip("PIL")
pytest.importorskip("resvg_py")

FOLDER = "usr/share/openclipart/svg/"


def svg(title, body="<rect width='8' height='8'/>"):
    metadata = f"<metadata><dc:title>{title}</dc:title><dc:title>an author</dc:title></metadata>"
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<svg {spaces} width="8" height="8">{metadata}{body}</svg>'.encode()


FILES = {
    "a/bee.svg": svg("Bee_1"),
    "a/one.svg": svg("A Collection"),
    "a/two.svg": svg("a collection"),
    "b/cat.svg": svg("Clipart by Ann Other - BlackCat &amp; Moon"),
    "b/empty.svg": svg("Nothing", body=""),
    "b/odd.svg": svg("42"),
    "b/untitled.svg": svg(""),
    "b/broken.svg": b"<svg><dc:title>Broken</dc:title>",
}


@pytest.fixture
def package(pack, declare, monkeypatch):
    def install(files):
        archive = pack("gz.deb", {FOLDER + name: content for name, content in files.items()})
        monkeypatch.setattr(openclipart, "SOURCE", declare(archive, "debian", members=(FOLDER + "*.svg",)))

        def download(source, space):
            (space / "arrived").write_bytes(archive)
            return space / "arrived"

        monkeypatch.setattr(clients, "download", download)

    return install


def test_drawings_with_a_title_of_their_own_are_kept(package, tmp_path):
    package(FILES)
    paths = prepare("openclipart", tmp_path, side=8)
    assert [str(path.relative_to(tmp_path)) for path in paths] == outputs("openclipart")
    loaded = load_openclipart(tmp_path)
    assert list(loaded.drawings.itertuples(index=False, name=None)) == [
        ("a/bee.svg", "bee"),
        ("b/cat.svg", "black cat & moon"),
    ]
    assert isinstance(loaded.images, np.memmap)
    assert loaded.images.shape == (2, 8, 8, 3)
    assert not loaded.images.any()


def test_a_package_without_a_usable_drawing_is_one_error(package, tmp_path):
    package({"b/odd.svg": FILES["b/odd.svg"]})
    with pytest.raises(DataError, match="none of 1 drawings"):
        prepare("openclipart", tmp_path)
    assert not (tmp_path / "openclipart").exists()


@pytest.mark.parametrize(
    ("title", "caption"),
    [
        ("corn_cob", "corn cob"),
        ("Clipart by Pedro A. Gracia Fajardo - Spain - Galicia", "spain galicia"),
        ("BlueMan#301", "blue man"),
        ("smiley111", "smiley"),
        ("bass-guitar", "bass guitar"),
        ("Iraqi flag 1959", "iraqi flag"),
        ("42", "42"),
        ("fc23.svg", "fc"),
    ],
)
def test_titles_become_captions(title, caption):
    assert clean_title(title) == caption


def test_the_first_title_counts():
    assert read_title("<dc:title>  Corn \n &lt;cob&gt; </dc:title><dc:title>Ann</dc:title>") == "Corn <cob>"
    assert read_title("<svg/>") == ""


def test_no_pixels_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"side must be .* but is 0"):
        prepare("openclipart", tmp_path, side=0)


def test_drawings_that_are_not_prepared_say_so(tmp_path):
    with pytest.raises(DataError, match="fetch openclipart"):
        load_openclipart(tmp_path)
