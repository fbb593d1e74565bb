import io
import struct
import zlib

import numpy as np
import pytest

from amcore.data.formats.pictures import load_picture
from amcore.data.formats.video import inspect_video, load_video

image = pytest.importorskip("PIL.Image")
ops = pytest.importorskip("PIL.ImageOps")
pytest.importorskip("av")

FORMATS = ["png", "jpg", "webp", "tif", "avif"]
QUARTERS = ((255, 0, 0), (0, 200, 0), (0, 0, 255), (255, 255, 0))


def quarters(width=48, height=32):
    """A picture whose four corners differ."""
    levels = np.empty((height, width, 3), np.uint8)
    for number, colour in enumerate(QUARTERS):
        row, column = divmod(number, 2)
        levels[row * height // 2 :, column * width // 2 :] = colour
    return image.fromarray(levels)


def saved(path, picture, **options):
    options = {"quality": 95} | options if path.suffix in (".jpg", ".webp", ".avif") else options
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_format_stands_upright_alone_and_as_a_frame(tmp_path, ending, orientation):
    exif = image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / f"a.{ending}", quarters(), exif=exif.tobytes())
    # AVIF keeps the orientation as a property of its own, which Pillow applies when it decodes.
    with image.open(path) as picture:
        upright = ops.exif_transpose(picture).convert("RGB")
    square = np.asarray(upright.resize((24, 24)), int)
    (frame,) = load_video(path, size=24).astype(int)
    at = [4, 19]
    np.testing.assert_allclose(frame[np.ix_(at, at)], square[np.ix_(at, at)], atol=40)
    film = inspect_video(path)
    assert (film.width, film.height) == upright.size == ((48, 32) if orientation < 5 else (32, 48))
    alone = load_picture(path, 48).astype(int)
    inked = np.argwhere((alone < 250).any(axis=2))
    assert (
        np.ptp(inked[:, 0]) < np.ptp(inked[:, 1])
        if orientation < 5
        else np.ptp(inked[:, 0]) > np.ptp(inked[:, 1])
    )


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_is_none_is_left_out(tmp_path, value):
    exif = image.Exif()
    exif[0x0112] = value
    with_it = saved(tmp_path / "a.png", quarters(), exif=exif.tobytes())
    without = saved(tmp_path / "b.png", quarters())
    np.testing.assert_array_equal(load_picture(with_it, 16), load_picture(without, 16))


@pytest.mark.parametrize(
    ("levels", "ending"),
    [
        (np.array([[0, 30000, 65535]], np.uint16), "png"),
        (np.array([[0, 30000, 65535]], np.uint16), "tif"),
        (np.array([[0, 30000, 65535]], np.int32), "tif"),
        (np.array([[0.0, 30000 / 65535, 1.0]], np.float32), "tif"),
        (np.array([[0.0, 30000 / 257, 255.0]], np.float32), "tif"),
    ],
)
def test_grey_of_any_depth_is_the_same_grey(tmp_path, levels, ending):
    path = saved(tmp_path / f"a.{ending}", image.fromarray(np.repeat(levels, 3, axis=0)))
    assert load_picture(path, 3)[1].tolist() == [[0] * 3, [117] * 3, [255] * 3]
    assert load_video(path, size=3)[0][1].tolist() == [[0] * 3, [117] * 3, [255] * 3]


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 256.0])
def test_grey_that_no_one_can_see_is_refused(tmp_path, value):
    path = saved(tmp_path / "a.tif", image.fromarray(np.full((3, 3), value, np.float32)))
    with pytest.raises(ValueError, match=r"a\.tif holds no picture .*(NaN|its levels, floats, must run)"):
        load_picture(path, 3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "PA", "La", "RGBa"])
def test_what_is_transparent_is_white_in_pictures_and_frames(tmp_path, mode):
    hidden = image.new("RGBA", (8, 8), (200, 30, 30, 0))
    hidden.paste((0, 0, 0, 255), (0, 0, 8, 4))
    ending = "png" if mode in ("RGBA", "LA", "P") else "tif"
    picture = hidden.convert("RGBA" if mode == "P" else mode if mode in ("RGBA", "LA") else "RGBA")
    if mode == "P":
        picture = hidden.quantize(4)
    path = saved(tmp_path / f"a.{ending}", picture)
    for shown in (load_picture(path, 8), load_video(path, size=8)[0]):
        assert shown[1, 4].tolist() == [0, 0, 0]
        assert shown[6, 4].tolist() == [255, 255, 255]


def test_colours_of_print_and_palettes_are_what_they_were(tmp_path):
    saved(tmp_path / "cmyk.jpg", quarters().convert("CMYK"))
    saved(tmp_path / "palette.png", quarters().quantize(8))
    for name in ("cmyk.jpg", "palette.png"):
        shown = load_picture(tmp_path / name, 48)[16:32].astype(int) if name else None
        assert np.abs(load_picture(tmp_path / name, 48).astype(int)[14, 6] - QUARTERS[0]).max() < 40
        assert shown.shape == (16, 48, 3)


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "avif"])
def test_every_frame_of_an_animation_is_one(tmp_path, ending):
    frames = [image.new("RGB", (16, 16), (level,) * 3) for level in (10, 90, 170, 250)]
    path = tmp_path / f"a.{ending}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    shown = load_video(path, size=4)
    np.testing.assert_allclose(shown[:, 0, 0, 0], [10, 90, 170, 250], atol=8)
    assert inspect_video(path).fps == pytest.approx(10.0)
    np.testing.assert_allclose(load_picture(path, 4)[0, 0], 10, atol=8)


def test_pages_are_frames_of_a_film_but_no_picture(tmp_path):
    pages = [image.new("L", (16, 16), level) for level in (10, 200)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert load_video(tmp_path / "a.tif", size=4)[:, 0, 0, 0].tolist() == [10, 200]
    with pytest.raises(ValueError, match="it has 2 pages"):
        load_picture(tmp_path / "a.tif", 4)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_cut_picture_is_one_error(tmp_path, ending, share):
    levels = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    path = saved(tmp_path / f"a.{ending}", image.fromarray(levels))
    path.write_bytes(path.read_bytes()[: round(share * path.stat().st_size)])
    with pytest.raises(ValueError, match=rf"a\.{ending} holds no picture that can be decoded"):
        load_picture(path, 8)


def test_a_flipped_bit_in_a_png_is_noticed(tmp_path):
    levels = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    path = saved(tmp_path / "a.png", image.fromarray(levels))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.png holds no picture"):
        load_picture(path, 8)


def test_a_bomb_is_refused_by_its_header(tmp_path):
    side = 9_000
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(bytes(side + 1)) for _ in range(20)) + packed.flush()
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)), (b"IDAT", data), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ValueError, match=f"pixels, but has {side} × {side}"):
        load_picture(tmp_path / "a.png", 8)


def test_upper_case_endings_are_endings(tmp_path):
    saved(tmp_path / "a.png", quarters()).rename(tmp_path / "A.PNG")
    (tmp_path / "B.SVG").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    )
    assert load_picture(tmp_path / "A.PNG", 8).shape == load_picture(tmp_path / "B.SVG", 8).shape == (8, 8, 3)
    assert load_picture(tmp_path / "B.SVG", 8).max() == 0


def test_a_picture_in_memory_may_be_several_kinds(tmp_path):
    # A file is what its first bytes say, whatever its name.
    buffer = io.BytesIO()
    quarters().save(buffer, "PNG")
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert load_picture(tmp_path / "a.jpg", 8).shape == (8, 8, 3)
    assert len(load_video(tmp_path / "a.jpg", size=8)) == 1
