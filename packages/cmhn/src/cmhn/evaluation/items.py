"""Items that methods learn from: frozen features, or inputs of small encoders that are trained with each method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from torch import Tensor, nn

from cmhn._validation import require_known
from cmhn.encoders import SmallCaptionEncoder, SmallPictureEncoder, SmallSoundEncoder
from cmhn.evaluation.comparison import TRAINED, Encoded
from cmhn.evaluation.triples import Triples

__all__ = ["Items", "frozen_items", "scene_items"]


@dataclass(frozen=True)
class Items:
    """Items as encoders take them, and what makes the encoders anew.

    Args:
        inputs: What encoders take, one item per row, for each modality; features where there are no encoders.
        widths: Width of each modality's features.
        makers: What makes the encoder of each modality; empty where features are frozen.
    """

    inputs: Mapping[str, Tensor]
    widths: Mapping[str, int]
    makers: Mapping[str, Callable[[], nn.Module]] = field(default_factory=dict)

    def build(self, method: str, dimension: int) -> Encoded:
        """Build an untrained method over these items.

        Args:
            method: Name of `TRAINED`.
            dimension: Of the head; over encoders that are trained it is at most the width of their features.

        Raises:
            ValueError: If there is no method of that name.
        """
        require_known("method", [method], TRAINED)
        # Encoders come first, so that every method starts from the same numbers.
        encoders = {modality: make() for modality, make in self.makers.items()}
        width = min(dimension, *self.widths.values()) if encoders else dimension
        return Encoded(TRAINED[method](self.widths, width), encoders)


def frozen_items(features: Mapping[str, Tensor]) -> Items:
    """Take features as they are, such as `standardise` gives them.

    Args:
        features: A matrix for each modality, one item per row.
    """
    return Items(features, {modality: x.shape[1] for modality, x in features.items()})


def scene_items(triples: Triples, width: int) -> Items:
    """Prepare triples for small encoders, to be trained from scratch with each method.

    Args:
        triples: Triples whose pictures have one size and whose sounds have one length.
        width: Width of the encoders' features.

    Raises:
        TypeError: If the width is not a whole number.
        ValueError: If the encoders cannot be of that width, or refuse a picture or a sound.
    """
    makers = {
        "text": partial(SmallCaptionEncoder, width),
        "vision": partial(SmallPictureEncoder, width, side=triples.pictures.shape[1]),
        "audio": partial(SmallSoundEncoder, width, rate=triples.rate),
    }
    every = range(len(triples))
    raw = {
        "text": triples.table["caption"].tolist(),
        "vision": np.stack([triples.picture(row) for row in every]),
        "audio": np.stack([triples.sound(row) for row in every]),
    }
    inputs = {modality: make().prepare(raw[modality]) for modality, make in makers.items()}
    return Items(inputs, dict.fromkeys(makers, width), makers)
