"""The proposal's formulas as printed beside the ones that are built, in numbers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from cmhn.couplings import Couplings
from cmhn.energies import Energy, JointEnergy, LinearEnergy, SeparableEnergy
from cmhn.flow import GradientFlow
from cmhn.losses import contrastive_loss, margin_loss, match_scores
from cmhn.memory import JointMemory
from cmhn.network import HarmonicNetwork
from cmhn.training import train
from cmhn.updates import EulerUpdate, HarmonicUpdate, SoftmaxUpdate, Update

__all__ = [
    "DYNAMICS",
    "LOSSES",
    "TESTED_ITEMS",
    "printed_contrast",
    "printed_margin",
    "recall_by_dynamics",
    "recall_by_losses",
]

_NAMES: tuple[str, ...] = ("text", "vision", "audio")
_NOISE = 0.3
_SAME = 0.01  # two ends are one attractor if their directions differ by less
_ROUNDING = 1e-9
_HIDDEN, _ITEMS = 8, 256
_DIRECTIONS = (("text", "vision"), ("vision", "audio"))

TESTED_ITEMS = 64
"""Held-out items that each loss is asked for."""

DYNAMICS: Mapping[str, tuple[Callable[..., Energy], Update]] = {
    "linear energy, flow": (LinearEnergy, GradientFlow(duration=10.0)),
    "linear energy, Euler step as printed": (LinearEnergy, EulerUpdate(step_size=0.5, activation="tanh")),
    "separable energy, softmax update as printed, tanh": (SeparableEnergy, SoftmaxUpdate("tanh")),
    "separable energy, softmax update as printed, identity": (SeparableEnergy, SoftmaxUpdate("identity")),
    "separable energy, harmonic update": (SeparableEnergy, HarmonicUpdate()),
    "joint energy, harmonic update": (JointEnergy, HarmonicUpdate()),
}
"""Energies and updates, the proposal's own first."""


def printed_margin(energy: Energy, states: Mapping[str, Tensor]) -> Float[Tensor, ""]:
    r"""Compute the margin loss with the sign of the proposal.

    .. math:: \max\{0, E^- - E^+ + \delta\}

    It rewards a true triple for a *higher* energy than a mixed one.

    Source: proposal, section 3.3.
    """
    matrix = _against_others(energy, states)
    mixed = ~torch.eye(len(matrix), dtype=torch.bool)
    return torch.relu(matrix - matrix.diagonal()[:, None] + 1.0)[mixed].mean()


def printed_contrast(energy: Energy, states: Mapping[str, Tensor]) -> Float[Tensor, ""]:
    """Compute the proposal's contrast: the first modality against the others, which are permuted as one.

    It never asks which of the others go with each other.

    Source: proposal, section 3.3.
    """
    matrix = _against_others(energy, states)
    return cross_entropy(-matrix, torch.arange(len(matrix)))


LOSSES: Mapping[str, Callable[[Energy, dict[str, Tensor]], Tensor]] = {
    "margin as printed": printed_margin,
    "margin, sign turned": margin_loss,
    "contrast as printed": printed_contrast,
    "contrast, symmetric": contrastive_loss,
}
"""Losses, each as printed and then as built."""


def recall_by_dynamics(
    seeds: Sequence[int], *, patterns: int, width: int, beta: float, gamma: float, steps: int
) -> tuple[pd.DataFrame, dict[str, Float[np.ndarray, " S"]]]:
    """Measure what each of `DYNAMICS` makes of noisy cues.

    Patterns are random triples of unit length; each, with noise on all of its parts, is a cue. A cue is recalled if
    the state that it ends in is nearer (by cosine) to its own pattern than to any other. Couplings are near the
    identity, as the proposal starts them.

    Args:
        seeds: One set of patterns per seed.
        patterns: Triples stored.
        width: Entries per modality.
        beta: Inverse temperature β.
        gamma: Weight γ of the harmonic term.
        steps: Updates.

    Returns:
        Measurements, one per row (see `amcore.results.tidy`); and for each of the dynamics the energy along the path,
        mean over the cues of the first seed.
    """
    rows, paths = [], {}
    for seed in seeds:
        memory, couplings, cues = _noisy_triples(seed, patterns, width)
        for variant, (kind, update) in DYNAMICS.items():
            options = {"gamma": gamma} | ({} if kind is LinearEnergy else {"beta": beta})
            network = HarmonicNetwork(kind(memory, couplings, **options), update).requires_grad_(False)
            retrieval = network.retrieve(cues, steps=steps, tolerance=1e-12, weights=False)
            found = _recalled(memory, retrieval.states, retrieval.energies)
            common = {"variant": variant, "dataset": "random triples", "seed": seed, "n": patterns}
            rows += [{**common, "metric": metric, "value": value} for metric, value in found.items()]
            if seed == seeds[0]:
                paths[variant] = retrieval.energies.mean(dim=1).numpy()
    return pd.DataFrame(rows), paths


