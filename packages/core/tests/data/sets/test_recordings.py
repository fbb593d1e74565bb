import csv
from itertools import count

import numpy as np
import pytest

from amcore.data.errors import DataError
from amcore.data.sets import _recordings
from amcore.data.sets._recordings import MANIFEST, check_names, installed_version, load_recordings, record

KNOWN = ("dawn", "dusk")


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.setattr(_recordings, "RECORDED", 9)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "films").mkdir()
    return tmp_path


def screens(name):
    """Endless plain screens that count moments, from 0 at dawn and from 100 at dusk."""
    for moment in count(100 * KNOWN.index(name)):
        yield np.full((6, 8, 3), moment, np.uint8)


def moments(frames):
    assert np.ptp(frames, axis=(1, 2, 3)).max() == 0
    return frames[:, 0, 0, 0].tolist()


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("frames", "wanted"), [(1, [4]), (2, [0, 8]), (5, [0, 2, 4, 6, 8]), (9, list(range(9)))]
)
def test_frames_are_spread_evenly_over_the_recording(folder, frames, wanted):
    record(folder / "films", KNOWN, screens, frames=frames, size=4)
    loaded = load_recordings(folder, "films", None, KNOWN)
    assert list(loaded) == list(KNOWN)
    assert all(isinstance(video, np.memmap) for video in loaded.values())
    assert loaded["dawn"].shape == (frames, 4, 4, 3)
    assert moments(loaded["dawn"]) == wanted
    assert moments(loaded["dusk"]) == [100 + moment for moment in wanted]


@pytest.mark.usefixtures("recorded")
def test_no_screen_is_asked_for_past_the_last_that_is_kept(folder):
    given = []

    def counted(name):
        for screen in screens(name):
            given.append(name)
            yield screen

    record(folder / "films", ["dawn"], counted, frames=5, size=4)
    assert given == ["dawn"] * 9


@pytest.mark.usefixtures("recorded")
def test_the_manifest_says_what_there_is_and_other_files_are_not_loaded(folder):
    record(folder / "films", ["dusk"], screens, frames=3, size=4)
    (folder / "films" / "dawn.npy").write_bytes(b"left behind")
    with (folder / "films" / MANIFEST).open() as file:
        assert list(csv.DictReader(file)) == [{"name": "dusk", "frames": "3"}]
    assert list(load_recordings(folder, "films", None, KNOWN)) == ["dusk"]


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("frames", [0, 10])
def test_frames_that_are_not_recorded_are_refused_before_anything_is_written(folder, frames):
    with pytest.raises(ValueError, match=f"frames must be 1 to 9, .* but is {frames}"):
        record(folder / "films", KNOWN, screens, frames=frames, size=4)
    assert list((folder / "films").iterdir()) == []


def test_a_square_without_pixels_is_refused(folder):
    with pytest.raises(ValueError, match=r"size must be .* but is 0"):
        record(folder / "films", KNOWN, screens, frames=1, size=0)


@pytest.mark.parametrize(
    ("names", "said"),
    [(["noon"], "some of dawn, dusk, but holds 'noon'"), ([], "at least one"), (["dusk"] * 2, "twice")],
)
def test_bad_names_are_refused(names, said):
    with pytest.raises(ValueError, match=said):
        check_names(names, KNOWN)


def test_what_is_not_prepared_says_so(folder):
    with pytest.raises(DataError, match="fetch films"):
        load_recordings(folder, "films", None, KNOWN)
    with pytest.raises(DataError, match=r"dawn\.npy is missing"):
        load_recordings(folder, "films", ["dawn"], KNOWN)


def test_the_version_is_the_installed_one_or_the_declared_one():
    assert installed_version("numpy", "0") == np.__version__
    assert installed_version("no-such-simulator", "1.2") == "1.2"
