"""Pictures and sounds of an experiment, and the part of a page that shows and plays them."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import wavfile


@dataclass(frozen=True)
class Sample:
    """Something to be seen and heard.

    Args:
        picture: RGB levels 0 … 255, [height, width, 3].
        sound: Samples of 16 bits, [samples] or [channels, samples].
        words: What is said of it.
    """

    picture: np.ndarray
    sound: np.ndarray
    words: str


def write_samples(folder: Path, name: str, samples: Sequence[Sample], *, rate: int) -> None:
    """Write the pictures and sounds of samples, and the part of a page that shows and plays them.

    Args:
        folder: The experiment's folder.
        name: File name without number and suffix.
        samples: What is to be seen and heard, in order.
        rate: Of the sounds, samples per second.

    Raises:
        ValueError: If the rate is below 1, or a sound is not of 16 bits.
    """
    if rate < 1:
        raise ValueError(f"rate must be at least 1 sample a second, but is {rate}")
    # Pages that show samples lie one folder below the book's root.
    place = "/".join(("..", "results", *folder.parts[-2:]))
    cards = []
    for index, sample in enumerate(samples):
        file = f"{name}_{index}"
        _write_picture(folder / f"{file}.png", sample.picture)
        _write_sound(folder / f"{file}.wav", sample.sound, rate)
        words = html.escape(sample.words)
        cards.append(
            f'<figure class="sample"><img src="{place}/{file}.png" alt="{words}">'
            f'<audio controls preload="none" src="{place}/{file}.wav"></audio>'
            f"<figcaption>{words}</figcaption></figure>"
        )
    page = "\n".join(['<div class="samples">', *cards, "</div>"])
    (folder / f"{name}.md").write_text(f"{page}\n", encoding="utf-8")


def _write_picture(path: Path, picture: np.ndarray) -> None:
    from matplotlib.image import imsave

    metadata: Any = {"Software": None}
    imsave(path, np.ascontiguousarray(picture), metadata=metadata)


def _write_sound(path: Path, sound: np.ndarray, rate: int) -> None:
    if sound.dtype != np.int16 or sound.ndim not in (1, 2) or sound.size == 0:
        raise ValueError(
            f"a sound must hold samples of 16 bits, [samples] or [channels, samples], "
            f"but holds {sound.dtype} of shape {sound.shape}"
        )
    channels = np.atleast_2d(sound)
    wavfile.write(path, rate, channels.T)
