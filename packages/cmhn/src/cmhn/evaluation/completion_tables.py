"""What completion comes to: what is stored, every number, and how much damage is borne."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cmhn.evaluation.triples import Triples

__all__ = ["completion_table", "largest_damage", "store_table"]


def store_table(triples: Triples, widths: Mapping[str, int]) -> pd.DataFrame:
    """Count what is stored of a data set: the data set's name and ``count``.

    Args:
        triples: The triples.
        widths: Width of each modality's patterns.
    """
    counts = {
        "triples": len(triples),
        **{f"{name}s": triples.table[name].nunique() for name in ("picture", "sound", "language")},
        **{f"numbers in a {name} pattern": width for name, width in widths.items()},
    }
    return pd.DataFrame({triples.name: list(counts), "count": list(counts.values())})


def completion_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Tabulate means: a row per metric and variant, a column per damage.

    Args:
        summary: Rows with ``metric``, ``variant``, ``damage`` and ``mean``, one for each three.
    """
    wide: Any = summary.pivot(index=["metric", "variant"], columns="damage", values="mean")
    wide.columns = [f"{100 * damage:.0f} % lost" for damage in wide.columns]
    return wide.reset_index()


def largest_damage(summary: pd.DataFrame, *, level: float, variant: str = "joint memory") -> float:
    """Return the largest damage at which the mean cosine of every modality is above a level; 0 where there is none.

    Args:
        summary: Rows with ``metric``, ``variant``, ``damage`` and ``mean``.
        level: What cosines have to be above.
        variant: Whose cosines.
    """
    cosines: Any = summary[(summary["variant"] == variant) & summary["metric"].str.startswith("cosine")]
    above = (cosines["mean"] > level).groupby(cosines["damage"]).all()
    return float(max(above.index[above], default=0.0))
