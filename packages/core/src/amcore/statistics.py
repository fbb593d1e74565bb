"""Statistics over seeds: mean and spread, paired tests with effect sizes, Holm's correction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ttest_1samp
from statsmodels.stats.multitest import multipletests

__all__ = ["Standing", "compare", "standing", "summarise"]

_UNTOLD = "not told apart from"


@dataclass(frozen=True)
class Standing:
    """How one method stands to another, by their differences over items.

    Attributes:
        mean: Of the differences.
        std: Their sample standard deviation; NaN for one.
        n: How many there are.
        p: Of a two-sided t-test against 0; NaN for one difference.
        words: ``ahead of`` or ``behind`` where the test is significant, else ``not told apart from``.
    """

    mean: float
    std: float
    n: int
    p: float
    words: str


def standing(differences: Sequence[float] | pd.Series, *, alpha: float = 0.05) -> Standing:
    """Say in words how one method stands to another.

    Args:
        differences: Of the two, larger is better; one for each independent unit (a seed, a video, an item).
        alpha: Level of the test.

    Raises:
        ValueError: If there is no difference, or one is not finite.
    """
    values = np.asarray(differences, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"differences must be a row of finite numbers, but are {differences!r}")
    if len(values) == 1:
        return Standing(float(values[0]), float("nan"), 1, float("nan"), _UNTOLD)
    test = _test_of_differences(values)
    words = _UNTOLD if test["p"] >= alpha else "ahead of" if test["difference"] > 0 else "behind"
    return Standing(test["difference"], test["std"], len(values), test["p"], words)


def summarise(metrics: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Mean, standard deviation and number of values of each group of a tidy metrics table.

    Args:
        metrics: Tidy table with a column ``value`` (see `amcore.results`).
        by: Columns that name a group; the rest (seeds, videos …) is averaged over.

    Returns:
        The ``by`` columns with ``mean``, ``std`` (sample standard deviation; NaN for one value) and ``n``,
        sorted by group.

    Raises:
        ValueError: If a column is missing.
    """
    _require_columns(metrics, [*by, "value"])
    groups = metrics.groupby(list(by), sort=True, dropna=False)["value"]
    return groups.agg(mean="mean", std="std", n="count").reset_index()


def compare(
    metrics: pd.DataFrame,
    *,
    baseline: str,
    over: Sequence[str] = ("seed",),
    within: Sequence[str] = (),
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Paired t-tests of every variant against a baseline, with effect sizes and Holm's correction.

    Differences are paired on ``over`` (the same seed, the same video) and tested apart for each group of
    ``within``; the correction runs over all the comparisons made in one call. The effect size is the
    standardised mean difference of the pairs, d_z = mean(Δ) / std(Δ).

    Args:
        metrics: Tidy table with the columns ``variant`` and ``value``.
        baseline: The variant that the others are held against.
        over: Columns that identify a pair.
        within: Columns whose values are compared apart.
        alpha: Family-wise error rate of the correction.

    Returns:
        One row a comparison: the ``within`` columns, ``variant``, ``baseline``, ``difference`` (mean of
        variant − baseline), ``std``, ``n``, ``t``, ``p``, ``effect_size``, ``p_holm``, ``significant``.

    Raises:
        ValueError: If a column or the baseline is missing, a pair occurs twice or not on both sides, or
            fewer than two pairs are left to test.
    """
    _require_columns(metrics, ["variant", "value", *over, *within])
    if baseline not in set(metrics["variant"]):
        raise ValueError(f"baseline must be one of {sorted(set(metrics['variant']))}, but is {baseline!r}")
    pair, where = list(over), list(within)
    if metrics.duplicated([*where, *pair, "variant"]).any():
        raise ValueError(f"{[*where, *pair]} must name each value of a variant once, but some occur twice")
    table = metrics.pivot_table(index=[*where, *pair], columns="variant", values="value", dropna=False)
    rows = []
    groups: Any = table.groupby(level=where) if where else [((), table)]
    for group, values in groups:
        for variant in values.columns.drop(baseline):
            test = _paired_test(values[variant], values[baseline], variant, baseline)
            rows.append(
                dict(zip(where, group, strict=True)) | {"variant": variant, "baseline": baseline} | test
            )
    comparisons = pd.DataFrame(rows)
    if comparisons.empty:
        raise ValueError(f"metrics must hold a variant besides the baseline {baseline!r}, but holds none")
    significant, corrected, *_ = multipletests(comparisons["p"], alpha=alpha, method="holm")
    return comparisons.assign(p_holm=corrected, significant=significant)


def _paired_test(values: pd.Series, reference: pd.Series, variant: str, baseline: str) -> dict[str, float]:
    present = values.notna() | reference.notna()
    values, reference = values.loc[present], reference.loc[present]
    unpaired = values.isna() | reference.isna()
    if unpaired.any():
        raise ValueError(
            f"every value of {variant!r} needs its pair in {baseline!r}, but {int(unpaired.sum())} have none"
        )
    if len(values) < 2:
        raise ValueError(
            f"a paired test of {variant!r} against {baseline!r} needs at least 2 pairs, but has {len(values)}"
        )
    return _test_of_differences(values.to_numpy(float) - reference.to_numpy(float))


def _test_of_differences(difference: np.ndarray) -> dict[str, Any]:
    spread = difference.std(ddof=1)
    common = {"difference": difference.mean(), "std": spread, "n": len(difference)}
    # Pairs that all differ by one and the same number leave the t statistic without a denominator.
    if spread <= np.finfo(float).eps * max(1.0, np.abs(difference).max()):
        moved = bool(np.abs(difference).max() > 0)
        size = np.copysign(np.inf, difference.mean()) if moved else 0.0
        return common | {"t": size, "p": 0.0 if moved else 1.0, "effect_size": size}
    test: Any = ttest_1samp(difference, 0)
    return common | {
        "t": float(test.statistic),
        "p": float(test.pvalue),
        "effect_size": difference.mean() / spread,
    }


def _require_columns(metrics: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in metrics.columns]
    if missing:
        raise ValueError(f"metrics must have the columns {missing}, but has {list(metrics.columns)}")
