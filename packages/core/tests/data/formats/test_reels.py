import shutil
import struct
from fractions import Fraction

import numpy as np
import pytest

from amcore.data.errors import DataError
from amcore.data.formats.video import inspect_video, load_video

av = pytest.importorskip("av")
image = pytest.importorskip("PIL.Image")

RED, GREEN, BLUE, YELLOW = (230, 20, 20), (20, 180, 20), (20, 20, 230), (230, 230, 20)
# The display matrix takes a pixel (x, y) to (a x + c y, b x + d y), y growing downwards.
MATRICES = {
    "as it is": (1, 0, 0, 1),
    "90° clockwise": (0, 1, -1, 0),
    "180°": (-1, 0, 0, -1),
    "270° clockwise": (0, -1, 1, 0),
    "left to right": (-1, 0, 0, 1),
    "top to bottom": (1, 0, 0, -1),
    "transposed": (0, 1, 1, 0),
    "transverse": (0, -1, -1, 0),
}


def corners(width=64, height=32):
    levels = np.empty((height, width, 3), np.uint8)
    levels[: height // 2, : width // 2], levels[: height // 2, width // 2 :] = RED, GREEN
    levels[height // 2 :, : width // 2], levels[height // 2 :, width // 2 :] = BLUE, YELLOW
    return levels


def film(path, frames, codec="mpeg4", pixels="yuv420p", **metadata):
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata)
        stream = container.add_stream(codec, rate=10)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels
        stream.bit_rate = 4_000_000
        for number, levels in enumerate(frames):
            form = "rgba" if levels.shape[2] == 4 else "rgb24"
            frame = av.VideoFrame.from_ndarray(levels, format=form)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def grey(level, side=32):
    return np.full((side, side, 3), level, np.uint8)


def turned(path, matrix):
    """Write a display matrix into an MP4 file's header of its track."""
    content = bytearray(path.read_bytes())
    a, b, c, d = (value << 16 for value in matrix)
    at = content.index(b"tkhd") + 4 + 40
    content[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)
def test_a_film_stands_as_its_display_matrix_says(tmp_path, matrix):
    path = turned(film(tmp_path / "a.mp4", [corners()] * 3), matrix)
    a, b, c, d = matrix
    wanted = {}
    for (x, y), colour in zip(((-1, -1), (1, -1), (-1, 1), (1, 1)), (RED, GREEN, BLUE, YELLOW), strict=True):
        wanted[a * x + c * y, b * x + d * y] = colour
    (*_, last) = load_video(path, size=32)
    for (x, y), colour in wanted.items():
        np.testing.assert_allclose(last[16 + 10 * y, 16 + 10 * x], colour, atol=40)
    found = inspect_video(path)
    assert (found.width, found.height) == ((64, 32) if a else (32, 64))


def test_pictures_come_in_natural_order_without_their_company(tmp_path):
    for number in (1, 2, 10, 9):
        image.fromarray(grey(number)).save(tmp_path / f"{number}.png")
    (tmp_path / "._3.png").write_bytes(b"\0\5\x16\7")
    (tmp_path / "3.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    (tmp_path / "notes.txt").write_text("hello")
    image.fromarray(grey(200)).save(tmp_path / "cover.png")
    (tmp_path / "folder").mkdir()
    assert load_video(tmp_path, size=4)[:, 0, 0, 0].tolist() == [1, 2, 9, 10]


def test_pictures_beside_films_are_their_covers(tmp_path):
    film(tmp_path / "AWA-10.mp4", [grey(200)] * 2)
    film(tmp_path / "AWA-2.MP4", [grey(50)] * 3)
    image.fromarray(grey(120)).save(tmp_path / "AWA-2.jpg")
    np.testing.assert_allclose(load_video(tmp_path, size=4)[:, 0, 0, 0], [50] * 3 + [200] * 2, atol=6)


def test_a_folder_of_strangers_holds_no_film(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(DataError, match="holds no film among 1 files"):
        load_video(tmp_path)


@pytest.mark.parametrize("name", ["12:30.mkv", "-i.mkv", "http:a.mkv", "ü 100%d.mkv", "FILM.MKV"])
def test_any_name_is_a_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    film(tmp_path / "a.mkv", [grey(100)] * 2).rename(name)
    assert len(load_video(name, size=4)) == 2


def test_a_title_in_another_encoding_does_no_harm(tmp_path):
    path = film(tmp_path / "a.avi", [grey(90)] * 4, title="FXYhling")
    path.write_bytes(path.read_bytes().replace(b"FXYhling", "Frühling".encode("latin-1")))
    assert len(load_video(path, size=4)) == 4


@pytest.mark.parametrize(
    ("codec", "pixels", "ending"), [("qtrle", "argb", "mov"), ("png", "rgba", "mov"), ("ffv1", "bgra", "mkv")]
)
def test_what_is_transparent_in_a_film_is_white(tmp_path, codec, pixels, ending):
    levels = np.full((16, 16, 4), (200, 30, 30, 0), np.uint8)
    levels[:8] = (10, 20, 30, 255)
    path = film(tmp_path / f"a.{ending}", [levels] * 2, codec, pixels)
    for frame in load_video(path, size=16):
        np.testing.assert_allclose(frame[3, 8], (10, 20, 30), atol=2)
        np.testing.assert_allclose(frame[12, 8], 255, atol=2)


@pytest.mark.parametrize("ending", ["mkv", "avi", "mp4"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_cut_film_says_how_much_was_read(tmp_path, ending, share):
    random = np.random.default_rng(0)
    path = film(
        tmp_path / f"a.{ending}", [random.integers(0, 256, (64, 64, 3)).astype(np.uint8) for _ in range(40)]
    )
    path.write_bytes(path.read_bytes()[: round(share * path.stat().st_size)])
    with pytest.raises(DataError, match=r"frames|cannot be decoded") as refused:
        load_video(path, size=4)
    # The index of an MP4 file lies at its end: without it nothing can be read.
    if ending == "mp4":
        return
    assert "accept_damage=True" in str(refused.value)
    with pytest.warns(UserWarning, match="frames"):
        frames = load_video(path, size=4, accept_damage=True)
    assert 0 < len(frames) < 40
    assert str(len(frames)) in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n/etc/passwd\n",
        "ffconcat version 1.0\nfile /etc/passwd\n",
        "1\n00:00:01,000 --> 00:00:02,000\nHello\n",
    ],
)
def test_text_that_names_other_files_is_no_film(tmp_path, text):
    for name in ("a.mp4", "a.m3u8", "a.txt"):
        (tmp_path / name).write_text(text)
        with pytest.raises(DataError, match="it is text"):
            load_video(tmp_path / name)


def test_a_folder_of_one_copied_file_is_read_twice(tmp_path):
    film(tmp_path / "1.mkv", [grey(60)] * 2)
    shutil.copy(tmp_path / "1.mkv", tmp_path / "10.mkv")
    assert len(load_video(tmp_path, size=4)) == 4
