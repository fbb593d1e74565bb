"""Sound files as samples of one rate, and their log-mel features."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64, Int16
from scipy.signal import resample_poly

from amcore.data.errors import DataError
from amcore.data.formats._sound_files import FASTEST, MOST, read_mono

RATE = 16_000
_FULL_SCALE = 32768
_WINDOW_SECONDS = 0.025
_HOP_SECONDS = 0.010
_LOWEST_HERTZ = 50.0
# Slaney's scale: linear up to 1 kHz, then 27 steps for each factor of 6.4.
_LINEAR_HERTZ = 200.0 / 3.0
_BREAK_HERTZ = 1000.0
_LOG_STEP = np.log(6.4) / 27.0


def load_sound(
    path: Path | str, rate: int = RATE, *, accept_damage: bool = False
) -> Int16[np.ndarray, " samples"]:
    """A sound file as one channel, the mean of its channels, resampled by a polyphase filter.

    Sound of 16 bits and one channel comes out bit by bit at its own rate. The length is what can be decoded, whatever
    the header says.

    Args:
        path: of a file that libsndfile decodes: wav, flac, ogg, opus, aiff; or an mp3 file.
        rate: samples a second.
        accept_damage: take what can be decoded of a file that is cut or corrupt, with a warning.

    Raises:
        ImportError: soundfile, or for MP3 and FLAC PyAV, is not installed.
        ValueError: `rate` is below one or above 768 000.
        DataError: the file is missing, no sound, empty, cut or corrupt, holds NaN or infinity, has an absurd rate, or
            unfolds to more samples than a file of its size may.
    """
    if not 1 <= rate <= FASTEST:
        raise ValueError(f"rate must be 1 to {FASTEST} samples a second, but is {rate}")
    path = Path(path)
    mono, original = read_mono(path, accept_damage=accept_damage)
    if rate != original:
        ratio = Fraction(rate, original)
        if ratio > 1 and (wanted := int(len(mono) * ratio)) > MOST:
            raise DataError(
                f"{path} must become at most {MOST} samples, but becomes {wanted} at {rate} a second; give a lower rate"
            )
        mono = resample_poly(mono, ratio.numerator, ratio.denominator)
    levels = np.rint(_FULL_SCALE * mono)
    return np.clip(levels, -_FULL_SCALE, _FULL_SCALE - 1, out=levels).astype(np.int16)


def log_mel(
    sound: Int16[np.ndarray, " samples"] | Float32[np.ndarray, " samples"] | Float64[np.ndarray, " samples"],
    *,
    rate: int = RATE,
    bands: int = 40,
    floor: float = 1e-6,
) -> Float32[np.ndarray, "frames bands"]:
    """Logarithms of the energy in bands equally wide on the mel scale.

    Frame t is 25 ms from t · 10 ms on, a Hann window over it; its power spectrum |X(f)|² / Σ w² is weighted by
    triangles that overlap by half, from 50 Hz to half the rate: log(floor + Σ_f H_b(f) |X(f)|²).

    Args:
        sound: samples, −1 … 1, or 16 bits; shorter than a frame is filled up with silence.
        rate: samples a second.
        bands: how many.
        floor: added to the energies, so that silence has a logarithm.

    Raises:
        TypeError: samples of another type.
        ValueError: no bands, a floor or rate that is not positive, samples that are not one finite channel, or
            more bands than the spectrum has room for.

    Source: Slaney (1998), Auditory Toolbox, for the scale; the framing is the usual one of speech recognition.
    """
    if sound.dtype not in (np.int16, np.float32, np.float64):
        raise TypeError(f"sound must hold int16, float32 or float64, but holds {sound.dtype}")
    if sound.ndim != 1 or not np.all(np.isfinite(sound)):
        raise ValueError(f"sound must have one channel of finite samples, but has shape {sound.shape}")
    if floor <= 0.0 or not np.isfinite(floor):
        raise ValueError(f"floor must be a positive number, but is {floor}")
    filters = mel_filters(rate, bands)
    samples = sound / _FULL_SCALE if sound.dtype == np.int16 else sound.astype(np.float64)
    window, hop = _frame(rate)
    if len(samples) < window:
        samples = np.pad(samples, (0, window - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, window)[::hop]
    hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(window) / window)
    spectrum = np.abs(np.fft.rfft(frames * hann, _bins(window), axis=1)) ** 2 / np.sum(hann**2)
    return np.log(floor + spectrum @ filters.T).astype(np.float32)


def mel_filters(rate: int, bands: int) -> Float64[np.ndarray, "bands frequencies"]:
    """Triangles of unit height on the mel scale, one per row, over the frequencies of a frame's spectrum.

    Raises:
        ValueError: no bands, a rate too low for a frame, or a band so narrow that no frequency falls into it.
    """
    if bands < 1:
        raise ValueError(f"bands must be at least 1, but is {bands}")
    if rate < 1000:
        raise ValueError(f"rate must be at least 1000 samples a second, but is {rate}")
    window, _ = _frame(rate)
    frequencies = np.fft.rfftfreq(_bins(window), 1.0 / rate)
    lowest, highest = _mel(np.array([_LOWEST_HERTZ, rate / 2.0])).tolist()
    edges = _hertz(np.linspace(lowest, highest, bands + 2))
    low, centre, high = (edges[start : start + bands, None] for start in range(3))
    rising = (frequencies - low) / (centre - low)
    falling = (high - frequencies) / (high - centre)
    filters = np.maximum(0.0, np.minimum(rising, falling))
    if np.any(filters.sum(axis=1) == 0.0):
        raise ValueError(
            f"bands must be fewer, for a band of {rate} samples a second holds no frequency, but is {bands}"
        )
    return filters


def _frame(rate: int) -> tuple[int, int]:
    return round(_WINDOW_SECONDS * rate), round(_HOP_SECONDS * rate)


def _bins(window: int) -> int:
    return 1 << (window - 1).bit_length()


def _mel(hertz: np.ndarray) -> np.ndarray:
    above = _BREAK_HERTZ / _LINEAR_HERTZ + np.log(np.maximum(hertz, _BREAK_HERTZ) / _BREAK_HERTZ) / _LOG_STEP
    return np.where(hertz < _BREAK_HERTZ, hertz / _LINEAR_HERTZ, above)


def _hertz(mel: np.ndarray) -> np.ndarray:
    split = _BREAK_HERTZ / _LINEAR_HERTZ
    return np.where(mel < split, mel * _LINEAR_HERTZ, _BREAK_HERTZ * np.exp(_LOG_STEP * (mel - split)))
