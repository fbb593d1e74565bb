import os
import sys

import numpy as np
import pytest

from amcore.data.errors import DataError
from amcore.data.formats.audio import load_sound

soundfile = pytest.importorskip("soundfile")
pytest.importorskip("av")

RATE = 16_000
LEVELS = np.arange(-32768, 32768, dtype=np.int16)
FLAC_LENGTH = slice(21, 26)


def noise(samples, seed=0):
    return np.random.default_rng(seed).integers(-20_000, 20_000, samples).astype(np.int16)


def written(path, samples, rate=RATE, **options):
    soundfile.write(path, samples, rate, **options)
    return path


def patched(path, where, content):
    data = bytearray(path.read_bytes())
    data[where] = content
    path.write_bytes(data)
    return path


def cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * share)])
    return path


def without_length(path):
    """The same FLAC file as an encoder that writes to a pipe leaves it."""
    # Half of the first byte belongs to the width of the samples.
    return patched(path, FLAC_LENGTH, bytes([path.read_bytes()[21] & 0xF0, 0, 0, 0, 0]))


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff", "a.au", "A.WAV"])
@pytest.mark.parametrize("channels", [1, 2])
def test_sixteen_bits_come_out_bit_by_bit(tmp_path, name, channels):
    path = written(tmp_path / name, np.repeat(LEVELS[:, None], channels, axis=1), subtype="PCM_16")
    np.testing.assert_array_equal(load_sound(path), LEVELS)


def test_floats_are_rounded_and_clipped(tmp_path):
    wave = np.random.default_rng(0).uniform(-2.0, 2.0, 10_000).astype(np.float32)
    sound = load_sound(written(tmp_path / "a.wav", wave, subtype="FLOAT"))
    np.testing.assert_array_equal(sound, np.clip(np.rint(wave.astype(float) * 32768), -32768, 32767))


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2])
def test_flac_of_unknown_length_is_that_of_known_length(tmp_path, subtype, channels):
    sound = noise((50_000, channels))
    known = load_sound(written(tmp_path / "a.flac", sound, subtype=subtype))
    np.testing.assert_array_equal(load_sound(without_length(tmp_path / "a.flac")), known)
    assert len(known) == 50_000


@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_mp3_without_a_table_is_read_whole(tmp_path, mode):
    # Silence before noise, so that the bit rate of the beginning says nothing of the rest.
    sound = np.concatenate([np.zeros(RATE, np.int16), noise(4 * RATE)])
    path = written(tmp_path / "a.mp3", sound, bitrate_mode=mode, compression_level=0.3)
    content = path.read_bytes()
    whole = load_sound(path)
    second = content.index(content[:2], 4)
    path.write_bytes(content[second:])
    assert b"Xing" in content[:second] or b"Info" in content[:second]
    assert len(whole) == len(sound)
    assert abs(len(load_sound(path)) - len(sound)) < 4 * 1152


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 70_000])
def test_what_is_no_number_is_refused(tmp_path, value, at):
    wave = np.zeros(80_000, np.float32)
    wave[at] = value
    with pytest.raises(DataError, match="holds NaN or infinity"):
        load_sound(written(tmp_path / "a.wav", wave, subtype="FLOAT"))


@pytest.mark.parametrize("rate", [0, 768_001, 2**31 - 1, 2**32 - 1])
def test_an_absurd_rate_is_refused(tmp_path, rate):
    path = patched(written(tmp_path / "a.wav", noise(100)), slice(24, 28), rate.to_bytes(4, "little"))
    with pytest.raises(DataError, match=r"a\.wav (must have .* samples a second|cannot be decoded)"):
        load_sound(path)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("rate", [0, -1, 768_001])
def test_an_absurd_wish_is_refused(tmp_path, rate):
    with pytest.raises(ValueError, match=f"rate must be 1 to 768000 samples a second, but is {rate}"):
        load_sound(written(tmp_path / "a.wav", noise(100)), rate)


def test_a_slow_rate_does_not_unfold_without_end(tmp_path):
    path = written(tmp_path / "a.wav", noise(5_000), 1)
    with pytest.raises(DataError, match="becomes 80000000 at 16000 a second"):
        load_sound(path)
    np.testing.assert_array_equal(load_sound(path, 1), noise(5_000))


def test_a_small_file_does_not_unfold_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("amcore.data.formats._sound_files.MOST", 100_000)
    path = written(tmp_path / "a.flac", np.zeros((60_000, 2), np.int16))
    with pytest.raises(DataError, match="bytes to more than 100000 samples"):
        load_sound(path)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff", "a.au"])
def test_a_cut_file_says_how_much_was_read(tmp_path, name):
    path = cut(written(tmp_path / name, noise(50_000)), 0.7)
    with pytest.raises(
        DataError, match=r"is cut or corrupt: .*; \d+ samples were read; .*accept_damage=True"
    ):
        load_sound(path)
    with pytest.warns(UserWarning, match="samples were read") as told:
        sound = load_sound(path, accept_damage=True)
    assert 0 < len(sound) < 40_000
    assert f"; {len(sound)} samples were read" in str(told[0].message)


def test_a_corrupt_flac_file_is_no_sound(tmp_path):
    path = written(tmp_path / "a.flac", noise(50_000))
    middle = path.stat().st_size // 2
    patched(path, slice(middle, middle + 50), b"\0" * 50)
    with pytest.raises(DataError, match="samples were read"):
        load_sound(path)
    with pytest.raises(DataError, match="samples were read"):
        load_sound(without_length(path))


def test_a_wav_file_of_unknown_length_is_read(tmp_path):
    path = written(tmp_path / "a.wav", noise(1_000))
    patched(path, slice(4, 8), b"\xff" * 4)
    patched(path, slice(40, 44), b"\xff" * 4)
    np.testing.assert_array_equal(load_sound(path), noise(1_000))


def test_titles_in_another_encoding_do_no_harm(tmp_path):
    sound = noise(20_000)
    path = written(tmp_path / "a.mp3", sound)
    title = b"\x03" + "Frühling".encode("latin-1")
    frame = b"TIT2" + len(title).to_bytes(4, "big") + b"\0\0" + title
    path.write_bytes(b"ID3\x03\0\0" + bytes([0, 0, 0, len(frame)]) + frame + path.read_bytes())
    assert len(load_sound(path)) == len(sound)


@pytest.mark.parametrize("name", ["12:30.wav", "12:30.mp3", "-", "-i.mp3", "ü 100%d.mp3"])
def test_any_name_is_a_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "a", noise(2_000), format="MP3" if name.endswith("mp3") else "WAV").rename(name)
    assert len(load_sound(name)) == 2_000


@pytest.mark.parametrize("name", ["a.raw", "a.RAW", "a.mp3", "a.wav"])
def test_noise_is_no_sound(tmp_path, name):
    (tmp_path / name).write_bytes(np.random.default_rng(0).bytes(3_000))
    with pytest.raises(DataError, match=r"cannot be decoded|cut or corrupt"):
        load_sound(tmp_path / name)


def test_a_folder_or_pipe_is_no_sound(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    for path in (tmp_path, tmp_path / "pipe.wav"):
        with pytest.raises(DataError, match="it is no file"):
            load_sound(path)


def test_a_missing_library_for_mp3_says_how_to_install_it(tmp_path, monkeypatch):
    path = written(tmp_path / "a.mp3", noise(2_000))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ImportError, match=r"amcore\[audio\]"):
        load_sound(path)
