import json

import numpy as np
import pytest

from amcore.data.errors import DataError
from amcore.data.preparing import outputs, prepare
from amcore.data.sets import emoji
from amcore.data.sets.emoji import load_emoji
from amcore.data.transport import clients

pytest.importorskip("PIL")
pytest.importorskip("resvg_py")

RED = '<rect width="100%" height="100%" fill="#f00"/>'
LABELS = {
    "en": [
        {"hexcode": "1F41D", "label": "honeybee", "group": 3},
        {"hexcode": "00A9-FE0F", "label": "copyright", "group": 8},
        {"hexcode": "1F600", "label": "nowhere drawn", "group": 0},
        {"hexcode": "1F1E6", "label": "regional indicator A"},
    ],
    "fr": [
        {"hexcode": "1F41D", "label": "abeille", "group": 3},
        {"hexcode": "1F3FB", "label": "peau", "group": 2},
    ],
}


@pytest.fixture
def packages(pack, declare, monkeypatch):
    """Two styles of drawings and the names, as npm packages."""

    def install(body=RED):
        icons = {"width": 4, "height": 4, "icons": {"bee": {"body": body}, "c": {"body": RED, "height": 2}}}
        chars = {"noto": {"1f41d": "bee", "a9": "c"}, "twemoji": {"1f41d": "bee", "1f1e6": "c"}}
        contents = {
            style: {"package/icons.json": json.dumps(icons), "package/chars.json": json.dumps(chars[style])}
            for style in chars
        }
        contents["names"] = {
            f"package/{code}/compact.json": json.dumps(rows) for code, rows in LABELS.items()
        }
        archives = {
            name: pack("tgz", {path: text.encode() for path, text in files.items()})
            for name, files in contents.items()
        }
        styles = {style: declare(archives[style], name=style, members=("package/*",)) for style in chars}
        monkeypatch.setattr(emoji, "STYLES", styles)
        monkeypatch.setattr(emoji, "NAMES", declare(archives["names"], name="names", members=("package/*",)))

        def download(source, space):
            (space / "arrived").write_bytes(archives[source.name])
            return space / "arrived"

        monkeypatch.setattr(clients, "download", download)

    return install


def test_concepts_are_what_is_named_and_drawn(packages, tmp_path):
    packages()
    paths = prepare("emoji", tmp_path, side=8)
    assert [str(path.relative_to(tmp_path)) for path in paths] == outputs("emoji")
    loaded = load_emoji(tmp_path)
    assert loaded.concepts.to_dict("list") == {"code": ["1f41d", "a9"], "name": ["honeybee", "copyright"]}
    assert loaded.drawings.to_dict("list") == {"concept": [0, 0, 1], "style": ["noto", "twemoji", "noto"]}
    assert list(loaded.names.itertuples(index=False, name=None)) == [
        (0, "en", "honeybee"),
        (0, "fr", "abeille"),
        (1, "en", "copyright"),
    ]


def test_drawings_are_on_white_with_their_aspect(packages, tmp_path):
    packages()
    prepare("emoji", tmp_path, side=8)
    images = load_emoji(tmp_path).images
    assert isinstance(images, np.memmap)
    assert images[0].reshape(-1, 3).tolist() == [[255, 0, 0]] * 64
    assert images[2][:, 4].tolist() == [[255] * 3] * 2 + [[255, 0, 0]] * 4 + [[255] * 3] * 2


def test_a_drawing_that_shows_nothing_is_named(packages, tmp_path):
    packages(body="<g/>")
    with pytest.raises(DataError, match=r"noto 1\.0: bee cannot be drawn"):
        prepare("emoji", tmp_path, side=8)


def test_names_that_belong_to_no_drawing_are_an_error(packages, tmp_path, monkeypatch):
    packages()
    monkeypatch.setattr(emoji, "STYLES", {})
    with pytest.raises(DataError, match="no name belongs"):
        prepare("emoji", tmp_path, side=8)


def test_no_pixels_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"side must be .* but is 0"):
        prepare("emoji", tmp_path, side=0)


def test_emoji_that_are_not_prepared_say_so(tmp_path):
    with pytest.raises(DataError, match="fetch emoji"):
        load_emoji(tmp_path)
