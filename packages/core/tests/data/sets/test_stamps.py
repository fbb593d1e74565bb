import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from amcore.data.errors import DataError
from amcore.data.preparing import outputs, prepare
from amcore.data.sets import stamps
from amcore.data.sets.stamps import group_stamps, load_stamps, thumbnails
from amcore.data.splits import leaks
from amcore.data.transport import clients

Image = pytest.importorskip("PIL.Image")
soundfile = pytest.importorskip("soundfile")
pytest.importorskip("resvg_py")

FOLDER = "usr/share/tuxpaint/stamps/"
REAL = Path(os.environ.get("AMCORE_DATA", "data"))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"><circle cx="6" cy="6" r="6"/></svg>'


def png(seed):
    content = io.BytesIO()
    levels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(levels).save(content, "png")
    return content.getvalue()


def wav(length, hertz=300.0, kind="wav"):
    content = io.BytesIO()
    soundfile.write(
        content,
        0.5 * np.sin(2 * np.pi * hertz * np.arange(length) / 16_000),
        16_000,
        format=kind,
        subtype="PCM_16",
    )
    return content.getvalue()


FILES = {
    "animals/cat.png": png(0),
    "animals/cat.txt": b"A cat.\nfr.utf8=Un chat.\nde.utf8=\nodd line\n",
    "animals/cat_desc.wav": wav(100),
    "animals/cat_desc_fr.wav": wav(200),
    "animals/cat_desc_ru.wav": wav(300),
    "animals/cat.wav": wav(50),
    "animals/cat_mirror.png": png(1),
    "animals/catfish.png": png(2),
    "animals/catfish.txt": "\ufeffA catfish.\nfr.utf8=Un silure.".encode(),
    "animals/catfish_desc_fr.wav": wav(400),
    "animals/catfish_desc_fr.wav.wav": wav(70),
    "people/kitty.svg": SVG,
    "people/kitty.txt": b"a CAT.\n",
    "people/sun.png": png(4),
    "people/sun.txt": b"The sun.\nfr.utf8=Le soleil.",
    "people/sun_desc_fr.wav": wav(200, kind="wavex"),
    "people/nobody.txt": b"No picture.\n",
    "symbols/math/1.png": png(3),
    "symbols/math/1.txt": b"one\nfr.utf8=un\n",
    "symbols/math/1_de.wav": wav(60),
    "symbols/math/1_desc_fr.wav": wav(80),
}


@pytest.fixture
def package(pack, declare, monkeypatch):
    archive = pack("xz.deb", {FOLDER + name: content for name, content in FILES.items()})
    members = tuple(f"{FOLDER}*.{ending}" for ending in ("png", "svg", "txt", "wav"))
    monkeypatch.setattr(stamps, "SOURCE", declare(archive, "debian", members=members))

    def download(source, space):
        (space / "arrived").write_bytes(archive)
        return space / "arrived"

    monkeypatch.setattr(clients, "download", download)


@pytest.fixture
def prepared(package, tmp_path):
    prepare("stamps", tmp_path, side=16)
    return load_stamps(tmp_path)


def test_a_stamp_is_a_picture_with_a_caption(prepared):
    assert prepared.stamps["name"].tolist() == [
        "animals/cat",
        "animals/catfish",
        "people/kitty",
        "people/sun",
        "symbols/math/1",
    ]
    assert prepared.stamps["core"].tolist() == [True, True, True, True, False]
    with Image.open(io.BytesIO(FILES["animals/cat.png"])) as picture:
        np.testing.assert_array_equal(prepared.images[0], np.asarray(picture))
    assert prepared.images[2][8, 8].tolist() == [0, 0, 0]


def test_captions_are_read_in_every_language(prepared):
    rows = list(prepared.captions.itertuples(index=False, name=None))
    assert rows == [
        (0, "en", "A cat."),
        (0, "fr", "Un chat."),
        (1, "en", "A catfish."),
        (1, "fr", "Un silure."),
        (2, "en", "a CAT."),
        (3, "en", "The sun."),
        (3, "fr", "Le soleil."),
        (4, "en", "one"),
        (4, "fr", "un"),
    ]


def test_sounds_are_found_by_their_names(prepared):
    rows = prepared.sounds[["stamp", "language", "kind", "length"]]
    assert list(rows.itertuples(index=False, name=None)) == [
        (0, "", "effect", 50),
        (0, "en", "description", 100),
        (0, "fr", "description", 200),
        (0, "ru", "description", 300),
        (1, "fr", "description", 400),
        (3, "fr", "description", 200),
        (4, "fr", "description", 80),
    ]
    assert isinstance(prepared.samples, np.memmap)
    for row in range(len(rows)):
        assert len(prepared.sound(row)) == rows["length"][row]
        assert np.abs(prepared.sound(row)).max() > 10_000
    with pytest.raises(IndexError, match="row must be 0 to 6, but is 7"):
        prepared.sound(7)


