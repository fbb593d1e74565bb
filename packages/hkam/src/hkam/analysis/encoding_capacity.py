"""How many numbers fit into scalar products: random numbers, and a search for oscillators that hold them."""

from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from hkam.encoding import encode_scalars, independent_products

__all__ = ["encoded_shares", "fit_products", "half_encoded", "numbers_tried"]

_EXACT = 1e-6  # a number counts as encoded when its scalar product is so close
_FOUND = 1e-9  # the search stops here
_DAMPING = 1e-2
_LEAST_DAMPING, _MOST_DAMPING = 1e-14, 1e6


def fit_products(
    values: Float[np.ndarray, "B M"],
    pairs: Int[np.ndarray, "B M 2"],
    mu: Float[np.ndarray, "B N D1"],
    *,
    steps: int = 100,
) -> tuple[Float[np.ndarray, "B N D1"], Float[np.ndarray, "B"]]:
    """Search for oscillators whose scalar products are given numbers, ``μ_iᵀ μ_j = v_ij``.

    Levenberg and Marquardt's method on the sphere, many small searches side by side: libraries solve one at a time, or
    compile for every number of pairs, and take minutes for what takes seconds here.

    Args:
        values: ``v``, one row per search.
        pairs: Whose scalar product each number is to be.
        mu: Where the searches start, unit rows.
        steps: At most so many.

    Returns:
        The oscillators, and the largest distance of a scalar product from its number.
    """
    batch, size = values.shape
    where, number = np.arange(batch)[:, None], np.arange(size)
    first, second = pairs[..., 0], pairs[..., 1]

    def misses(rows: Float[np.ndarray, "B N D1"]) -> Float[np.ndarray, "B M"]:
        return np.sum(rows[where, first] * rows[where, second], axis=-1) - values

    miss, damping = misses(mu), np.full(batch, _DAMPING)
    for _ in range(steps):
        if (np.abs(miss) < _FOUND).all():
            break
        products = (miss + values)[..., None]
        slopes = np.zeros((batch, size, *mu.shape[1:]))
        slopes[where, number, first] = mu[where, second] - products * mu[where, first]
        slopes[where, number, second] = mu[where, first] - products * mu[where, second]
        slopes = slopes.reshape(batch, size, -1)
        matrix = slopes @ slopes.swapaxes(1, 2) + damping[:, None, None] * np.eye(size)
        step = slopes.swapaxes(1, 2) @ np.linalg.solve(matrix, miss[..., None])
        tried = mu - step.reshape(mu.shape)
        tried /= np.linalg.norm(tried, axis=-1, keepdims=True)
        new = misses(tried)
        better = np.sum(new**2, axis=1) < np.sum(miss**2, axis=1)
        mu = np.where(better[:, None, None], tried, mu)
        miss = np.where(better[:, None], new, miss)
        damping = np.clip(np.where(better, damping / 4, damping * 4), _LEAST_DAMPING, _MOST_DAMPING)
    return mu, np.max(np.abs(miss), axis=1, initial=0.0)


def numbers_tried(oscillators: int, dimensions: int, *, most: int = 12) -> list[int]:
    """Return how many numbers to try: from ``N − 1`` on to just past `independent_products`, as far as there are pairs.

    Args:
        oscillators: N.
        dimensions: Columns, D + 1.
        most: At most about so many; ``N − 1``, ``N``, the limit itself and the one after it are always among them.
    """
    limit = independent_products(oscillators, dimensions)
    pairs = oscillators * (oscillators - 1) // 2
    step = max(1, -(-(limit - oscillators) // most))
    tried = {oscillators, limit, limit + 1, limit + 2, *range(oscillators - 1, limit, step)}
    return sorted(number for number in tried if number <= pairs)


def encoded_shares(
    oscillators: int,
    dimensions: Iterable[int],
    amplitudes: Iterable[float],
    seeds: Iterable[int],
    *,
    starts: int = 4,
    most: int = 12,
) -> pd.DataFrame:
    """Measure which rows of random numbers can be written into scalar products.

    The first ``N − 1`` numbers belong to the pairs of the first oscillator, as in eq. 36, and every search starts from
    that encoding with random directions; further numbers belong to random pairs of the others. What no start finds
    counts as not encoded, so that below the limit the share is a lower bound.

    Args:
        oscillators: N.
        dimensions: Columns, D + 1, each at least 2.
        amplitudes: Numbers are uniform between ``−a`` and ``a``, each at most 1.
        seeds: One row of numbers, and one choice of pairs, each.
        starts: Searches for each row.
        most: As in `numbers_tried`.

    Returns:
        Columns ``D``, ``amplitude``, ``numbers``, ``limit``, ``seed`` and ``value``: 1 if encoded, else 0.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix C.
    """
    wanted, columns = list(seeds), list(dimensions)
    rows = []
    for amplitude in amplitudes:
        for column in columns:
            limit = independent_products(oscillators, column)
            for size in numbers_tried(oscillators, column, most=most):
                cases = [_case(oscillators, column, size, amplitude, starts, seed) for seed in wanted]
                values, pairs, mu = (np.concatenate(part) for part in zip(*cases, strict=True))
                _, distance = fit_products(values, pairs, mu)
                found: Any = (distance.reshape(len(wanted), starts) < _EXACT).any(axis=1)
                rows += [
                    {
                        "D": column - 1,
                        "amplitude": amplitude,
                        "numbers": size,
                        "limit": limit,
                        "seed": seed,
                        "value": float(right),
                    }
                    for seed, right in zip(wanted, found, strict=True)
                ]
    return pd.DataFrame(rows)


def half_encoded(shares: pd.DataFrame) -> pd.DataFrame:
    """Find the largest number up to which at least half of the rows are encoded.

    Args:
        shares: As from `encoded_shares`.

    Returns:
        Columns ``amplitude``, ``D``, ``limit``, ``numbers`` and ``share`` (of the limit), one row per curve.
    """
    curves: Any = shares.groupby(["amplitude", "D", "limit"])
    rows = []
    for (amplitude, d, limit), curve in curves:
        mean = curve.groupby("numbers")["value"].mean()
        number = int(mean.index[(mean >= 0.5).cummin()].max())
        case = {"amplitude": amplitude, "D": d, "limit": limit}
        rows.append(case | {"numbers": number, "share": number / limit})
    return pd.DataFrame(rows)


def _case(
    oscillators: int, columns: int, size: int, amplitude: float, starts: int, seed: int
) -> tuple[Float[np.ndarray, "S M"], Int[np.ndarray, "S M 2"], Float[np.ndarray, "S N D1"]]:
    """Return one row of numbers, its pairs, and where to start, each repeated for every start."""
    random = np.random.default_rng([seed, oscillators, columns, size])
    values = amplitude * random.uniform(-1, 1, size)
    star = np.stack([np.zeros(oscillators - 1, int), np.arange(1, oscillators)], axis=1)
    others = random.permutation(1 + np.stack(np.triu_indices(oscillators - 1, k=1), axis=1))
    pairs = np.concatenate([star, others])[:size]
    directions = random.normal(size=(starts, oscillators - 1, columns - 1))
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    first = jnp.asarray(values[: oscillators - 1])
    encode = jax.vmap(lambda u: encode_scalars(first, columns, directions=u))
    mu = np.asarray(encode(jnp.asarray(directions)), float)
    mu = mu / np.linalg.norm(mu, axis=-1, keepdims=True)  # single precision would be the search's first step
    return np.tile(values, (starts, 1)), np.tile(pairs, (starts, 1, 1)), mu
