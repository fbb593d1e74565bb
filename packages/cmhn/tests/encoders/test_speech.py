import numpy as np
import pytest
import torch

import cmhn.encoders.speech as speech
from cmhn.encoders import SpeechEncoder


def tone(hertz, seconds, rate=16_000):
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture
def stand_in(monkeypatch):
    """Networks of the same shapes: frames of 10 ms that hold their own level, embeddings that hold their mean."""

    def networks(name):
        if name.startswith("mel"):
            return lambda samples: np.stack(
                [
                    np.full((1, 32), np.abs(samples[0, first : first + 512]).mean(), np.float32)
                    for first in range(0, samples.shape[1] - 511, 160)
                ]
            )[None]
        return lambda windows: windows.mean(axis=(1, 2, 3))[:, None, None, None] * np.ones(96, np.float32)

    monkeypatch.setattr(speech, "require_extra", lambda *names: None)
    monkeypatch.setattr(speech, "_session", networks)
    return SpeechEncoder


@pytest.mark.parametrize("seconds", [1e-4, 0.7, 0.79, 5.0])
def test_sounds_of_any_length_have_one_width(stand_in, seconds):
    encoder = stand_in(parts=3)
    features = encoder.encode([tone(300, seconds)] * 2)
    assert features.shape == (2, encoder.width) == (2, 288)
    assert torch.equal(features[0], features[1])
    assert encoder.encode([]).shape == (0, 288)


def test_parts_follow_each_other_in_time(stand_in):
    rising = np.repeat(np.asarray([0.1, 0.2, 0.4], np.float32), 20_000)
    parts = stand_in(parts=3).encode([rising])[0].reshape(-1, 3)
    assert (parts.diff(dim=1) > 0).all()


def test_bytes_of_16_bits_and_numbers_up_to_one_are_the_same_sound(stand_in):
    sound = tone(300, 1.0)
    encoder = stand_in()
    torch.testing.assert_close(
        encoder.encode([(sound * 32767).astype(np.int16)]), encoder.encode([sound]), atol=0.5, rtol=1e-3
    )


def test_broken_sounds_are_refused(stand_in, without_shape_checks):
    encoder = stand_in()
    with pytest.raises(ValueError, match=r"one channel with samples, but number 1 has shape \(0,\)"):
        encoder.encode([tone(300, 0.1), np.empty(0)])
    with pytest.raises(ValueError, match=r"number 0 has shape \(2, 4\)"):
        encoder.encode([np.zeros((2, 4))])
    with pytest.raises(TypeError, match="16 bits or floating point, but number 0 has int64"):
        encoder.encode([np.zeros(100, dtype=np.int64)])
    with pytest.raises(ValueError, match="sound number 0 holds NaN or Inf"):
        encoder.encode([np.full(100, np.nan)])
    with pytest.raises(ValueError, match="parts must be at least 1, but is 0"):
        stand_in(0)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("cmhn.encoders._extras.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'cmhn\[speech\]'"):
        SpeechEncoder()


def test_an_openwakeword_without_weights_is_named(monkeypatch, tmp_path):
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(speech, "require_extra", lambda *names: None)
    monkeypatch.setattr(
        speech, "find_spec", lambda name: type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    )
    with pytest.raises(FileNotFoundError, match=r"must come with melspectrogram.onnx, as 0.4.0 does"):
        SpeechEncoder()


def test_the_weights_tell_a_tone_from_noise():
    pytest.importorskip("onnxruntime")
    pytest.importorskip("openwakeword")
    encoder = SpeechEncoder(parts=1)
    noise = np.random.default_rng(0).normal(scale=0.1, size=16_000).astype(np.float32)
    one, again, other = encoder.encode([tone(300, 1.0), 0.8 * tone(300, 1.2), noise])
    assert torch.cosine_similarity(one, again, dim=0) > torch.cosine_similarity(one, other, dim=0) + 0.1
    # The shortest padded sound fills one window and no more.
    assert encoder._windows(np.zeros(speech._SHORTEST, np.float32)).shape == (1, 76, 32, 1)
