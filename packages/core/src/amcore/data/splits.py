"""Splits that leave no door open between training and test: whole groups move together."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Integer, Shaped
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SPLITS = ("train", "validation", "test")
_TRIES = 1000


def split_by_group(groups: Sequence[Hashable], *, test: float, validation: float, seed: int = 0) -> list[str]:
    """The split of every row, the same for all rows of a group.

    round(test · G) of the G groups, drawn at random, are tested on, round(validation · G) others validate.

    Args:
        groups: one name a row; equal names stay together.
        test: share of the groups, 0 to 1.
        validation: share of the groups; together with `test` below 1.
        seed: of the draw. The order of the rows does not matter, only the names do.

    Returns:
        `train`, `validation` or `test` for each row.

    Raises:
        ValueError: a share out of its range.
    """
    _check_shares(test, validation)
    names = sorted(set(groups), key=repr)
    random = np.random.default_rng(seed)
    drawn = [names[index] for index in random.permutation(len(names))]
    tested, validated = round(test * len(drawn)), round(validation * len(drawn))
    split = dict.fromkeys(drawn, "train")
    split |= dict.fromkeys(drawn[:tested], "test")
    split |= dict.fromkeys(drawn[tested : tested + validated], "validation")
    return [split[name] for name in groups]


def split_by_combination(
    factors: pd.DataFrame, by: Sequence[str], *, test: float, validation: float, seed: int = 0
) -> list[str]:
    """The split of every row by its combination of factors: what is tested was never seen combined so.

    Each value of each factor alone is still met in training: a draw that takes one away is drawn again.

    Args:
        factors: a column a factor, a row per item.
        by: the columns whose combination decides.
        test: share of the combinations that occur.
        validation: share of the combinations that occur; together with `test` below 1.
        seed: of the draw.

    Returns:
        `train`, `validation` or `test` for each row.

    Raises:
        ValueError: an unknown column, a share out of its range, or shares so large that no draw leaves every
            value in training.
    """
    missing = [name for name in by if name not in factors]
    if missing or not by:
        raise ValueError(f"by must be some of the factors {', '.join(map(str, factors))}, but is {list(by)}")
    chosen = factors[list(by)]
    groups = [tuple(row) for row in chosen.itertuples(index=False, name=None)]
    for attempt in range(_TRIES):
        split = split_by_group(groups, test=test, validation=validation, seed=seed * _TRIES + attempt)
        train = chosen[[part == "train" for part in split]]
        if all(set(train[name]) == set(chosen[name]) for name in by):
            return split
    raise ValueError(
        f"test and validation must be so small that every value of {', '.join(by)} is left in training, "
        f"but are {test} and {validation}"
    )


def joined(count: int, *links: tuple[Sequence[int], Sequence[Hashable]]) -> list[int]:
    """Groups of rows that share a value, directly or through other rows.

    Args:
        count: of the rows.
        links: each the numbers of rows and a value for each; a row may come several times. A value of one
            pair of sequences is never that of another pair.

    Returns:
        the number of each row's group, counted in order of first appearance.

    Raises:
        ValueError: a pair of sequences of different lengths, or a row that is none of `count`.
    """
    pairs = []
    nodes = count
    for rows, values in links:
        if len(rows) != len(values):
            raise ValueError(
                f"links must hold as many rows as values, but holds {len(rows)} rows and {len(values)} values"
            )
        codes, uniques = pd.factorize(pd.Series(values, dtype=object))
        if len(codes) and not (min(rows) >= 0 and max(rows) < count and codes.min() >= 0):
            raise ValueError(
                f"links must hold rows from 0 to {count - 1} and their values, but holds another row or a missing value"
            )
        pairs += zip(rows, nodes + codes, strict=True)
        nodes += len(uniques)
    return _chained(nodes, np.array(pairs, dtype=np.int64).reshape(-1, 2))[:count]


def alike(features: Shaped[np.ndarray, "rows width"], threshold: float) -> list[int]:
    """Groups of rows chained by cosines above a threshold.

    Args:
        features: one row per item, of any width; a row of zeros is like nothing.
        threshold: two rows whose cosine is above it stay together.

    Returns:
        the number of each row's group, counted in order of first appearance.

    Raises:
        ValueError: numbers that are not finite, or a threshold outside of −1 … 1.
    """
    if not np.all(np.isfinite(features)):
        raise ValueError("features must be finite, but holds NaN or infinity")
    if not -1.0 <= threshold <= 1.0:
        raise ValueError(f"threshold must be a cosine, -1 to 1, but is {threshold}")
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    units = features / np.where(lengths == 0.0, 1.0, lengths)
    return _chained(len(features), np.argwhere(np.triu(units @ units.T > threshold, k=1)))


def leaks(groups: Sequence[Hashable], split: Sequence[str]) -> list[Hashable]:
    """Groups that have rows in more than one split; empty when nothing leaks.

    Raises:
        ValueError: an unknown split, or sequences of different lengths.
    """
    if len(groups) != len(split):
        raise ValueError(f"split must have {len(groups)}, as many as groups, but has {len(split)} rows")
    if unknown := set(split) - set(SPLITS):
        raise ValueError(f"split must hold some of {', '.join(SPLITS)}, but holds {sorted(unknown)}")
    parts: dict[Hashable, set[str]] = {}
    for group, part in zip(groups, split, strict=True):
        parts.setdefault(group, set()).add(part)
    return [group for group, where in parts.items() if len(where) > 1]


def _chained(nodes: int, pairs: Integer[np.ndarray, "pairs 2"]) -> list[int]:
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(nodes, nodes))
    _, labels = connected_components(links, directed=False)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels.tolist()]


def _check_shares(test: float, validation: float) -> None:
    for name, share in (("test", test), ("validation", validation)):
        if not 0.0 <= share < 1.0:
            raise ValueError(f"{name} must be a share of the groups, 0 to below 1, but is {share}")
    if test + validation >= 1.0:
        raise ValueError(f"test and validation must add up to less than 1, but are {test} and {validation}")
