"""A frozen encoder of speech. Needs the extra ``cmhn[speech]``."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from cmhn._validation import require_at_least
from cmhn.encoders._extras import require_extra

__all__ = ["SpeechEncoder"]

_RATE = 16_000
_WINDOW, _STEP = 76, 8  # frames of 10 ms that one embedding hears, and how far the next one is
_SHORTEST = 12_512  # samples that make a window of frames
_EMBEDDING = 96


class SpeechEncoder:
    """Google's speech embedding, trained on the sounds of many videos, over windows of 760 ms; frozen.

    A sound's windows are cut into equal parts whatever its length, and the embeddings of each part averaged. A sound
    shorter than a window is followed by silence.

    The network comes as ONNX with the package ``openwakeword`` 0.4.0: nothing is downloaded. **Its weights are
    CC BY-NC-SA 4.0**, so they are not installed with the workbench; who may use them installs the extra.

    Args:
        parts: Equal parts of a sound that are kept apart.

    Raises:
        ImportError: If the extra is not installed.
        TypeError: If ``parts`` is not a whole number.
        ValueError: If it is below 1.
        FileNotFoundError: If the installed openwakeword comes without weights, as later versions do.

    Source: Lin, Kilgour, Roblek and Sharifi, Training keyword spotters with limited and synthesized speech data, 2020.
    """

    def __init__(self, parts: int = 4) -> None:
        require_at_least("parts", parts, 1)
        require_extra("speech", "onnxruntime", "openwakeword")
        self.parts = parts
        self.width = parts * _EMBEDDING
        self._mel = _session("melspectrogram.onnx")
        self._embedding = _session("embedding_model.onnx")

    def encode(self, batch: Sequence[np.ndarray]) -> Float[Tensor, "B D"]:
        """Features of sounds of 16,000 samples a second, one channel each, of 16 bits or −1 … 1.

        Raises:
            TypeError: If samples are neither 16 bits nor floating point.
            ValueError: If a sound is empty, has several channels or holds NaN or Inf.
        """
        features = torch.empty(len(batch), self.width)
        for row, sound in enumerate(batch):
            windows = self._windows(_samples(np.asarray(sound), row))
            embeddings = torch.from_numpy(self._embedding(windows).reshape(len(windows), _EMBEDDING))
            features[row] = torch.nn.functional.adaptive_avg_pool1d(embeddings.mT[None], self.parts).flatten()
        return features

    def _windows(self, samples: Float[np.ndarray, "S"]) -> Float[np.ndarray, "W 76 32 1"]:
        """Mel frames of overlapping windows, scaled as the embedding was trained on."""
        frames = self._mel(samples[None]).reshape(-1, 32) / 10 + 2
        starts = range(0, len(frames) - _WINDOW + 1, _STEP)
        return np.stack([frames[start : start + _WINDOW] for start in starts])[..., None]


def _samples(sound: np.ndarray, row: int) -> Float[np.ndarray, "S"]:
    """Return a sound in the range of 16 bits, long enough for a window."""
    if sound.ndim != 1 or len(sound) == 0:
        raise ValueError(
            f"batch must hold sounds of one channel with samples, but number {row} has shape {sound.shape}"
        )
    if sound.dtype == np.int16:
        samples = sound.astype(np.float32)
    elif np.issubdtype(sound.dtype, np.floating):
        samples = sound.astype(np.float32) * 32767
    else:
        raise TypeError(f"samples must be of 16 bits or floating point, but number {row} has {sound.dtype}")
    if not np.isfinite(samples).all():
        raise ValueError(f"batch must be finite, but sound number {row} holds NaN or Inf")
    return np.pad(samples, (0, max(0, _SHORTEST - len(samples))))


def _session(name: str) -> Any:
    """Open a network of the installed openwakeword, on a GPU where onnxruntime has one."""
    onnxruntime = import_module("onnxruntime")
    spec = find_spec("openwakeword")
    folders = spec.submodule_search_locations if spec is not None else None
    path = Path(next(iter(folders or [""]))) / "resources" / "models" / name
    if not path.is_file():
        raise FileNotFoundError(
            f"openwakeword must come with {name}, as 0.4.0 does, but the installed one does not"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(path, options, providers=onnxruntime.get_available_providers())
    (given,) = session.get_inputs()
    return lambda values: session.run(None, {given.name: values})[0]