def recall_by_losses(seeds: Sequence[int], *, width: int, epochs: int) -> pd.DataFrame:
    """Measure what each of `LOSSES` teaches.

    A linear map per modality is trained on linear views of one hidden cause, and asked for held-out items. The memory
    is left empty, so that the energy is the harmonic term.

    Args:
        seeds: One set of views per seed.
        width: Entries per modality after the maps.
        epochs: Passes over the training items.

    Returns:
        Measurements, one per row (see `amcore.results.tidy`).
    """
    rows = []
    for seed in seeds:
        items = _linear_views(seed, 2 * width)
        for variant, loss in LOSSES.items():
            energy, states = _trained_on_views(loss, items, seed, width, epochs)
            for source, target in _DIRECTIONS:
                scores = match_scores(energy, {source: states[source]}, {target: states[target]})
                right = scores.argmax(dim=1) == torch.arange(TESTED_ITEMS)
                rows.append(
                    {
                        "variant": variant,
                        "dataset": "linear views",
                        "seed": seed,
                        "metric": f"recall@1, {source} → {target}",
                        "value": float(right.double().mean()),
                        "n": TESTED_ITEMS,
                    }
                )
    return pd.DataFrame(rows)


def _against_others(energy: Energy, states: Mapping[str, Tensor]) -> Tensor:
    first, *others = states
    return energy.cross({first: states[first]}, {name: states[name] for name in others})


def _noisy_triples(seed: int, patterns: int, width: int) -> tuple[JointMemory, Couplings, dict[str, Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    random: Any = {"generator": generator, "dtype": torch.float64}
    triples = {name: normalize(torch.randn(patterns, width, **random), dim=1) for name in _NAMES}
    noise = {name: _NOISE * torch.randn(patterns, width, **random) / width**0.5 for name in _NAMES}
    memory = JointMemory(dict.fromkeys(_NAMES, width), dtype=torch.float64)
    memory.store(**triples)
    couplings = Couplings(memory.widths, dtype=torch.float64, generator=generator)
    return memory, couplings, {name: triples[name] + noise[name] for name in _NAMES}


def _recalled(memory: JointMemory, states: Mapping[str, Tensor], energies: Tensor) -> dict[str, float]:
    joint = torch.cat([states[name] for name in _NAMES], dim=1)
    ends, truth = normalize(joint, dim=1), normalize(memory.patterns, dim=1)
    near = torch.cdist(ends, ends) < _SAME
    rises = energies[1:] > energies[:-1] + _ROUNDING * energies[:-1].abs()
    return {
        "recalled": float(((ends @ truth.mT).argmax(dim=1) == torch.arange(len(truth))).double().mean()),
        "attractors": float(len({tuple(row.nonzero().flatten().tolist()) for row in near})),
        "steps that raise the energy": float(rises.double().mean()),
        "length of the last state": float(joint.norm(dim=1).mean()),
    }


def _linear_views(seed: int, width: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    views = {name: torch.randn(_HIDDEN, width, generator=generator) for name in _NAMES}
    hidden = torch.randn(_ITEMS + TESTED_ITEMS, _HIDDEN, generator=generator)
    return {
        name: hidden @ view + 0.5 * torch.randn(len(hidden), width, generator=generator)
        for name, view in views.items()
    }


def _trained_on_views(
    loss: Callable[..., Tensor], items: Mapping[str, Tensor], seed: int, width: int, epochs: int
) -> tuple[Energy, dict[str, Tensor]]:
    """Train the maps, and return the energy with the states of the held-out items."""
    torch.manual_seed(seed)
    maps = nn.ModuleDict({name: nn.Linear(x.shape[1], width, bias=False) for name, x in items.items()})
    widths = dict.fromkeys(_NAMES, width)
    silent = JointMemory.from_joint(widths, torch.zeros(1, len(_NAMES) * width))
    energy = JointEnergy(silent, Couplings(widths, noise=0.0, learnable=False), gamma=2.0)

    def embedded(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: normalize(maps[name](x), dim=1) for name, x in batch.items()}

    train(
        maps.parameters(),
        lambda batch: loss(energy, embedded(batch)),
        {name: x[:_ITEMS] for name, x in items.items()},
        epochs=epochs,
        batch_size=64,
        learning_rate=0.01,
        generator=torch.Generator().manual_seed(seed),
    )
    with torch.no_grad():
        return energy, embedded({name: x[_ITEMS:] for name, x in items.items()})
