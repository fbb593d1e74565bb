import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.errors import DataError
from amcore.data.formats.audio import load_sound, log_mel, mel_filters

soundfile = pytest.importorskip("soundfile")


def tone(hertz, rate=16_000, seconds=0.5, loudness=0.5):
    return loudness * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize(
    ("rate", "channels"), [(8_000, 1), (16_000, 2), (22_050, 1), (44_100, 2), (48_000, 1)]
)
def test_sounds_of_any_rate_and_channels_come_out_the_same(tmp_path, rate, channels):
    wave = np.repeat(tone(300.0, rate)[:, None], channels, axis=1)
    soundfile.write(tmp_path / "a.wav", wave, rate)
    sound = load_sound(tmp_path / "a.wav")
    assert sound.dtype == np.int16
    assert len(sound) == 8_000
    middle = slice(1000, 7000)
    np.testing.assert_allclose(sound[middle] / 32768, tone(300.0)[middle], atol=0.01)


def test_channels_are_averaged(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.stack([tone(300.0), -tone(300.0)], axis=1), 16_000)
    assert np.abs(load_sound(tmp_path / "a.wav")).max() <= 1


def test_ogg_is_decoded(tmp_path):
    soundfile.write(tmp_path / "a.ogg", tone(300.0), 16_000)
    spectrum = np.abs(np.fft.rfft(load_sound(tmp_path / "a.ogg")))
    assert spectrum.argmax() * 2 == 300


@pytest.mark.parametrize("content", [None, b"", b"no sound"])
def test_what_is_no_sound_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "a.ogg").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.ogg cannot be decoded"):
        load_sound(tmp_path / "a.ogg")


def test_a_sound_without_samples_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16_000)
    with pytest.raises(DataError, match="without samples"):
        load_sound(tmp_path / "a.wav")


def test_a_missing_library_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(ImportError, match=r"amcore\[audio\]"):
        load_sound("a.ogg")


@given(hertz=st.floats(150.0, 7500.0))
def test_a_tone_is_loudest_in_its_band(hertz):
    filters = mel_filters(16_000, 40)
    frequencies = np.linspace(0.0, 8_000.0, filters.shape[1])
    loudest = log_mel(tone(hertz)).mean(axis=0).argmax()
    reached = frequencies[filters[loudest] > 0]
    assert reached.min() - 40 <= hertz <= reached.max() + 40


@given(samples=st.integers(0, 2000))
def test_there_is_a_frame_every_ten_milliseconds(samples):
    features = log_mel(np.zeros(samples))
    assert features.shape == (1 + max(0, samples - 400) // 160, 40)
    np.testing.assert_allclose(features, np.log(1e-6), rtol=1e-6)


def test_twice_as_loud_is_log_four_more():
    quiet, loud = (log_mel(tone(1000.0, loudness=level), floor=1e-30) for level in (0.2, 0.4))
    np.testing.assert_allclose(loud - quiet, np.log(4.0), atol=1e-3)


def test_sixteen_bits_and_floats_agree():
    wave = tone(1000.0)
    np.testing.assert_allclose(log_mel(np.rint(32767 * wave).astype(np.int16)), log_mel(wave), atol=1e-2)


@given(bands=st.integers(1, 60))
def test_triangles_add_up_to_one_between_their_centres(bands):
    filters = mel_filters(16_000, bands)
    assert filters.shape == (bands, 257)
    total = filters.sum(axis=0)
    assert total.max() <= 1.0 + 1e-9
    first, last = filters.argmax(axis=1)[[0, -1]]
    np.testing.assert_allclose(total[first + 1 : last], 1.0, atol=1e-9)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bands": 0}, "bands must be .* but is 0"),
        ({"bands": 400}, "holds no frequency"),
        ({"rate": 100}, "rate must be .* but is 100"),
        ({"floor": 0.0}, "floor must be .* but is 0"),
    ],
)
def test_bad_settings_are_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        log_mel(np.zeros(100), **changes)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("sound", "error"),
    [(np.zeros(9, int), TypeError), (np.zeros((2, 9)), ValueError), (np.array([np.nan]), ValueError)],
)
def test_bad_sounds_are_refused(sound, error):
    with pytest.raises(error, match="sound"):
        log_mel(sound)
