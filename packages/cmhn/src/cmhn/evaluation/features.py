"""Features of triples by frozen encoders: made once, kept on disk, memory-mapped."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from tqdm import tqdm

from cmhn._validation import require_known
from cmhn.encoders import CharacterEncoder, Encoder, MelEncoder, PictureEncoder, SentenceEncoder
from cmhn.evaluation.triples import Triples

__all__ = [
    "FEATURES",
    "encode_captions",
    "encode_triples",
    "load_features",
    "standardise",
]

FEATURES = {"text": "text.npy", "vision": "vision.npy", "audio": "audio.npy"}
"""File of each modality's features, a row per triple; of ``vision`` a row per picture."""

_SENTENCE = SentenceEncoder.width


def encode_captions(
    english: Sequence[str], captions: Sequence[str], *, sentences: SentenceEncoder | None = None
) -> Float[Tensor, "n D"]:
    """Features of captions: the English sentence's meaning beside the letters of the caption's own language.

    Args:
        english: Captions in English, for `SentenceEncoder`.
        captions: The same in any language, for `CharacterEncoder`.
        sentences: The encoder, where one is at hand; it takes seconds to load.
    """
    sentences = SentenceEncoder() if sentences is None else sentences
    return torch.cat([sentences.encode(english), CharacterEncoder().encode(captions)], dim=1)


def encode_triples(triples: Triples, modality: str, *, sounds: Encoder | None = None) -> Float[Tensor, "n D"]:
    """Features of one modality, a row per triple; of ``vision`` a row per picture, for many triples share one.

    Sounds of several channels are encoded as their mean.

    Args:
        triples: The triples.
        modality: ``text``, ``vision`` or ``audio``.
        sounds: What encodes sounds, such as a `SpeechEncoder`; by default a `MelEncoder`.

    Raises:
        ImportError: If the encoder's extra is not installed.
        ValueError: If the modality is another.
    """
    require_known("modality", [modality], FEATURES)
    if modality == "vision":
        return PictureEncoder().encode(triples.pictures)
    if modality == "text":
        # Many triples share an English caption: each is encoded once.
        unique, places = np.unique(triples.table["english"].to_numpy(str), return_inverse=True)
        sentences = SentenceEncoder().encode(unique.tolist())[torch.from_numpy(places)]
        return torch.cat([sentences, CharacterEncoder().encode(triples.table["caption"].tolist())], dim=1)
    encoder = MelEncoder(rate=triples.rate) if sounds is None else sounds
    rows = tqdm(range(len(triples)), desc="sounds", disable=None, leave=False)
    return torch.cat([encoder.encode([_mono(triples.sound(row))]) for row in rows])


def load_features(folder: Path | str, triples: Triples) -> dict[str, Tensor]:
    """Features that were written to a folder, a row per triple for each modality.

    Args:
        folder: Folder of the features of this data set.
        triples: The triples that they are of.

    Raises:
        FileNotFoundError: If a modality's features are not there.
        ValueError: If a file does not hold as many rows as there are triples, or pictures.
    """
    features = {}
    for modality, file in FEATURES.items():
        path = Path(folder) / file
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        count = len(triples.pictures) if modality == "vision" else len(triples)
        if array.ndim != 2 or len(array) != count:
            raise ValueError(f"{path} must hold {count} rows of features, but holds shape {array.shape}")
        chosen = array[triples.table["picture"].to_numpy()] if modality == "vision" else array
        features[modality] = torch.from_numpy(np.array(chosen, dtype=np.float32))
    return features


def standardise(features: dict[str, Tensor], rows: Int[np.ndarray, " n"]) -> dict[str, Tensor]:
    """Features less the mean of some rows, of length 1; the two parts of a caption's count the same.

    A mean over items that are tested on would tell of them: give the training rows.

    Args:
        features: As `load_features` gives them.
        rows: Rows that the mean is taken of; at least one.

    Raises:
        ValueError: If there is none.
    """
    chosen = torch.from_numpy(np.asarray(rows))
    if len(chosen) == 0:
        raise ValueError("rows must hold at least one row to take a mean over, but are empty")
    centred = {name: feature - feature[chosen].mean(dim=0) for name, feature in features.items()}
    parts = {name: [feature] for name, feature in centred.items()}
    if "text" in centred:
        parts["text"] = [centred["text"][:, :_SENTENCE], centred["text"][:, _SENTENCE:]]
    return {
        name: torch.cat([torch.nn.functional.normalize(part, dim=1) for part in some], dim=1)
        / len(some) ** 0.5
        for name, some in parts.items()
    }


def _mono(sound: np.ndarray) -> np.ndarray:
    return sound if sound.ndim == 1 else sound.mean(axis=0).astype(sound.dtype)
