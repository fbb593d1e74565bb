"""Where queries in the plane come to rest: what a discrete and a continuous memory make of the same points."""

from collections.abc import Mapping, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from chmnet.bases.basis import Basis
from chmnet.continuous import ContinuousHopfield
from chmnet.discrete import DiscreteHopfield
from chmnet.network import HopfieldNetwork

__all__ = ["ORDERS", "descents", "landing_differences", "scattered_queries"]

ORDERS = ("sorted", "random")
"""The points at increasing times of their curve, or at times that are drawn without regard to it."""


def scattered_queries(
    points: Float[Tensor, "L D"], count: int, *, reach: float = 1.0, generator: torch.Generator | None = None
) -> Float[Tensor, "count D"]:
    """Queries drawn evenly from the smallest box about the origin that holds the points, times ``reach``.

    Args:
        points: Stored patterns.
        count: Number of queries.
        reach: Size of the box relative to the one that just holds the points.
        generator: Where randomness comes from; torch's own if None.

    Returns:
        The queries.
    """
    draws = torch.rand(count, points.shape[1], generator=generator, dtype=points.dtype, device=points.device)
    return reach * points.abs().amax(dim=0) * (2 * draws - 1)


def descents(
    memories: Mapping[str, HopfieldNetwork],
    points: Float[Tensor, "L D"],
    queries: Float[Tensor, "Q D"],
    steps: int,
) -> pd.DataFrame:
    """Means over queries of how they come to rest in each memory.

    Args:
        memories: Memories by variant.
        points: What was stored in them.
        queries: States to start from.
        steps: Number of updates of each.

    Returns:
        Rows with variant, metric, value, n. Metrics: distance moved, distance to nearest stored point, energy at the
        end, length of the last step, largest rise of the energy (over queries and updates), β × largest variance
        stored.
    """
    rows = []
    for variant, memory in memories.items():
        path = memory.trajectory(queries, steps)
        energies = memory.energy(path)
        variance = torch.linalg.eigvalsh(torch.cov(memory.memory.mT, correction=0)).amax()
        found = {
            "distance moved": (path[-1] - path[0]).norm(dim=-1).mean(),
            "distance to nearest stored point": torch.cdist(path[-1], points).amin(dim=-1).mean(),
            "energy at the end": energies[-1].mean(),
            "length of the last step": (path[-1] - path[-2]).norm(dim=-1).mean(),
            "largest rise of the energy": energies.diff(dim=0).max(),
            "β × largest variance stored": memory.beta * variance,
        }
        rows += [
            {"variant": variant, "metric": metric, "value": float(value), "n": len(queries)}
            for metric, value in found.items()
        ]
    return pd.DataFrame(rows)


def landing_differences(
    points: Float[Tensor, "L D"],
    basis: Basis,
    queries: Mapping[float, Float[Tensor, "Q D"]],
    *,
    beta: float,
    ridges: Sequence[float],
    orders: int,
    steps: int,
    seed: int = 0,
) -> pd.DataFrame:
    """How a continuous memory's ends differ from those of the discrete memory of the same points.

    A discrete memory does not see the order of its points. A continuous one does: its curve visits them at the times
    they are given.

    Args:
        points: Stored patterns, in order of time.
        basis: The basis of the continuous memory.
        queries: The same queries for both memories, by reach.
        beta: Inverse temperature β of both.
        ridges: Penalties λ of the fit.
        orders: Number of random orders of time, beside the sorted one.
        steps: Number of updates of each query.
        seed: The first order's; the others follow.

    Returns:
        Rows with reach, ridge, order (`ORDERS`), seed (of a random order), metric, value, n. Metrics: nearer to the
        query (share of queries whose continuous end is nearer to where they started) and, continuous less discrete
        in the mean over queries, distance moved, distance to nearest stored point, distance to the origin.
    """
    discrete = DiscreteHopfield(points, beta)
    arrangements = [("sorted", seed, torch.arange(len(points)))]
    for number in range(seed, seed + orders):
        generator = torch.Generator().manual_seed(number)
        arrangements.append(("random", number, torch.randperm(len(points), generator=generator)))
    rows = []
    for reach, starts in queries.items():
        end = discrete.retrieve(starts, steps)
        for ridge in ridges:
            for order, number, permutation in arrangements:
                memory = ContinuousHopfield.fit(points[permutation], basis, beta=beta, ridge=ridge)
                found = _differences(points, starts, memory.retrieve(starts, steps), end)
                rows += [
                    {
                        "reach": reach,
                        "ridge": ridge,
                        "order": order,
                        "seed": number,
                        "metric": metric,
                        "value": value,
                        "n": len(starts),
                    }
                    for metric, value in found.items()
                ]
    return pd.DataFrame(rows)


def _differences(points: Tensor, starts: Tensor, continuous: Tensor, discrete: Tensor) -> dict[str, float]:
    moved = (continuous - starts).norm(dim=-1) - (discrete - starts).norm(dim=-1)
    missed = torch.cdist(continuous, points).amin(dim=-1) - torch.cdist(discrete, points).amin(dim=-1)
    outwards = continuous.norm(dim=-1) - discrete.norm(dim=-1)
    return {
        "nearer to the query": float((moved < 0).double().mean()),
        "distance moved": float(moved.mean()),
        "distance to nearest stored point": float(missed.mean()),
        "distance to the origin": float(outwards.mean()),
    }
