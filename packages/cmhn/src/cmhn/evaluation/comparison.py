"""Methods held against each other: the same encoders, the same items, the same budget."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from cmhn._validation import require_at_least, require_positive
from cmhn.baselines import (
    CLOOB,
    CoAttentionMatcher,
    ContrastiveProjection,
    Matcher,
    MemoryBridge,
    StoringMatcher,
)
from cmhn.cosines import unit
from cmhn.matching import HarmonicMatcher
from cmhn.ranking import Gallery, mean_reciprocal_rank
from cmhn.training import train

__all__ = [
    "TRAINED",
    "Budget",
    "Encoded",
    "LengthControl",
    "fit",
]

TRAINED: dict[str, Callable[[Mapping[str, int], int], nn.Module]] = {
    "CMHN": HarmonicMatcher,
    "CLIP": ContrastiveProjection,
    "CLOOB": CLOOB,
    "bridge": lambda widths, dimension: MemoryBridge(widths, slots=dimension // 2),
    # Small enough for the pairs of a batch to be scored on a laptop; each costs a forward pass.
    "co-attention": lambda widths, dimension: CoAttentionMatcher(
        widths, tokens=2, token_width=max(8, dimension // 8), heads=4, layers=1
    ),
}
"""Heads that are trained, each made from the widths of features and a dimension."""


_CALIBRATED = 256


@dataclass(frozen=True)
class Budget:
    """What every trained method is given.

    Args:
        epochs: Passes over the training items.
        batch_size: Items in a batch.
        learning_rates: Each is tried, and the one that is best on the validation items is kept.

    Raises:
        TypeError: If a count is not a whole number.
        ValueError: If a setting is out of range.
    """

    epochs: int = 10
    batch_size: int = 128
    learning_rates: Sequence[float] = (1e-3,)

    def __post_init__(self) -> None:
        require_at_least("epochs", self.epochs, 1)
        require_at_least("batch_size", self.batch_size, 2)
        if not self.learning_rates:
            raise ValueError("learning_rates must hold at least one rate, but is empty")
        for rate in self.learning_rates:
            require_positive("learning_rates", rate)


class Encoded(nn.Module):
    """Encoders under a head: what is prepared becomes features of length 1, and the head's loss trains both.

    Args:
        head: A `Matcher` with ``loss``.
        encoders: One per modality; features as they are where none is named.

    Raises:
        TypeError: If the head has no loss, or cannot score.
    """

    def __init__(self, head: nn.Module, encoders: Mapping[str, nn.Module] | None = None) -> None:
        super().__init__()
        if not callable(getattr(head, "loss", None)):
            raise TypeError(f"head must have a method loss, but is a {type(head).__name__}")
        if not isinstance(head, Matcher):
            raise TypeError(f"head must have a method scores, but is a {type(head).__name__}")
        self.head = head
        self.encoders = nn.ModuleDict(dict(encoders or {}))

    def features(self, prepared: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Features of what is prepared, rows of length 1."""
        return {
            name: unit(self.encoders[name](x)) if name in self.encoders else x for name, x in prepared.items()
        }

    def loss(self, prepared: Mapping[str, Tensor]) -> Float[Tensor, ""]:
        """The head's loss over features."""
        return self.head.loss(self.features(prepared))  # type: ignore[operator]


def fit(
    build: Callable[[], Encoded],
    prepared: Mapping[str, Tensor],
    train_rows: Int[np.ndarray, " n"],
    galleries: Sequence[Gallery],
    budget: Budget,
    *,
    seed: int,
) -> Encoded:
    """Train a method within its budget; a `StoringMatcher` then stores what it was trained on.

    Args:
        build: Makes the method; called with torch's own seed set, so that all methods' encoders start alike.
        prepared: What encoders take, an item a row, for each modality.
        train_rows: The items to train on.
        galleries: Galleries of validation items, by which the learning rate is chosen and a `StoringMatcher` is
            calibrated.
        budget: Epochs, items in a batch, learning rates.
        seed: Of the start and of the order of items.

    Returns:
        The method with the best learning rate.
    """
    rows = torch.from_numpy(np.asarray(train_rows))
    items = {name: x[rows] for name, x in prepared.items()}

    def attempt(rate: float) -> tuple[float, Encoded]:
        torch.manual_seed(seed)
        model = build()
        train(
            model.parameters(),
            model.loss,
            items,
            epochs=budget.epochs,
            batch_size=budget.batch_size,
            learning_rate=rate,
            generator=torch.Generator().manual_seed(seed),
        )
        model.eval()
        with torch.no_grad():
            features = model.features(prepared)
        if isinstance(model.head, StoringMatcher):
            model.head.store({name: x[rows] for name, x in features.items()})
            model.head.calibrate([gallery.of(features) for gallery in _some(galleries)])
        return mean_reciprocal_rank(cast("Matcher", model.head), features, galleries), model

    _, best = max(map(attempt, budget.learning_rates), key=lambda tried: tried[0])
    return best


def _some(galleries: Sequence[Gallery]) -> list[Gallery]:
    """The largest galleries, as many as hold a few hundred items: six numbers need no more."""
    chosen: list[Gallery] = []
    for gallery in sorted(galleries, key=lambda gallery: -len(gallery.rows)):
        if sum(len(other.rows) for other in chosen) < _CALIBRATED:
            chosen.append(gallery)
    return chosen


class LengthControl:
    """What the lengths of sounds alone explain: a sound matches by how near its length is to the one expected.

    The expected length is a ridge regression from the features of the other modality.

    Args:
        features: Training features of the other modalities.
        lengths: Training sounds' lengths, in the unit in which they are compared (logarithms, say).
        audio: Name of the modality of sounds, whose "features" are lengths here, a column of one.
        ridge: λ of the regression.

    Raises:
        ValueError: If λ is not above 0, or so small that the products cannot be inverted, or there is no sound.
    """

    def __init__(
        self,
        features: Mapping[str, Tensor],
        lengths: Float[Tensor, " n"],
        *,
        audio: str = "audio",
        ridge: float = 1.0,
    ) -> None:
        require_positive("ridge", ridge)
        if len(lengths) == 0:
            raise ValueError("lengths must hold at least one sound's to take a mean over, but are empty")
        self.audio = audio
        self.mean = lengths.mean()
        self._weights = {}
        self._means = {}
        for name, x in features.items():
            self._means[name] = x.mean(dim=0)
            centred = x - self._means[name]
            gram = centred.mT @ centred + ridge * torch.eye(x.shape[1]).to(x)
            self._weights[name] = _solve(gram, centred.mT @ (lengths - self.mean))

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """The negative distance between the expected length and the sound's own."""
        expected, own = self._length(source, queries), self._length(target, candidates)
        return -(expected[:, None] - own).abs()

    def _length(self, name: str, x: Tensor) -> Tensor:
        if name == self.audio:
            return x[:, 0]
        return (x - self._means[name]) @ self._weights[name] + self.mean


def _solve(matrix: Tensor, right: Tensor) -> Tensor:
    solution, info = torch.linalg.solve_ex(matrix, right)
    if int(info):
        raise ValueError("ridge must be large enough for the features' products to be inverted, but is not")
    return solution
