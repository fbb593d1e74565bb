"""What in the paper's set-up costs retrieval as N → L: the quadrature, the ridge, or the padding."""

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from itertools import product

import pandas as pd
from jaxtyping import Float
from torch import Tensor

from chmnet._validation import require_frames, require_sizes
from chmnet.bases.rectangular import RectangularBasis
from chmnet.continuous import ContinuousHopfield
from chmnet.evaluation.retrieval import Memory, compare_memories, summarise
from chmnet.integration import Exact, GaussLegendre, Integration, Trapezoid

__all__ = [
    "PADDINGS",
    "ablation_memories",
    "degradation_ablation",
    "integration_memories",
    "integration_sweep",
]

_UNPADDED, _PADDED = (0.0, 1.0), (-0.5, 1.5)

PADDINGS: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "none": (_UNPADDED, _UNPADDED),
    "bins": (_PADDED, _UNPADDED),
    "bins and integral": (_PADDED, _PADDED),
}
"""Support of the basis and domain of the integral by name."""


def ablation_memories(
    counts: Iterable[int],
    *,
    beta: float = 10.0,
    points: int = 500,
    ridges: Iterable[float] = (0.5, 0.0),
    paddings: Iterable[str] = tuple(PADDINGS),
) -> dict[Hashable, Memory]:
    """Continuous memories with every combination of integration, ridge and padding.

    Args:
        counts: The sizes N.
        beta: Inverse temperature β.
        points: Points of the trapezoid that is held against the exact integral.
        ridges: Values of λ.
        paddings: Names from `PADDINGS`.

    Returns:
        What builds each, named ``(integration, ridge, padding, N)`` with integration ``exact`` or ``trapezoid``.

    Raises:
        TypeError: If a size is not a whole number.
        ValueError: If a size is below 1, a padding is not one of `PADDINGS`, or there are fewer than 2 points.
    """
    sizes, paddings = require_sizes("counts", counts), list(paddings)
    for padding in paddings:
        if padding not in PADDINGS:
            raise ValueError(f"paddings must be among {list(PADDINGS)}, but hold {padding!r}")
    rules: dict[str, Integration] = {"exact": Exact(), "trapezoid": Trapezoid(points)}
    memories: dict[Hashable, Memory] = {}
    for name, ridge, padding, count in product(rules, list(ridges), paddings, sizes):
        support, domain = PADDINGS[padding]
        memories[name, ridge, padding, count] = partial(
            ContinuousHopfield.fit,
            basis=RectangularBasis(count, support),
            beta=beta,
            ridge=ridge,
            integration=rules[name],
            domain=domain,
        )
    return memories


def degradation_ablation(
    frames: Float[Tensor, "L D"],
    counts: Iterable[int],
    *,
    beta: float = 10.0,
    points: int = 500,
    ridges: Iterable[float] = (0.5, 0.0),
    paddings: Iterable[str] = tuple(PADDINGS),
    queries: Float[Tensor, "L D"] | Callable[[Tensor], Tensor] | None = None,
    steps: int = 1,
    query_chunk: int = 256,
) -> pd.DataFrame:
    """Retrieval with every combination of integration, ridge and padding, on the same frames and queries.

    Args:
        frames: Frames of one video, one per row, flattened [H, W, C].
        counts: The sizes N.
        beta: Inverse temperature β.
        points: Points of the trapezoid.
        ridges: Values of λ.
        paddings: Names from `PADDINGS`.
        queries: The damaged copies, or what makes them from a chunk of frames; the frames with their lower half
            masked if None.
        steps: Number of updates.
        query_chunk: Queries held at once.

    Returns:
        A row for each ``integration``, ``ridge``, ``padding`` and ``N`` with ``cosine``, ``cosine_std`` and ``n``.

    Raises:
        TypeError: As `ablation_memories` and `compare_memories`.
        ValueError: As `ablation_memories` and `compare_memories`.

    Source: Santos et al. (2025), section 6 (the degradation and its suspected cause).
    """
    memories = ablation_memories(counts, beta=beta, points=points, ridges=ridges, paddings=paddings)
    similarities = compare_memories(frames, memories, queries=queries, steps=steps, query_chunk=query_chunk)
    return summarise(similarities, ["integration", "ridge", "padding", "N"])


def integration_memories(
    count: int, points: Iterable[int], *, beta: float = 10.0, ridge: float = 0.5
) -> dict[Hashable, Memory]:
    """Continuous memories of one size that differ in how they integrate.

    Args:
        count: The size N.
        points: Numbers of points, each at least 2.
        beta: Inverse temperature β.
        ridge: λ of the fit.

    Returns:
        What builds each, named ``(integration, points)``: ``trapezoid``, ``gauss-legendre``, and one ``exact`` with as
        many points as bins.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is too small.
    """
    basis = RectangularBasis(count)
    rules: dict[tuple[str, int], Integration] = {("exact", count): Exact()}
    for number in require_sizes("points", points):
        rules["trapezoid", number] = Trapezoid(number)
        rules["gauss-legendre", number] = GaussLegendre(number)
    return {
        name: partial(ContinuousHopfield.fit, basis=basis, beta=beta, ridge=ridge, integration=rule)
        for name, rule in rules.items()
    }


def integration_sweep(
    frames: Float[Tensor, "L D"],
    count: int,
    points: Iterable[int],
    *,
    beta: float = 10.0,
    ridge: float = 0.5,
    queries: Float[Tensor, "L D"] | Callable[[Tensor], Tensor] | None = None,
    steps: int = 1,
    query_chunk: int = 256,
) -> pd.DataFrame:
    """Retrieval at one size N against the number of integration points.

    Args:
        frames: Frames or embeddings of one video, one per row.
        count: The size N.
        points: Numbers of points, each at least 2.
        beta: Inverse temperature β.
        ridge: λ of the fit.
        queries: The damaged copies, or what makes them from a chunk of frames; the frames with their lower half
            masked if None.
        steps: Number of updates.
        query_chunk: Queries held at once.

    Returns:
        A row for each ``integration`` (``trapezoid``, ``gauss-legendre``) and ``points``, and one for ``exact`` with as
        many points as bins, with ``cosine``, ``cosine_std`` and ``n``.

    Raises:
        TypeError: If a number is not whole, or as `compare_memories`.
        ValueError: If a number is too small, or as `compare_memories`.

    Source: Santos et al. (2025), appendix B, figure 4.
    """
    require_frames("frames", frames)
    memories = integration_memories(count, points, beta=beta, ridge=ridge)
    similarities = compare_memories(frames, memories, queries=queries, steps=steps, query_chunk=query_chunk)
    return summarise(similarities, ["integration", "points"])
