"""The errata over several seeds: every number, and the formulas beside the worst of theirs."""

from collections.abc import Iterable, Sequence

import jax
import pandas as pd

from hkam.analysis.evidence import Erratum, errata
from hkam.analysis.typesetting import below, formula

__all__ = ["errata_formulas", "errata_measurements"]


def errata_measurements(seeds: Iterable[int], *, metric: str) -> tuple[list[Erratum], pd.DataFrame]:
    """Measure every misprint on the random networks of several seeds.

    Args:
        seeds: Of the networks and states, at least one.
        metric: What the numbers are called.

    Returns:
        The errata of the first seed, and a table of all seeds with the columns ``variant`` (``printed`` or
        ``corrected``), ``dataset`` (the erratum's key), ``seed``, ``metric`` and ``value``.

    Raises:
        ValueError: If there is no seed.
    """
    found = {seed: errata(key=jax.random.key(seed)) for seed in seeds}
    if not found:
        raise ValueError("seeds must be at least one, but are none")
    rows = [
        {"variant": which, "dataset": entry.key, "seed": seed, "metric": metric, "value": value}
        for seed, entries in found.items()
        for entry in entries
        for which, value in (("printed", entry.printed_error), ("corrected", entry.corrected_error))
    ]
    return next(iter(found.values())), pd.DataFrame(rows)


def errata_formulas(entries: Sequence[Erratum], measurements: pd.DataFrame) -> pd.DataFrame:
    """Lay the printed formulas beside the corrected ones.

    Args:
        entries: The errata.
        measurements: Their numbers over all seeds, as from `errata_measurements`.

    Returns:
        One row for each erratum, as Markdown: the printed formula with its smallest number, the corrected one with
        the power of ten that its largest number stays below.
    """
    values: dict[tuple[str, str], list[float]] = {}
    for row in measurements.to_dict("records"):
        values.setdefault((row["dataset"], row["variant"]), []).append(float(row["value"]))
    rows = [
        {
            "where": entry.place,
            "printed": formula(entry.printed),
            "corrected": formula(entry.corrected),
            "what should be zero": entry.quantity,
            "is, as printed": min(values[entry.key, "printed"]),
            "is, corrected": below(max(values[entry.key, "corrected"])),
        }
        for entry in entries
    ]
    return pd.DataFrame(rows)
