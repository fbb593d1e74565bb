import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.sets.avsynth._sounding import BACKGROUNDS, TIMBRES, play

RATE = 16_000
NOISE = np.random.default_rng(0).standard_normal((2, RATE))


def sound(
    timbre="pure", hertz=440.0, notes=1, length=0.15, pan=0.5, gain=1.0, background="silence", noise=NOISE
):
    starts = 0.03 + 0.18 * np.arange(notes)
    return play(timbre, hertz, starts, length, pan, gain, background, noise, RATE).astype(float)


@pytest.mark.parametrize("timbre", TIMBRES)
def test_no_timbre_is_cut_off_at_full_scale(timbre):
    assert np.abs(sound(timbre, 220.0, gain=10 ** (3 / 20), pan=0.9)).max() < 32767


@pytest.mark.parametrize("hertz", [220.0, 440.0, 1660.0])
def test_the_pitch_is_the_loudest_frequency_of_a_pure_note(hertz):
    spectrum = np.abs(np.fft.rfft(sound(hertz=hertz)[0]))
    assert np.fft.rfftfreq(RATE, 1 / RATE)[spectrum.argmax()] == pytest.approx(hertz, abs=5)


def test_no_two_timbres_have_the_same_spectrum_in_time():
    heard = {name: np.abs(np.fft.rfft(sound(name)[0][480:2880].reshape(4, -1))).ravel() for name in TIMBRES}
    for one in heard:
        for other in heard:
            if one != other:
                cosine = heard[one] @ heard[other] / np.linalg.norm(heard[one]) / np.linalg.norm(heard[other])
                assert cosine < 0.99, (one, other)


@given(notes=st.integers(1, 5), length=st.sampled_from([0.05, 0.09, 0.15]))
def test_there_are_as_many_notes_as_starts(notes, length):
    loud = np.convolve(np.abs(sound(notes=notes, length=length)[0]), np.ones(80) / 80, "same") > 50
    assert np.sum(np.diff(loud.astype(int)) == 1) == notes


@given(pan=st.floats(0.05, 0.95))
def test_the_place_between_the_ears_keeps_the_loudness(pan):
    left, right = (np.sum(channel**2) for channel in sound(pan=pan))
    both = np.sum(sound(pan=0.5) ** 2)
    assert left + right == pytest.approx(both, rel=1e-3)
    assert np.arctan2(np.sqrt(right), np.sqrt(left)) == pytest.approx(pan * np.pi / 2, abs=1e-3)


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_backgrounds_are_added_to_the_notes(background):
    behind = sound(background=background) - sound()
    if background == "silence":
        assert not behind.any()
    else:
        assert 0.5 < np.std(behind) / (0.03 * 32767) < 1.5


def test_the_rumble_is_lower_than_the_hiss():
    def centre(background):
        power = np.abs(np.fft.rfft((sound(background=background) - sound())[0])) ** 2
        return np.sum(power * np.fft.rfftfreq(RATE, 1 / RATE)) / np.sum(power)

    assert centre("rumble") < centre("hiss") / 4


def test_a_note_that_does_not_fit_is_cut():
    late = play("pure", 440.0, np.array([0.95, 2.0]), 0.2, 0.5, 1.0, "silence", NOISE, RATE)
    assert late[:, -100:].any()
    assert not late[:, : round(0.94 * RATE)].any()
