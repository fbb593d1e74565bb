"""Retrieval against memory size: the paper's measurement of what compression costs."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from amcore.torch.autocast import wide
from chmnet._exact import double
from chmnet._validation import (
    require_at_least,
    require_frames,
    require_mapping,
    require_queries,
    require_sizes,
)
from chmnet.bases.rectangular import RectangularBasis
from chmnet.continuous import ContinuousHopfield
from chmnet.discrete import DiscreteHopfield
from chmnet.evaluation.comparison import compare_products
from chmnet.evaluation.subsampling import evenly_spaced
from chmnet.integration import Exact, Integration
from chmnet.network import HopfieldNetwork, Memory
from chmnet.queries import mask_lower_half
from chmnet.video.products import query_products

__all__ = [
    "Memory",
    "compare_memories",
    "retrieval_similarity",
    "retrieval_sweep",
    "summarise",
    "sweep_memories",
]

_EXACT = Exact()


def retrieval_similarity(
    network: HopfieldNetwork,
    frames: Float[Tensor, "L D"],
    *,
    queries: Float[Tensor, "L D"] | Callable[[Tensor], Tensor] | None = None,
    steps: int = 1,
    query_chunk: int = 256,
) -> Float[Tensor, " L"]:
    """Cosine similarity between each frame and what the memory answers to a damaged copy of it.

    Args:
        network: The memory asked.
        frames: True frames, one per row.
        queries: The damaged copies, or what makes them from a chunk of frames; the frames with their lower half
            masked if None.
        steps: Number of updates.
        query_chunk: Queries held at once.

    Returns:
        One similarity a frame, in [-1, 1]; 0 where the answer has no length.

    Raises:
        TypeError: If frames or queries are not of the memory's type.
        ValueError: If there are no frames, their width is not the memory's, the queries are not one per frame, or a
            count is too small.
    """
    _require_task(frames, queries, steps, query_chunk)
    similarity = [
        torch.nn.functional.cosine_similarity(
            wide(network.retrieve(_queries(queries, frames, rows), steps)), wide(frames[rows]), dim=-1
        )
        for rows in _chunks(len(frames), query_chunk)
    ]
    return torch.cat(similarity).clamp(-1, 1)


@torch.no_grad()
def compare_memories(
    frames: Float[Tensor, "L D"],
    memories: Mapping[Hashable, Memory],
    *,
    queries: Float[Tensor, "L D"] | Callable[[Tensor], Tensor] | None = None,
    steps: int = 1,
    query_chunk: int = 256,
) -> dict[Hashable, Float[Tensor, " L"]]:
    r"""`retrieval_similarity` of any number of memories of the same frames, at little more than the cost of one.

    The memories are linear in their frames and answer with combinations of them: all that counts of the frames
    are the inner products with each other, X Xᵀ, and with the queries, Q Xᵀ. Where frames are wider
    than they are many these are taken once (`query_products`), and the memories are compared by them
    (`compare_products`). Frames that are not to be held in floating point go there themselves.

    Args:
        frames: True frames, one per row.
        memories: By name, what builds each memory from frames. Bin edges, bases and choices of frames are its
            own and may come from the frames beforehand.
        queries: The damaged copies, or what makes them from a chunk of frames; the frames with their lower half
            masked if None.
        steps: Number of updates.
        query_chunk: Queries held at once: beside the frames and a few arrays L × L, no array is larger than
            query_chunk × max(L, D).

    Returns:
        For each name one similarity a frame, in [-1, 1].

    Raises:
        TypeError: If frames or queries are not floating-point.
        ValueError: If the frames are empty or not finite, the queries are not one per frame, or a count is too small.
    """
    _require_task(frames, queries, steps, query_chunk)
    require_mapping("memories", memories, "names to what builds each")
    length, width = frames.shape
    # A query that is not updated need not lie in the span of the frames.
    if width <= length or steps == 0:
        answer = partial(retrieval_similarity, queries=queries, steps=steps, query_chunk=query_chunk)
        progress = tqdm(memories.items(), desc="memories", disable=None, leave=False)
        return {name: answer(build(frames), frames) for name, build in progress}
    products = query_products(frames, queries, block=query_chunk)
    return compare_products(products, memories, steps=steps, query_chunk=query_chunk)


def sweep_memories(
    length: int,
    counts: Iterable[int],
    *,
    beta: float = 10.0,
    ridge: float = 0.5,
    integration: Integration = _EXACT,
    support: tuple[float, float] = (0.0, 1.0),
    domain: tuple[float, float] = (0.0, 1.0),
) -> dict[Hashable, Memory]:
    """The paper's pair of memories at each size: N evenly spaced frames, and N uniform bins.

    Args:
        length: Number L of frames.
        counts: The sizes N, each at most L.
        beta: Inverse temperature β.
        ridge: λ of the continuous memory's fit.
        integration: How the continuous memory integrates; ``Trapezoid(500)`` is the paper's.
        support: Support of the bins; ``(-0.5, 1.5)`` pads the observations on [0, 1].
        domain: Start and end of the continuous memory's integrals.

    Returns:
        What builds each, named ``("discrete", N)`` and ``("continuous", N)``.

    Raises:
        TypeError: If a size is not a whole number.
        ValueError: If a size is not in [1, L].
    """
    memories: dict[Hashable, Memory] = {}
    for count in require_sizes("counts", counts):
        memories["discrete", count] = partial(_discrete, kept=evenly_spaced(length, count), beta=beta)
        memories["continuous", count] = partial(
            ContinuousHopfield.fit,
            basis=RectangularBasis(count, support),
            beta=beta,
            ridge=ridge,
            integration=integration,
            domain=domain,
        )
    return memories


def _discrete(frames: Tensor, kept: Tensor, beta: float) -> DiscreteHopfield:
    return DiscreteHopfield(frames[kept.to(frames.device)], beta)


def summarise(similarities: Mapping[Hashable, Float[Tensor, " L"]], names: Sequence[str]) -> pd.DataFrame:
    """Mean and spread over frames of what `compare_memories` gives.

    Args:
        similarities: Similarities by name, a name being a tuple of factors.
        names: What the factors are called.

    Returns:
        A row per memory: its factors, the mean of the cosine similarity over frames (``cosine``), the standard
        deviation (``cosine_std``, 0 for one frame) and the number of frames (``n``).
    """
    rows = []
    for factors, similarity in similarities.items():
        values = double(similarity)
        row = dict(zip(names, factors if isinstance(factors, tuple) else (factors,), strict=True))
        row |= {
            "cosine": float(values.mean()),
            "cosine_std": float(values.std(correction=0)),
            "n": len(values),
        }
        rows.append(row)
    return pd.DataFrame(rows, columns=[*names, "cosine", "cosine_std", "n"])


def retrieval_sweep(
    frames: Float[Tensor, "L D"],
    counts: Iterable[int],
    *,
    beta: float = 10.0,
    ridge: float = 0.5,
    integration: Integration = _EXACT,
    support: tuple[float, float] = (0.0, 1.0),
    domain: tuple[float, float] = (0.0, 1.0),
    queries: Float[Tensor, "L D"] | Callable[[Tensor], Tensor] | None = None,
    steps: int = 1,
    query_chunk: int = 256,
) -> pd.DataFrame:
    """Retrieval of every frame by discrete memories of N frames and by continuous ones of N uniform bins.

    Args:
        frames: Frames of one video, one per row, flattened [H, W, C].
        counts: The sizes N, each at most L (`sweep_memories`).
        beta: Inverse temperature β.
        ridge: λ of the continuous memory's fit.
        integration: How the continuous memory integrates; ``Trapezoid(500)`` is the paper's.
        support: Support of the bins; ``(-0.5, 1.5)`` pads the observations on [0, 1].
        domain: Start and end of the continuous memory's integrals.
        queries: The damaged copies, or what makes them from a chunk of frames; the frames with their lower half
            masked if None.
        steps: Number of updates.
        query_chunk: Queries held at once (`compare_memories`).

    Returns:
        A row for each ``variant`` (``discrete``, ``continuous``) and ``N``: the mean of the cosine similarity over
        frames (``cosine``), its standard deviation (``cosine_std``, 0 for one frame) and the number of frames
        (``n``).

    Raises:
        TypeError: If the frames are not floating-point or a size is not a whole number.
        ValueError: If the frames are empty or not finite, a size is not in [1, L], or a setting is refused by
            the networks.

    Source: Santos et al. (2025), sections 5.2 and 5.3, figures 2 and 3.
    """
    require_frames("frames", frames)
    memories = sweep_memories(
        len(frames), counts, beta=beta, ridge=ridge, integration=integration, support=support, domain=domain
    )
    similarities = compare_memories(frames, memories, queries=queries, steps=steps, query_chunk=query_chunk)
    return summarise(similarities, ["variant", "N"])


def _chunks(length: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def _queries(queries: Tensor | Callable[[Tensor], Tensor] | None, frames: Tensor, rows: slice) -> Tensor:
    if isinstance(queries, Tensor):
        return queries[rows]
    return (mask_lower_half if queries is None else queries)(frames[rows])


def _require_task(
    frames: Tensor, queries: Tensor | Callable[[Tensor], Tensor] | None, steps: int, query_chunk: int
) -> None:
    require_frames("frames", frames)
    require_at_least("steps", steps, 0)
    require_at_least("query_chunk", query_chunk, 1)
    if queries is not None:
        require_queries(queries, frames)
