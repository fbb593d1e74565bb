"""Sounds of any length as a log-mel picture of a fixed size: nothing is trained."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from amcore.data import log_mel
from cmhn._validation import require_at_least

__all__ = ["MelEncoder"]


class MelEncoder:
    r"""Log-mel energies, pooled to a fixed number of frames; level and length of the sound are taken off.

    .. math:: x = \mathrm{vec}\bigl(\mathrm{pool}_T(\log(\epsilon + |X|^2)) - \text{mean over all}\bigr)

    The time axis is cut into T equal parts whatever the sound's length, each the mean of its frames: the words of a
    slow speaker and of a quick one come to lie over each other.

    Args:
        frames: T.
        bands: Bands on the mel scale.
        rate: Of the sounds, samples a second.

    Raises:
        TypeError: If a count is not a whole number.
        ValueError: If a count is below 1.

    Source: the features of `amcore.data.log_mel`.
    """

    def __init__(self, frames: int = 24, *, bands: int = 40, rate: int = 16_000) -> None:
        require_at_least("frames", frames, 1)
        require_at_least("bands", bands, 1)
        require_at_least("rate", rate, 1000)
        self.frames, self.bands, self.rate = frames, bands, rate
        self.width = frames * bands

    def encode(self, batch: Sequence[np.ndarray]) -> Float[Tensor, "B D"]:
        """Features of sounds, one channel each, of 16 bits or −1 … 1.

        Raises:
            TypeError: If samples are of another type.
            ValueError: If a sound is empty, has several channels or holds NaN or Inf.
        """
        features = torch.empty(len(batch), self.width)
        for row, sound in enumerate(batch):
            if np.size(sound) == 0:
                raise ValueError(f"batch must hold sounds with samples, but number {row} has none")
            energies = torch.from_numpy(log_mel(np.asarray(sound), rate=self.rate, bands=self.bands))
            pooled = torch.nn.functional.adaptive_avg_pool1d(energies.mT[None], self.frames)[0]
            features[row] = (pooled - pooled.mean()).flatten()
        return features