def test_triples_have_picture_caption_and_speech_in_one_language(prepared):
    rows = prepared.triples[["stamp", "language", "caption", "sound", "core"]]
    assert list(rows.itertuples(index=False, name=None)) == [
        (0, "en", "A cat.", 1, True),
        (0, "fr", "Un chat.", 2, True),
        (1, "fr", "Un silure.", 4, True),
        (3, "fr", "Le soleil.", 5, True),
        (4, "fr", "un", 6, False),
    ]


def test_the_prepared_files_are_the_declared_ones(package, tmp_path):
    paths = prepare("stamps", tmp_path, side=16)
    assert [str(path.relative_to(tmp_path)) for path in paths] == outputs("stamps")
    assert sorted((tmp_path / "stamps").iterdir()) == sorted(paths)


def test_stamps_of_one_caption_or_recording_stay_together(prepared):
    cat, catfish, kitty, sun, one = prepared.stamps["group"].tolist()
    assert FILES["animals/cat_desc_fr.wav"] != FILES["people/sun_desc_fr.wav"]
    assert cat == kitty == sun
    assert len({cat, catfish, one}) == 3


def test_letters_and_numbers_are_in_no_split(prepared):
    assert prepared.stamps["split"].tolist()[4] == ""
    assert set(prepared.stamps["split"][:4]) <= {"train", "validation", "test"}


@pytest.fixture
def parted():
    captions = pd.DataFrame(
        [(stamp, language, f"{language} {stamp}") for stamp in range(5) for language in ("en", "fr")],
        columns=["stamp", "language", "caption"],
    )
    recordings = pd.DataFrame({"stamp": range(5), "recording": list("abcde")})
    return captions, recordings, np.eye(5)


def test_stamps_that_share_nothing_stay_alone(parted):
    assert group_stamps(*parted) == [0, 1, 2, 3, 4]


def test_whatever_is_shared_chains_stamps(parted):
    captions, recordings, features = parted
    captions.loc[(captions["stamp"] == 1) & (captions["language"] == "en"), "caption"] = "EN 0"
    recordings.loc[2, "recording"] = "b"
    features[3] = features[2]
    assert group_stamps(captions, recordings, features) == [0, 0, 0, 0, 1]
    assert group_stamps(captions, recordings, np.eye(5)) == [0, 0, 0, 1, 2]


def test_thumbnails_are_dark_where_there_is_ink():
    images = np.full((2, 4, 4, 3), 255, np.uint8)
    images[1, :2, :2] = 0
    assert thumbnails(images, 2).tolist() == [[0.0] * 12, [255.0] * 3 + [0.0] * 9]
    with pytest.raises(ValueError, match=r"side must be .* but is 3"):
        thumbnails(images, 3)


def test_a_side_that_thumbnails_do_not_divide_is_refused(tmp_path):
    with pytest.raises(ValueError, match="side must be a multiple of 16, but is 20"):
        prepare("stamps", tmp_path, side=20)


def test_stamps_that_are_not_prepared_say_so(tmp_path):
    with pytest.raises(DataError, match="fetch stamps"):
        load_stamps(tmp_path)


@pytest.mark.skipif(not (REAL / "stamps" / "SHA256SUMS").is_file(), reason="the stamps are not prepared here")
def test_the_real_manifest_leaks_no_group():
    real = load_stamps(REAL)
    core = real.stamps[real.stamps["core"]]
    assert leaks(core["group"].tolist(), core["split"].tolist()) == []
    english = real.captions[real.captions["language"] == "en"].set_index("stamp")["caption"].str.lower()
    assert leaks(english.loc[core.index].tolist(), core["split"].tolist()) == []
    bytes_of = {row: real.sound(row).tobytes() for row in range(len(real.sounds))}
    spoken = real.triples[real.triples["core"]]
    assert leaks([bytes_of[row] for row in spoken["sound"]], spoken["split"].tolist()) == []
    assert (len(real.stamps), len(core), len(real.triples), len(spoken)) == (950, 772, 7288, 6089)
    assert len(english) == len(real.stamps)


def test_two_recordings_without_a_last_page_are_taken_and_others_are_not(tmp_path, recwarn):
    levels = np.random.default_rng(0).normal(0, 0.1, 100_000)
    whole = tmp_path / "whole.ogg"
    soundfile.write(whole, levels, 16_000)
    content = whole.read_bytes()
    cut = content[: content.rindex(b"OggS")]
    known, other = tmp_path / "adeenia_desc_ml.ogg", tmp_path / "cat_desc_ml.ogg"
    known.write_bytes(cut)
    other.write_bytes(cut)
    taken = stamps._recording(known, 16_000)
    assert 0 < len(taken) < len(levels)
    np.testing.assert_array_equal(taken[:1000], stamps._recording(whole, 16_000)[:1000])
    assert not recwarn
    with pytest.raises(DataError, match=r"cat_desc_ml\.ogg is cut or corrupt: its last page is missing"):
        stamps._recording(other, 16_000)
