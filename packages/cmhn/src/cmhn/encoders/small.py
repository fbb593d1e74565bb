"""Small encoders to be trained: of pictures, of sounds, of captions.

Each prepares a raw batch once, without a gradient, and turns what is prepared into features: a training loop
prepares everything before its first epoch, and ``encode`` does both. Features leave through a batch normalisation:
untrained ones all point the same way, and an objective that begins by averaging what is alike would stay there.
Call ``eval()`` before encoding a single item.
"""

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Int16, UInt8
from torch import Tensor, nn

from amcore.data import log_mel
from amcore.torch.pictures import require_pictures
from cmhn._validation import require_at_least
from cmhn.encoders.sentences import require_texts

__all__ = ["SmallCaptionEncoder", "SmallPictureEncoder", "SmallSoundEncoder"]

_WORD = re.compile(r"\w+")
_LEVELS = 255.0
# Log energies of sounds lie between the floor, log 1e-6, and about 0: moved to about −1 … 1.
_CENTRE, _SPREAD = 7.0, 7.0


class SmallPictureEncoder(nn.Module):
    """Three convolutions and a linear layer; where things are in the picture is kept.

    Args:
        width: Width of the features.
        side: Pixels of a side of the pictures, a multiple of 16.
        channels: Of the first convolution; the others have twice as many.

    Raises:
        TypeError: If a count is not a whole number.
        ValueError: If a count is below 1, or ``side`` is no multiple of 16.
    """

    def __init__(self, width: int = 64, *, side: int = 64, channels: int = 32) -> None:
        super().__init__()
        require_at_least("width", width, 1)
        require_at_least("side", side, 16)
        require_at_least("channels", channels, 1)
        if side % 16:
            raise ValueError(f"side must be a multiple of 16, but is {side}")
        self.width, self.side = width, side
        self.network = nn.Sequential(
            nn.Conv2d(3, channels, 4, stride=4),
            nn.ReLU(),
            nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * channels, 2 * channels, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(2 * channels * (side // 16) ** 2, width),
            nn.BatchNorm1d(width, affine=False),
        )

    def prepare(self, batch: UInt8[np.ndarray, "B side side 3"]) -> Float[Tensor, "B 3 side side"]:
        """Pictures, RGB levels 0 … 255, as numbers −1 … 1.

        Raises:
            TypeError: If the pictures are not bytes.
            ValueError: If they are not RGB pictures of this side.
        """
        require_pictures("batch", batch)
        if batch.shape[1:3] != (self.side, self.side):
            raise ValueError(
                f"batch must hold pictures of {self.side} × {self.side} pixels, "
                f"but has {batch.shape[1]} × {batch.shape[2]}"
            )
        levels = torch.tensor(np.asarray(batch), device=next(self.parameters()).device).permute(0, 3, 1, 2)
        return 2 * levels.float() / _LEVELS - 1

    def forward(self, prepared: Float[Tensor, "B 3 side side"]) -> Float[Tensor, "B width"]:
        """Features of what is prepared."""
        return self.network(prepared)

    def encode(self, batch: UInt8[np.ndarray, "B side side 3"]) -> Float[Tensor, "B width"]:
        """Features of pictures; raises as `prepare`."""
        return self(self.prepare(batch))


class SmallSoundEncoder(nn.Module):
    """Three convolutions over the log-mel energies of each channel, pooled to a grid, and a linear layer.

    Args:
        width: Width of the features.
        sound_channels: 1 for mono, 2 for stereo.
        bands: Bands on the mel scale.
        rate: Of the sounds, samples a second.
        channels: Of the first convolution; the others have twice as many.
        grid: Cells in time and in frequency that a sound of any length is pooled to.

    Raises:
        TypeError: If a count is not a whole number.
        ValueError: If a count is below 1.
    """

    def __init__(
        self,
        width: int = 64,
        *,
        sound_channels: int = 2,
        bands: int = 64,
        rate: int = 16_000,
        channels: int = 16,
        grid: tuple[int, int] = (6, 8),
    ) -> None:
        super().__init__()
        counts = {"width": width, "sound_channels": sound_channels, "bands": bands, "channels": channels}
        for name, count in {**counts, "grid[0]": grid[0], "grid[1]": grid[1]}.items():
            require_at_least(name, count, 1)
        require_at_least("rate", rate, 1000)
        self.width, self.sound_channels, self.bands, self.rate = width, sound_channels, bands, rate
        self.network = nn.Sequential(
            nn.Conv2d(sound_channels, channels, 5, stride=(4, 2), padding=2),
            nn.ReLU(),
            nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * channels, 2 * channels, 3, stride=(1, 2), padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(grid),
            nn.Flatten(),
            nn.Linear(2 * channels * grid[0] * grid[1], width),
            nn.BatchNorm1d(width, affine=False),
        )

    def prepare(self, batch: Int16[np.ndarray, "B C samples"]) -> Float[Tensor, "B C frames bands"]:
        """Log-mel energies of sounds of 16 bits, one row per channel.

        Raises:
            TypeError: If samples are not of 16 bits.
            ValueError: If the number of channels is another, or there are no samples.
        """
        if batch.dtype != np.int16:
            raise TypeError(f"batch must hold samples of 16 bits (int16), but holds {batch.dtype}")
        if batch.ndim != 3 or batch.shape[1] != self.sound_channels or batch.shape[2] == 0:
            raise ValueError(
                f"batch must be of shape [B, {self.sound_channels}, samples], but has {batch.shape}"
            )
        energies = [
            [log_mel(channel, rate=self.rate, bands=self.bands) for channel in np.asarray(sound)]
            for sound in batch
        ]
        if not energies:
            return torch.empty(0, self.sound_channels, 1, self.bands)
        stacked = torch.from_numpy(np.array(energies)).to(next(self.parameters()).device)
        return (stacked + _CENTRE) / _SPREAD

    def forward(self, prepared: Float[Tensor, "B C frames bands"]) -> Float[Tensor, "B width"]:
        """Features of what is prepared."""
        return self.network(prepared)

    def encode(self, batch: Int16[np.ndarray, "B C samples"]) -> Float[Tensor, "B width"]:
        """Features of sounds; raises as `prepare`."""
        return self(self.prepare(batch))


class SmallCaptionEncoder(nn.Module):
    """A caption's words and pairs of words, hashed, and two linear layers. No vocabulary, no language.

    Args:
        width: Width of the features.
        buckets: Columns that words and pairs of words are hashed into.
        hidden: Width of the layer between.

    Raises:
        TypeError: If a count is not a whole number.
        ValueError: If a count is below 1.
    """

    def __init__(self, width: int = 64, *, buckets: int = 512, hidden: int = 128) -> None:
        super().__init__()
        for name, count in {"width": width, "buckets": buckets, "hidden": hidden}.items():
            require_at_least(name, count, 1)
        self.width, self.buckets = width, buckets
        self.network = nn.Sequential(
            nn.Linear(buckets, hidden),
            nn.ReLU(),
            nn.Linear(hidden, width),
            nn.BatchNorm1d(width, affine=False),
        )

    def prepare(self, batch: Sequence[str]) -> Float[Tensor, "B buckets"]:
        """How often each bucket occurs in each caption, over the root of the number of its pieces.

        Raises:
            TypeError: If something is no text.
        """
        require_texts("batch", batch)
        counts = torch.zeros(len(batch), self.buckets)
        for row, caption in enumerate(batch):
            words = _WORD.findall(caption.lower())
            pieces = [*words, *(f"{one} {other}" for one, other in pairwise(words))]
            for piece in pieces:
                # Python's own hash differs from process to process.
                counts[row, zlib.crc32(piece.encode()) % self.buckets] += 1 / len(pieces) ** 0.5
        return counts.to(next(self.parameters()).device)

    def forward(self, prepared: Float[Tensor, "B buckets"]) -> Float[Tensor, "B width"]:
        """Features of what is prepared."""
        return self.network(prepared)

    def encode(self, batch: Sequence[str]) -> Float[Tensor, "B width"]:
        """Features of captions; raises as `prepare`."""
        return self(self.prepare(batch))
