"""Notes of eight timbres in rhythm, placed in stereo, before one of four backgrounds."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int16
from scipy.signal import lfilter


@dataclass(frozen=True)
class Timbre:
    """What a note is made of.

    Attributes:
        partials: frequencies over the note's own.
        amplitudes: of the partials.
        decay: time after which a partial has fallen by e, in note lengths; none when infinite.
        flutter: of the loudness, times a second.
    """

    partials: tuple[float, ...]
    amplitudes: tuple[float, ...]
    decay: float = np.inf
    flutter: float = 0.0


def _falling(partials: range, power: float) -> Timbre:
    return Timbre(tuple(map(float, partials)), tuple(k**-power for k in partials))


TIMBRES: dict[str, Timbre] = {
    "pure": Timbre((1.0,), (1.0,)),
    "hollow": _falling(range(1, 12, 2), 1.0),
    "bright": _falling(range(1, 13), 0.6),
    "organ": Timbre((0.5, 1.0, 2.0, 4.0, 8.0), (0.8, 1.0, 0.8, 0.6, 0.4)),
    "bell": Timbre((1.0, 2.76, 5.40, 8.93), (1.0, 0.8, 0.6, 0.4), decay=0.35),
    "reed": Timbre((1.0, 2.0, 3.0, 4.0, 5.0, 6.0), (0.3, 0.4, 0.8, 1.0, 0.8, 0.4)),
    "plucked": Timbre((1.0, 2.0, 3.0, 4.0, 5.0, 6.0), (1.0, 0.7, 0.5, 0.4, 0.3, 0.2), decay=0.2),
    "fluttering": Timbre((1.0, 2.0), (1.0, 0.5), flutter=40.0),
}

BACKGROUNDS = ("silence", "hiss", "rumble", "hum")

_LOUDNESS = 0.28
_BACKGROUND_LOUDNESS = 0.03
_EDGE_SECONDS = 0.004
_RUMBLE_POLE = 0.98
_HUM_HERTZ = (60.0, 120.0)
_FULL_SCALE = 32767


def play(
    timbre: str,
    hertz: float,
    starts: Float64[np.ndarray, " notes"],
    length: float,
    pan: float,
    gain: float,
    background: str,
    noise: Float64[np.ndarray, "2 samples"],
    rate: int,
) -> Int16[np.ndarray, "2 samples"]:
    """Equal notes at their times. The left channel has cos(pan π/2), the right one sin(pan π/2) of them.

    Args:
        timbre: a key of `TIMBRES`.
        hertz: of a note's first partial.
        starts: of the notes, in seconds.
        length: of a note, in seconds.
        pan: 0 on the left, 1 on the right.
        gain: factor on the loudness of the notes.
        background: one of `BACKGROUNDS`; `silence` leaves the notes alone.
        noise: standard normal numbers that the hiss and the rumble are made of.
        rate: samples a second.
    """
    samples = noise.shape[1]
    note = gain * _note(TIMBRES[timbre], hertz, length, rate)
    voice = np.zeros(samples)
    for start in starts:
        first = round(start * rate)
        room = max(0, min(len(note), samples - first))
        voice[first : first + room] += note[:room]
    angle = pan * np.pi / 2.0
    sound = np.stack([np.cos(angle) * voice, np.sin(angle) * voice])
    sound += _BACKGROUND_LOUDNESS * _behind(background, noise, rate)
    return np.rint(_FULL_SCALE * np.clip(sound, -1.0, 1.0)).astype(np.int16)


def _note(timbre: Timbre, hertz: float, length: float, rate: int) -> Float64[np.ndarray, " samples"]:
    seconds = np.arange(round(length * rate)) / rate
    wave = np.zeros(len(seconds))
    power = 0.0
    for partial, amplitude in zip(timbre.partials, timbre.amplitudes, strict=True):
        if partial * hertz < rate / 2.0:
            wave += amplitude * np.sin(2.0 * np.pi * partial * hertz * seconds)
            power += amplitude**2
    wave *= np.exp(-seconds / (timbre.decay * length))
    wave *= 0.5 + 0.5 * np.cos(2.0 * np.pi * timbre.flutter * seconds)
    # Without soft edges every note would begin and end with the same click.
    wave *= np.clip(np.minimum(seconds, length - seconds) / _EDGE_SECONDS, 0.0, 1.0)
    return wave * (_LOUDNESS / np.sqrt(power))


def _behind(background: str, noise: np.ndarray, rate: int) -> Float64[np.ndarray, "2 samples"]:
    if background == "hiss":
        return noise
    if background == "rumble":
        # Divided by its deviation, the sum is as loud as the noise it is made of.
        return np.sqrt(1.0 - _RUMBLE_POLE**2) * lfilter([1.0], [1.0, -_RUMBLE_POLE], noise)
    if background == "hum":
        seconds = np.arange(noise.shape[1]) / rate
        hum = sum(np.sin(2.0 * np.pi * hertz * seconds) for hertz in _HUM_HERTZ)
        return np.broadcast_to(hum, noise.shape)
    return np.zeros(noise.shape)
