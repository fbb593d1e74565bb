"""Networks that differ in their memory layer alone, trained alike and asked alike."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd
import torch
from torch import nn

from chmnet._validation import require_at_least
from chmnet.evaluation.films import Films, RecallNetwork, recall_accuracy, train_recall

__all__ = ["Twin", "TwinRun", "train_twins"]

_QUESTIONS_SEED = 10_000
"""Added to the seed, it starts the films asked about: others than those trained on, and the same for every twin."""


@dataclass(frozen=True)
class Twin:
    """What sets one network apart from its twins.

    Attributes:
        layer: Makes the memory layer, which answers queries [B, Q, H] from patterns [B, L, H].
        kept: How many evenly spaced frames of a film the layer sees; all if None.
    """

    layer: Callable[[], nn.Module]
    kept: int | None = None


@dataclass(frozen=True)
class TwinRun:
    """What the twins have learnt.

    Attributes:
        accuracy: A row a twin and kind of film: ``variant``, the films' ``noise``, ``scenes`` and length ``L``, the
            share of questions answered right (``value``) and their number (``n``).
        losses: A row a twin and update: ``update``, ``loss``, ``variant`` and ``noise``.
        parameters: Number of parameters of each twin.
    """

    accuracy: pd.DataFrame
    losses: pd.DataFrame
    parameters: dict[str, int]


def train_twins(
    twins: Mapping[str, Twin],
    train: Films,
    tests: Iterable[Films],
    *,
    hidden: int,
    length: int,
    lengths: Iterable[int],
    steps: int,
    questions: int,
    seed: int,
) -> TwinRun:
    """Train each twin on films of one length, and ask it about films of several.

    All start from the same seed, see the same films and are asked the same questions.

    Args:
        twins: What sets each network apart, by name.
        train: The films to train on.
        tests: The films to ask about, kind by kind.
        hidden: Width H of the layers.
        length: Frames of the films trained on.
        lengths: Frames of the films asked about; lengths with fewer frames than scenes are passed over.
        steps: Number of updates.
        questions: Number of films asked about, of each kind and length.
        seed: Of the networks' start and of the films.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is too small, or there is no twin.
    """
    require_at_least("number of twins", len(twins), 1)
    tests, lengths = list(tests), list(lengths)
    rows, losses, parameters = [], [], {}
    for variant, twin in twins.items():
        network = _network(twin, train, hidden, seed)
        parameters[variant] = sum(tensor.numel() for tensor in network.parameters())
        generator = torch.Generator().manual_seed(seed)
        loss = train_recall(network, train, length=length, steps=steps, generator=generator)
        curve = {"update": range(steps), "loss": loss, "variant": variant, "noise": train.noise}
        losses.append(pd.DataFrame(curve))
        for films in tests:
            for frames in lengths:
                if frames < films.scenes:
                    continue
                generator = torch.Generator().manual_seed(_QUESTIONS_SEED + seed)
                accuracy = recall_accuracy(
                    network, films, length=frames, count=questions, generator=generator
                )
                rows.append((variant, films.noise, films.scenes, frames, accuracy, questions))
    columns = ["variant", "noise", "scenes", "L", "value", "n"]
    return TwinRun(pd.DataFrame(rows, columns=columns), pd.concat(losses, ignore_index=True), parameters)


def _network(twin: Twin, films: Films, hidden: int, seed: int) -> RecallNetwork:
    # Layers draw their start from torch's own generator; whoever else draws from it must not notice.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return RecallNetwork(films.width, films.labels, twin.layer(), hidden=hidden, kept=twin.kept)
