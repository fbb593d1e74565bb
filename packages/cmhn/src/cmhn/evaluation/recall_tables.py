"""What retrieval in six directions comes to: every number, the gains, their significance, and the heads' sizes."""

from typing import Any

import numpy as np
import pandas as pd

from amcore.statistics import compare, summarise
from cmhn.evaluation.retrieval import METHODS
from cmhn.evaluation.scores import CUTOFFS

__all__ = ["KEYS", "gain_table", "mean_recalls", "parameter_table", "recall_table", "significance_table"]

KEYS: dict[str, str] = {
    "CMHN": "cmhn",
    "CMHN, harmonic term alone": "harmonic",
    "CMHN, memory alone": "memory",
    "CLIP": "clip",
    "CLOOB": "cloob",
    "bridge": "bridge",
    "co-attention": "coattention",
    "nearest triple": "nearest",
    "ridge": "ridge",
    "chance": "chance",
}
"""Plain names of the variants whose recall is averaged over directions; the control knows only some directions."""

_RIVALS = ("CLIP", "CLOOB")
_OURS = METHODS[0]


def recall_table(measurements: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """Tabulate a data set: a row per direction and method, recall in percent and the median rank, means over seeds.

    Args:
        measurements: Those of `compare_methods`.
        dataset: Name of the data set.

    Raises:
        ValueError: If nothing was measured on it.
    """
    here: Any = measurements[measurements["dataset"] == dataset]
    if here.empty:
        raise ValueError(f"dataset must be one of {sorted(set(measurements['dataset']))}, but is {dataset!r}")
    summary = summarise(here, by=["variant", "source", "target", "metric"])
    summary["mean"] *= np.where(summary["metric"] == "median rank", 1, 100)
    summary["direction"] = _direction(summary)
    wide = summary.pivot(index=["direction", "variant"], columns="metric", values="mean").reset_index()
    order = {method: place for place, method in enumerate(dict.fromkeys(measurements["variant"]))}
    wide = wide.sort_values(
        ["direction", "variant"], key=lambda column: column.map(order) if column.name == "variant" else column
    )
    columns = ["direction", "method", *(f"recall@{k}" for k in CUTOFFS), "median rank"]
    return wide.rename(columns={"variant": "method"}).filter(columns)


def gain_table(measurements: pd.DataFrame, *, wanted: float = 5.0) -> pd.DataFrame:
    """Compare the harmonic network with the others in each direction: recall@1 in percent, means over seeds.

    Args:
        measurements: Those of `compare_methods`.
        wanted: Points above the better of CLIP and CLOOB at which the target is met.

    Returns:
        A row per data set and direction, in their order: ``data set``, ``from``, ``to``, ``direction``, ``CMHN``,
        ``CLIP``, ``CLOOB``, ``best of all others``, ``above CLIP and CLOOB`` and ``target``, ``met`` or ``missed``.
    """
    recalls = _recalls(measurements)
    names = ["dataset", "source", "target"]
    means = 100 * recalls.groupby([*names, "variant"])["value"].mean().unstack("variant")
    means = means.loc[list(recalls[names].drop_duplicates().itertuples(index=False, name=None))].reset_index()
    above = means[_OURS] - means[list(_RIVALS)].max(axis=1)
    return pd.DataFrame(
        {
            "data set": means["dataset"],
            "from": means["source"],
            "to": means["target"],
            "direction": _direction(means),
            **{method: means[method] for method in (_OURS, *_RIVALS)},
            "best of all others": means[list(METHODS[1:])].max(axis=1),
            "above CLIP and CLOOB": above,
            "target": np.where(above >= wanted, "met", "missed"),
        }
    )


def significance_table(measurements: pd.DataFrame) -> pd.DataFrame:
    """Test each method against the harmonic network: recall@1 in points, paired over seeds and directions.

    Args:
        measurements: Those of `compare_methods`.

    Returns:
        A row per data set and method; Holm's correction is over all of them.
    """
    recalls = _recalls(measurements)
    recalls = recalls[recalls["variant"].isin(METHODS)]
    tests = compare(
        recalls.assign(value=100 * recalls["value"]),
        baseline=_OURS,
        over=["seed", "source", "target"],
        within=["dataset"],
    )
    columns = ["dataset", "variant", "difference", "std", "n", "effect_size", "p_holm", "significant"]
    names = {"variant": "method", "difference": f"method − {_OURS}, points"}
    return tests.filter(columns).rename(columns=names)


def mean_recalls(measurements: pd.DataFrame) -> pd.DataFrame:
    """Average recall@1 over directions and seeds.

    Args:
        measurements: Those of `compare_methods`.

    Returns:
        A row per data set and variant of `KEYS`, in their order: ``dataset``, ``variant``, ``key`` and ``mean``, in
        percent.
    """
    means: Any = _recalls(measurements).groupby(["dataset", "variant"], sort=False)["value"].mean()
    table = (100 * means).reset_index(name="mean")
    return table.assign(key=table["variant"].map(KEYS)).dropna(subset="key", ignore_index=True)


def parameter_table(sizes: pd.DataFrame) -> pd.DataFrame:
    """Tabulate how many numbers each head learns: a row per method, a column per data set.

    Args:
        sizes: Those of `compare_methods`; a method has one size for all seeds.
    """
    one = sizes.groupby(["dataset", "method"], as_index=False)["value"].first()
    return one.pivot(index="method", columns="dataset", values="value").reset_index()


def _recalls(measurements: pd.DataFrame) -> Any:
    return measurements[measurements["metric"] == "recall@1"]


def _direction(table: Any) -> Any:
    return table["source"] + " → " + table["target"]
