"""What retrieval in six directions comes to: every number, the gains, their significance, and the heads' sizes."""

from typing import Any

import numpy as np
import pandas as pd

from amcore.statistics import compare, summarise
from cmhn.evaluation.retrieval import METHODS
from cmhn.evaluation.scores import CUTOFFS

__all__ = [
    "KEYS",
    "gain_table",
    "leads",
    "mean_recalls",
    "parameter_table",
    "recall_table",
    "significance_table",
]

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


def leads(measurements: pd.DataFrame, dataset: str, rival: str, *, method: str = _OURS) -> pd.Series:
    """Give what a method is ahead of another on a data set, seed by seed: mean recall@1 of its directions, in points.

    Args:
        measurements: Those of `compare_methods`.
        dataset: Name of the data set.
        rival: The other method.
        method: The method.

    Raises:
        ValueError: If one of the two was not measured there.
    """
    recalls = _recalls(measurements)
    here = recalls[recalls["dataset"] == dataset]
    means = 100 * here.groupby(["seed", "variant"])["value"].mean().unstack("variant")
    for name, value in (("method", method), ("rival", rival)):
        if value not in means:
            raise ValueError(f"{name} must be one of {sorted(means)} on {dataset}, but is {value!r}")
    return means[method] - means[rival]


def significance_table(measurements: pd.DataFrame) -> pd.DataFrame:
    """Test each method against the harmonic network, seeds as units: mean recall@1 of the directions, in points.

    The directions of a seed share items and encoders, and are no independent draws.

    Args:
        measurements: Those of `compare_methods`.

    Returns:
        A row per data set and method; Holm's correction is over all of them. Of a single seed nothing is tested, and
        the columns of the test are missing.
    """
    recalls = _recalls(measurements)
    recalls = recalls[recalls["variant"].isin(METHODS)]
    of_seed = recalls.groupby(["dataset", "variant", "seed"], as_index=False, sort=False)["value"].mean()
    of_seed["value"] *= 100
    if len(of_seed["seed"].unique()) > 1:
        tests = compare(of_seed, baseline=_OURS, within=["dataset"])
    else:
        wide = of_seed.pivot(index="dataset", columns="variant", values="value")
        found = wide.drop(columns=_OURS).sub(wide[_OURS], axis=0)
        tests = found.melt(ignore_index=False, value_name="difference").reset_index().assign(n=1)
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
