"""The onset of agreement among oscillators of Lorentzian frequencies, swept and measured."""

from collections.abc import Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float

from hkam.analysis.synchronisation import (
    lorentzian_critical_coupling,
    lorentzian_frequencies,
    steepest_rise,
    synchronisation_curve,
)

__all__ = ["coupling_sweep", "critical_table", "drawn_turns", "random_phases", "spread_sweep"]


def random_phases(n: int, seed: int) -> Float[Array, "N"]:
    """Draw phases between 0 and 2π.

    Args:
        n: Number of oscillators N.
        seed: Of the draws.
    """
    return jax.random.uniform(jax.random.key(seed), (n,), maxval=2 * jnp.pi)


def coupling_sweep(
    sizes: Iterable[int], ratios: Float[np.ndarray, "K"], seeds: Sequence[int], *, width: float, **run: Any
) -> pd.DataFrame:
    """Measure the order parameter against the coupling, frequencies at their quantiles.

    Args:
        sizes: Numbers N of oscillators.
        ratios: ``K / K_c``.
        seeds: Of the first phases.
        width: Half width γ of the frequencies.
        run: ``t1`` and ``step`` of `synchronisation_curve`.

    Returns:
        Columns ``variant``, ``N``, ``seed``, ``sweep``, ``ratio`` and ``value``.
    """
    couplings = jnp.asarray(ratios * lorentzian_critical_coupling(width))
    parts = []
    for size in sizes:
        frequencies = lorentzian_frequencies(size, width)
        curves = jax.lax.map(
            lambda start, frequencies=frequencies: synchronisation_curve(
                couplings, frequencies, start, **run
            ),
            _starts(size, seeds),
        )
        parts.append(_rows(size, "coupling", ratios, seeds, curves))
    return pd.concat(parts, ignore_index=True)


def spread_sweep(size: int, ratios: Float[np.ndarray, "K"], seeds: Sequence[int], **run: Any) -> pd.DataFrame:
    """Measure the order parameter against the spread of the frequencies, at the coupling 1.

    Args:
        size: Number N of oscillators.
        ratios: ``K / K_c``, which the spread γ = K_c / 2 decides.
        seeds: Of the first phases.
        run: ``t1`` and ``step`` of `synchronisation_curve`.

    Returns:
        As `coupling_sweep`.
    """
    wide = jnp.stack([lorentzian_frequencies(size, float(1 / (2 * ratio))) for ratio in ratios])
    curves = jax.lax.map(
        lambda start: jax.vmap(
            lambda frequencies: synchronisation_curve(jnp.ones(1), frequencies, start, **run)[0]
        )(wide),
        _starts(size, seeds),
    )
    return _rows(size, "spread", ratios, seeds, curves)


def drawn_turns(
    sizes: Iterable[int], ratios: Float[np.ndarray, "K"], seeds: Iterable[int], *, width: float, **run: Any
) -> pd.DataFrame:
    """Measure where the order parameter rises most steeply, in populations whose frequencies are drawn at random.

    Args:
        sizes: Numbers N of oscillators.
        ratios: ``K / K_c``, about the transition.
        seeds: Of the frequencies and the first phases, one population each.
        width: Half width γ of the frequencies.
        run: ``t1`` and ``step`` of `synchronisation_curve`.

    Returns:
        Columns ``variant``, ``N``, ``seed`` and ``value``, in critical couplings.
    """
    couplings, wanted = jnp.asarray(ratios * lorentzian_critical_coupling(width)), list(seeds)
    rows = []
    for size in sizes:
        for seed in wanted:
            frequencies = lorentzian_frequencies(size, width, key=jax.random.key(_DRAWS + seed))
            curve = synchronisation_curve(couplings, frequencies, random_phases(size, seed), **run)
            turn = steepest_rise(jnp.asarray(ratios), curve)
            rows.append({"variant": f"N = {size}", "N": size, "seed": seed, "value": turn})
    return pd.DataFrame(rows)


def critical_table(by_coupling: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """Set beside each other where agreement begins, how far r is from theory, and what chance leaves.

    Args:
        by_coupling: As from `coupling_sweep`.
        turns: As from `drawn_turns`.

    Returns:
        One row per number of oscillators.
    """
    above = by_coupling.loc[by_coupling["ratio"] >= 1.3]
    theory = np.sqrt(1 - 1 / above["ratio"])
    deviation = (above["value"] - theory).abs().groupby(above["N"]).max()
    below: Any = by_coupling.loc[by_coupling["ratio"] <= 0.5].groupby("N")["value"].mean()
    turned = turns.groupby("N")["value"].agg(["mean", "std"])
    sizes = turned.index.to_numpy()
    return pd.DataFrame(
        {
            "N": turned.index.astype(str),
            "steepest rise at K / K_c, mean": turned["mean"].to_numpy(),
            "standard deviation over populations": turned["std"].to_numpy(),
            "r, largest distance from theory from 1.3 K_c on": deviation.loc[sizes].to_numpy(),
            "r below ½ K_c": below.loc[sizes].to_numpy(),
            "r below ½ K_c, times √N": below.loc[sizes].to_numpy() * np.sqrt(sizes),
        }
    )


_DRAWS = 1000  # frequencies have other seeds than phases


def _starts(size: int, seeds: Sequence[int]) -> Float[Array, "S N"]:
    return jnp.stack([random_phases(size, seed) for seed in seeds])


def _rows(
    size: int, sweep: str, ratios: Float[np.ndarray, "K"], seeds: Sequence[int], curves: Float[Array, "S K"]
) -> pd.DataFrame:
    rows = [
        {
            "variant": f"N = {size}",
            "N": size,
            "seed": seed,
            "sweep": sweep,
            "ratio": float(ratio),
            "value": float(r),
        }
        for seed, curve in zip(seeds, curves, strict=True)
        for ratio, r in zip(ratios, curve, strict=True)
    ]
    return pd.DataFrame(rows)
