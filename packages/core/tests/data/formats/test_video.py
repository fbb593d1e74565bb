import builtins

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.errors import DataError
from amcore.data.formats.video import (
    VideoFile,
    choose_frames,
    film_files,
    inspect_video,
    load_video,
    normalise_frames,
    read_frames,
    resize_frame,
)

LEVELS = [0, 30, 60, 90, 120, 150, 255]


@pytest.fixture
def film(tmp_path, make_video):
    return make_video(tmp_path / "film.avi", LEVELS)


def levels(frames):
    """The grey of each frame, which must be the same everywhere."""
    assert np.ptp(frames, axis=(1, 2, 3)).max(initial=0) == 0
    return frames[:, 0, 0, 0].tolist()


def test_all_frames_come_in_order_as_squares(film):
    frames = load_video(film, size=20)
    assert frames.shape == (len(LEVELS), 20, 20, 3)
    assert levels(frames) == LEVELS


def test_the_usual_size_is_the_paper_s(film):
    assert load_video(film, frames=1).shape == (1, 224, 224, 3)


@pytest.mark.parametrize(
    ("count", "wanted"), [(1, [90]), (2, [0, 255]), (3, [0, 90, 255]), (4, [0, 60, 120, 255]), (7, LEVELS)]
)
def test_chosen_frames_are_evenly_spaced(film, count, wanted):
    assert levels(load_video(film, frames=count, size=4)) == wanted


def test_a_picture_in_memory_is_resized_as_frames_of_files_are(tmp_path):
    av = pytest.importorskip("av")
    picture = np.random.default_rng(0).integers(0, 256, (16, 32, 3)).astype(np.uint8)
    with av.open(str(tmp_path / "film.avi"), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 16, "bgr0"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    (decoded,) = load_video(tmp_path / "film.avi", size=20).astype(int)
    # The order of channels in the file may decide how a half is rounded.
    np.testing.assert_allclose(resize_frame(picture, 20), decoded, atol=1)


def test_a_square_of_the_wanted_size_is_left_alone():
    picture = np.random.default_rng(0).integers(0, 256, (24, 24, 3)).astype(np.uint8)
    np.testing.assert_array_equal(resize_frame(picture, 24), picture)


def test_the_same_file_gives_the_same_bytes(film):
    np.testing.assert_array_equal(load_video(film), load_video(film))


def test_a_folder_is_one_long_video_in_order_of_names(tmp_path, make_video):
    folder = tmp_path / "films"
    folder.mkdir()
    make_video(folder / "b.avi", [70, 80, 90], width=48)
    make_video(folder / "a.mkv", [10, 20])
    (folder / ".hidden").write_text("ignored")
    assert levels(load_video(folder, size=4)) == [10, 20, 70, 80, 90]
    assert levels(load_video(folder, frames=3, size=4)) == [10, 70, 90]


def test_films_of_a_folder_are_told_by_their_endings(tmp_path):
    for name in (
        "b10.mp4",
        "b2.MKV",
        "a.avi",
        "b2.jpg",
        "b2.srt",
        "._b2.mkv",
        ".c.mp4",
        "notes.txt",
        "Thumbs.db",
    ):
        (tmp_path / name).touch()
    (tmp_path / "d.mp4").mkdir()
    assert [file.name for file in film_files(tmp_path)] == ["a.avi", "b2.MKV", "b10.mp4"]


def test_a_video_is_inspected(film):
    assert inspect_video(film) == VideoFile(film, frames=len(LEVELS), width=32, height=16, fps=10.0)


@given(available=st.integers(1, 5000), data=st.data())
def test_no_frame_is_chosen_twice_and_both_ends_are_kept(available, data):
    count = data.draw(st.integers(1, available))
    chosen = choose_frames(available, count, "film")
    assert len(set(chosen)) == count
    assert chosen == sorted(chosen)
    ends = [0, available - 1] if count > 1 else [(available - 1) // 2] * 2
    assert [chosen[0], chosen[-1]] == ends
    assert np.ptp(np.diff(chosen)) <= 1 if count > 2 else True


@pytest.mark.parametrize("frames", [0, -1, 8])
def test_frames_are_never_repeated(film, frames):
    with pytest.raises(ValueError, match=f"frames must be 1 to 7, all that .*film.* but is {frames}"):
        load_video(film, frames=frames)


def test_a_square_without_pixels_is_refused(film):
    with pytest.raises(ValueError, match="size must be at least 1, but is 0"):
        load_video(film, size=0)


@pytest.mark.parametrize("content", [b"", b"not a video at all"])
def test_something_else_is_no_video(tmp_path, content):
    (tmp_path / "film.avi").write_bytes(content)
    with pytest.raises(DataError, match=r"film\.avi cannot be decoded as a video"):
        load_video(tmp_path / "film.avi")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"film\.avi does not exist"):
        load_video(tmp_path / "film.avi")


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="is an empty folder"):
        load_video(tmp_path)


def test_a_video_without_frames_is_named(tmp_path, make_video):
    with pytest.raises(DataError, match="film"):
        load_video(make_video(tmp_path / "film.avi", []))


def test_sound_alone_is_no_video(tmp_path):
    av = pytest.importorskip("av")
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 80), np.int16), format="s16", layout="mono")
        sound.rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(DataError, match="has no video stream"):
        load_video(path)


def test_a_file_that_became_shorter_is_noticed(film):
    with pytest.raises(DataError, match="ended before frame 9"):
        list(read_frames(VideoFile(film, 10, 32, 16, 10.0), [0, 9], size=4))


def test_without_pyav_it_says_what_to_install(film, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "av":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'amcore\[video\]'"):
        load_video(film)


def test_every_level_is_mapped_into_the_interval_in_order():
    values = normalise_frames(np.arange(256, dtype=np.uint8))
    assert values.dtype == np.float32
    assert (values[0], values[-1]) == (-1.0, 1.0)
    np.testing.assert_allclose(values, np.arange(256) / 127.5 - 1.0, atol=1e-7)
    assert np.all(np.diff(values) > 0)


@pytest.mark.parametrize("shape", [(0, 4, 4, 3), (1, 1, 1, 3)])
def test_shapes_are_kept(shape):
    assert normalise_frames(np.zeros(shape, np.uint8)).shape == shape


@pytest.mark.usefixtures("without_shape_checks")
def test_levels_that_are_normalised_already_are_refused():
    with pytest.raises(TypeError, match="frames must hold uint8, but hold float32"):
        normalise_frames(np.zeros((1, 2, 2, 3), np.float32))
