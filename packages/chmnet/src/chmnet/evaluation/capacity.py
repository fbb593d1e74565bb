"""Storage capacity: how many frames a memory of fixed size gives back."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from chmnet._validation import require_at_least, require_finite
from chmnet.evaluation.retrieval import Memory, compare_memories, summarise, sweep_memories
from chmnet.evaluation.signals import smooth_signal
from chmnet.integration import Exact, Integration
from chmnet.queries import add_gaussian_noise

__all__ = [
    "capacity_curve",
    "capacity_summary",
    "doublings_held",
    "largest_recalled",
    "stretch_curve",
    "turning_stretches",
]

_EXACT = Exact()


def capacity_curve(
    signal: Callable[[int], Tensor],
    lengths: Iterable[int],
    count: int,
    *,
    beta: float,
    sigma: float,
    ridge: float = 0.0,
    integration: Integration = _EXACT,
    threshold: float = 0.9,
    steps: int = 1,
    generator: torch.Generator | None = None,
) -> pd.DataFrame:
    """Retrieval from memories of N entries, against the number L of frames they were given.

    Queries are the frames with Gaussian noise. The discrete memory of all L frames is the upper bound that a
    memory of N entries is held against.

    Args:
        signal: What gives L frames [L, D]: `white_signal`, `smooth_signal`, or frames of a clip.
        lengths: Numbers of frames L.
        count: Size N of the memories; where L is smaller, they are of size L.
        beta: Inverse temperature β.
        sigma: Standard deviation of the noise on the queries, in the frames' units.
        ridge: λ of the continuous memory's fit.
        integration: How the continuous memory integrates.
        threshold: Cosine similarity from which on a frame counts as recalled.
        steps: Number of updates.
        generator: Where the noise comes from; torch's own if None.

    Returns:
        A row for each ``L`` and ``variant`` (``discrete``, ``continuous``, and ``complete`` for all L frames): its
        size ``N``, ``cosine``, ``cosine_std``, ``n`` and the share of frames ``recalled``.

    Raises:
        TypeError: If a number is not whole or the frames are not floating-point.
        ValueError: If a number is below 1, the frames are empty or not finite, or a setting is refused.
    """
    require_at_least("count", count, 1)
    require_finite("threshold", torch.tensor(threshold))
    curves = []
    for length in lengths:
        frames = signal(length)
        size = min(count, len(frames))
        memories = sweep_memories(
            len(frames), [size, len(frames)], beta=beta, ridge=ridge, integration=integration
        )
        named: dict[Hashable, Memory] = {
            ("discrete", size): memories["discrete", size],
            ("continuous", size): memories["continuous", size],
            ("complete", len(frames)): memories["discrete", len(frames)],
        }
        queries = add_gaussian_noise(frames, sigma, generator=generator)
        similarities = compare_memories(frames, named, queries=queries, steps=steps)
        curve = summarise(similarities, ["variant", "N"])
        curve.insert(0, "L", len(frames))
        curve["recalled"] = [float((s >= threshold).double().mean()) for s in similarities.values()]
        curves.append(curve)
    columns = ["L", "variant", "N", "cosine", "cosine_std", "n", "recalled"]
    return pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=columns)


def largest_recalled(curve: pd.DataFrame, *, target: float, by: Sequence[str]) -> pd.DataFrame:
    """The capacity that a curve shows: the largest L up to which the target share is recalled throughout.

    Args:
        curve: Rows of `capacity_curve`, with further columns at will.
        target: Share of frames in [0, 1] that must be recalled.
        by: Columns that tell one curve from another.

    Returns:
        A row a curve: the ``by`` columns and ``L``; 0 where the smallest L already falls short.

    Raises:
        ValueError: If the target is not in [0, 1].
    """
    if not 0 <= target <= 1:
        raise ValueError(f"target must lie in [0, 1], but is {target}")
    rows: list[dict[str, Any]] = []
    groups: Any = curve.groupby(list(by), sort=False)
    for names, part in groups:
        ordered = part.sort_values("L")
        within = ordered[(ordered["recalled"] >= target).cummin()]
        largest = int(within["L"].max()) if len(within) else 0
        rows.append({**dict(zip(by, names, strict=True)), "L": largest})
    return pd.DataFrame(rows, columns=[*by, "L"])


def capacity_summary(capacity: pd.DataFrame, *, longest: int) -> pd.DataFrame:
    """What many curves show: capacities are powers of two, so that medians and ranges tell of them, and no means.

    Args:
        capacity: Rows of `largest_recalled` with ``dataset`` and ``variant``.
        longest: The largest L that was tried.

    Returns:
        By ``dataset`` and ``variant``: ``median``, ``least``, ``most``, ``n``, ``ceiling`` (how many hold the
        longest L) and ``shown``, the median and the range in words.
    """
    at_ceiling = capacity.assign(ceiling=capacity["L"] == longest)
    summary = at_ceiling.groupby(["dataset", "variant"]).agg(
        median=("L", "median"),
        least=("L", "min"),
        most=("L", "max"),
        n=("L", "count"),
        ceiling=("ceiling", "sum"),
    )
    ranges = " (" + summary["least"].astype(str) + " to " + summary["most"].astype(str) + ")"
    medians = summary["median"].map("{:.0f}".format)
    summary["shown"] = medians + ranges.where(summary["least"] < summary["most"], "")
    return summary.reset_index()


def doublings_held(capacity: pd.DataFrame, *, least: float) -> pd.Series:
    """How many times L doubles from what the discrete memory holds to what the continuous one holds, by ``video``.

    Args:
        capacity: Rows of `largest_recalled` for one kind of signal, with ``video`` and ``variant``.
        least: What a memory is taken to hold where it falls short of every length tried.
    """
    held: Any = capacity.pivot(index="video", columns="variant", values="L").clip(lower=least)
    held = held.apply(np.log2)
    return held["continuous"] - held["discrete"]


def stretch_curve(
    sizes: Iterable[int],
    stretches: Iterable[float],
    seeds: Iterable[int],
    *,
    length: int,
    width: int,
    **settings: Any,
) -> pd.DataFrame:
    """What a continuous memory recalls of smooth functions, against their correlation length in widths of a bin.

    Args:
        sizes: Numbers N of bins.
        stretches: Correlation lengths ℓ N.
        seeds: Of the functions and of the noise.
        length: Frames of each function.
        width: Their width D.
        settings: ``beta``, ``sigma``, ``threshold`` and others of `capacity_curve`.

    Returns:
        Rows of `capacity_curve` for the continuous memory, with ``size``, ``stretch`` and ``seed``.
    """
    rows = []
    for size, stretch, seed in product(sizes, stretches, seeds):

        def signal(frames: int, seed: int = seed, scale: float = stretch / size) -> Tensor:
            return smooth_signal(frames, width, scale, generator=torch.Generator().manual_seed(seed))

        curve = capacity_curve(
            signal, [length], size, generator=torch.Generator().manual_seed(seed), **settings
        )
        rows.append(curve.assign(size=size, stretch=stretch, seed=seed))
    curves = pd.concat(rows, ignore_index=True)
    return curves.loc[curves["variant"] == "continuous"]


def turning_stretches(curve: pd.DataFrame, *, target: float) -> dict[int, float]:
    """The correlation length, in widths of a bin, from which on a size recalls the target share; infinite if none.

    Args:
        curve: Rows of `stretch_curve`.
        target: Share of frames that must be recalled, in the mean over seeds.
    """
    shares: Any = curve.groupby(["size", "stretch"])["recalled"].mean()
    shares = shares.unstack("size").sort_index()
    enough = (shares >= target)[::-1].cummin()
    return {int(size): float(min(column.index[column], default=np.inf)) for size, column in enough.items()}
