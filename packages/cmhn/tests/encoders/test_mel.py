import numpy as np
import pytest
import torch

from cmhn.encoders import MelEncoder


def tone(hertz, seconds=0.5, gain=0.5, rate=16_000):
    return gain * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def test_sounds_of_any_length_have_one_width():
    encoder = MelEncoder(8, bands=20)
    assert encoder.encode([tone(300), tone(300, 0.01), tone(300, 2.0)]).shape == (3, encoder.width)
    assert encoder.encode([]).shape == (0, 160)


def test_length_and_level_are_taken_off_and_pitch_is_not():
    encoder = MelEncoder(8, bands=20)
    one, slower, softer, higher = encoder.encode([tone(300), tone(300, 1.5), tone(300, gain=0.1), tone(2000)])
    for same in (slower, softer):
        assert torch.cosine_similarity(one, same, dim=0) > 0.98
    assert torch.cosine_similarity(one, higher, dim=0) < 0.7


def test_broken_sounds_are_refused(without_shape_checks):
    encoder = MelEncoder(4, bands=20)
    with pytest.raises(ValueError, match="batch must hold sounds with samples, but number 1 has none"):
        encoder.encode([tone(300), np.empty(0)])
    with pytest.raises(TypeError, match=r"sound must hold .* but holds int64"):
        encoder.encode([np.zeros(100, dtype=np.int64)])
    with pytest.raises(ValueError, match="must have one channel of finite samples"):
        encoder.encode([np.full(100, np.nan)])
    with pytest.raises(ValueError, match="frames must be at least 1, but is 0"):
        MelEncoder(0)
