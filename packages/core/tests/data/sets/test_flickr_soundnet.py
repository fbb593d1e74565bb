import pytest

from amcore.data.errors import DataError
from amcore.data.sets.flickr_soundnet import load_flickr_soundnet

LAYOUTS = {
    "by kind": ("frames/{}.jpg", "audio/{}.wav"),
    "by video": ("Data/{0}/{0}.jpg", "Data/{0}/{0}.mp3"),
}


def fill(folder, layout, videos):
    for video in videos:
        for pattern in LAYOUTS[layout]:
            path = folder / pattern.format(video)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pictures_and_sounds_are_paired_by_name(tmp_path, layout):
    fill(tmp_path, layout, ["11", "12"])
    (tmp_path / "frames").mkdir(exist_ok=True)
    (tmp_path / "frames" / "13.jpg").touch()
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations" / "11.xml").touch()
    pairs = load_flickr_soundnet(tmp_path).pairs
    assert pairs["video"].tolist() == ["11", "12"]
    assert pairs["split"].tolist() == ["", ""]
    for column, pattern in zip(("picture", "sound"), LAYOUTS[layout], strict=True):
        assert pairs[column].tolist() == [str(tmp_path / pattern.format(video)) for video in ("11", "12")]


@pytest.fixture
def listed(tmp_path):
    fill(tmp_path, "by kind", ["11", "12", "13"])
    (tmp_path / "train.csv").write_text("12\n13\n")
    (tmp_path / "test.csv").write_text("11,dog\n\n")
    return tmp_path


def test_lists_give_the_split(listed):
    pairs = load_flickr_soundnet(listed, {"train": listed / "train.csv", "test": listed / "test.csv"}).pairs
    assert dict(zip(pairs["video"], pairs["split"], strict=True)) == {
        "11": "test",
        "12": "train",
        "13": "train",
    }


def test_a_video_in_two_lists_is_refused(listed):
    with pytest.raises(ValueError, match="has 12 in train and in test"):
        load_flickr_soundnet(listed, {"train": listed / "train.csv", "test": listed / "train.csv"})


@pytest.mark.parametrize(("gone", "kind"), [("frames/12.jpg", "picture"), ("audio/12.wav", "sound")])
def test_a_listed_video_without_a_file_is_named(listed, gone, kind):
    (listed / gone).unlink()
    with pytest.raises(DataError, match=f"1 of 2 listed videos have no {kind}, the first is 12"):
        load_flickr_soundnet(listed, {"train": listed / "train.csv"})


def test_two_files_of_one_name_are_refused(listed):
    (listed / "frames" / "more").mkdir()
    (listed / "frames" / "more" / "11.jpg").touch()
    with pytest.raises(DataError, match=r"11\.jpg have the same name"):
        load_flickr_soundnet(listed)


def test_what_is_missing_is_named(tmp_path, listed):
    with pytest.raises(DataError, match="nowhere is no folder"):
        load_flickr_soundnet(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"absent\.csv of split test is missing"):
        load_flickr_soundnet(listed, {"test": listed / "absent.csv"})
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no picture and sound of the same name"):
        load_flickr_soundnet(tmp_path / "empty")


def test_resource_forks_and_hidden_folders_are_no_pairs(tmp_path):
    fill(tmp_path, "by kind", ["1", "._1", ".2"])
    fill(tmp_path / "__MACOSX", "by kind", ["3"])
    fill(tmp_path / ".cache", "by kind", ["4"])
    assert load_flickr_soundnet(tmp_path).pairs["video"].tolist() == ["1"]


def test_videos_come_in_natural_order_whatever_their_endings(tmp_path):
    fill(tmp_path, "by kind", ["10", "9", "a2"])
    (tmp_path / "frames" / "a10.JPG").touch()
    (tmp_path / "audio" / "a10.WAV").touch()
    assert load_flickr_soundnet(tmp_path).pairs["video"].tolist() == ["9", "10", "a2", "a10"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_lists_in_other_encodings_are_read(listed, encoding):
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (listed / "train.csv").write_bytes(f"{mark}12\r\n13\r\n".encode(encoding))
    pairs = load_flickr_soundnet(listed, {"train": listed / "train.csv"}).pairs
    assert pairs["video"].tolist() == ["12", "13"]


def test_a_list_in_an_unknown_encoding_is_named(listed):
    (listed / "train.csv").write_bytes("12,Hündin\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"train\.csv is no text in UTF-8 or UTF-16"):
        load_flickr_soundnet(listed, {"train": listed / "train.csv"})


def test_dead_links_are_counted_where_they_may_be(listed):
    (listed / "frames" / "12.jpg").unlink()
    (listed / "test.csv").write_text("11\n14\n")
    lists = {"train": listed / "train.csv", "test": listed / "test.csv"}
    with pytest.raises(DataError, match="check=False"):
        load_flickr_soundnet(listed, lists)
    with pytest.warns(UserWarning, match="2 of 4 listed videos are left out: 2 have no picture, 1 no sound"):
        loaded = load_flickr_soundnet(listed, lists, check=False)
    assert loaded.missing == ("12", "14")
    assert dict(zip(loaded.pairs["video"], loaded.pairs["split"], strict=True)) == {
        "13": "train",
        "11": "test",
    }


def test_a_list_of_dead_links_alone_is_an_error(listed):
    (listed / "test.csv").write_text("14\n15\n")
    with pytest.raises(DataError, match="no picture and sound of the same name that is listed, of 2"):
        load_flickr_soundnet(listed, {"test": listed / "test.csv"}, check=False)
