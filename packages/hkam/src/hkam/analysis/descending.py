"""Many models followed from random cues, and how far each ever is from what its theorem promises."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import diffrax
import pandas as pd

from hkam.analysis.descent import Descent, follow_energy
from hkam.analysis.random_models import RandomParameters, random_cue
from hkam.memory import AbstractMemory

__all__ = ["deviations", "follow_models"]

_MAX_STEPS = 50_000


def follow_models(
    models: Mapping[str, Callable[[RandomParameters], AbstractMemory[Any]]],
    seeds: Iterable[int],
    duration: float,
    *,
    samples: int = 201,
    tolerance: float = 1e-6,
) -> dict[tuple[str, int], Descent]:
    """Make each model of each seed and follow its energy from a cue of the same seed.

    Args:
        models: What makes each model.
        seeds: Of the networks and cues.
        duration: How long to follow.
        samples: Evenly spaced times at which to take the energy.
        tolerance: Relative tolerance of the adaptive solver; the absolute one is a hundredth of it.

    Returns:
        Energies and rates by name of the model and seed, model by model.
    """
    controller = diffrax.PIDController(rtol=tolerance, atol=tolerance / 100)
    wanted = list(seeds)
    followed = {}
    for name, build in models.items():
        for seed in wanted:
            draw = RandomParameters(seed)
            memory = build(draw)
            followed[name, seed] = follow_energy(
                memory,
                random_cue(memory, draw),
                duration,
                samples=samples,
                controller=controller,
                max_steps=_MAX_STEPS,
            )
    return followed


def deviations(followed: Mapping[tuple[str, int], Descent]) -> pd.DataFrame:
    """Tabulate how far each trajectory ever is from its theorem.

    Args:
        followed: Energies and rates, as from `follow_models`.

    Returns:
        Columns ``variant``, ``seed``, ``metric`` and ``value``. Metrics are ``rate`` (the closed form against the chain
        rule, relative to the largest rate), ``energy`` (the integral of the closed form against the energy, relative
        to its range) and ``rise`` (how far the energy lies above an earlier value, relative to its range).
    """
    rows = [
        {"variant": name, "seed": seed, "metric": metric, "value": value}
        for (name, seed), one in followed.items()
        for metric, value in (
            ("rate", one.rate_deviation),
            ("energy", one.energy_deviation),
            ("rise", one.largest_rise),
        )
    ]
    return pd.DataFrame(rows, columns=["variant", "seed", "metric", "value"])
