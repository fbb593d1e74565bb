"""Retrieval against memory size: the paper's measurement of what compression costs."""

from collections.abc import Callable, Iterable

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from chmnet._validation import require_at_least, require_frames
from chmnet.basis import RectangularBasis
from chmnet.continuous import ContinuousHopfield
from chmnet.discrete import DiscreteHopfield
from chmnet.integration import Exact, Integration
from chmnet.network import HopfieldNetwork
from chmnet.queries import mask_lower_half
from chmnet.subsampling import evenly_spaced

__all__ = ["retrieval_similarity", "retrieval_sweep"]

_EXACT = Exact()


def retrieval_similarity(
    network: HopfieldNetwork,
    frames: Float[Tensor, "L D"],
    *,
    corrupt: Callable[[Tensor], Tensor] = mask_lower_half,
    steps: int = 1,
    query_chunk: int = 256,
) -> Float[Tensor, " L"]:
    """Cosine similarity between each frame and what the memory answers to a damaged copy of it.

    Args:
        network: The memory asked.
        frames: True frames, one a row.
        corrupt: What turns a chunk of frames into queries.
        steps: Number of updates.
        query_chunk: Queries held at once.

    Returns:
        One similarity a frame, in [-1, 1]; 0 where the answer has no length.

    Raises:
        TypeError: If the frames are not of the memory's type.
        ValueError: If there are no frames, their width is not the memory's, or a count is too small.
    """
    require_frames("frames", frames)
    require_at_least("query_chunk", query_chunk, 1)
    similarity = [
        torch.nn.functional.cosine_similarity(network.retrieve(corrupt(truth), steps), truth, dim=-1)
        for truth in frames.split(query_chunk)
    ]
    return torch.cat(similarity)


@torch.no_grad()
def retrieval_sweep(
    frames: Float[Tensor, "L D"],
    counts: Iterable[int],
    *,
    beta: float = 10.0,
    ridge: float = 0.5,
    integration: Integration = _EXACT,
    support: tuple[float, float] = (0.0, 1.0),
    domain: tuple[float, float] = (0.0, 1.0),
    corrupt: Callable[[Tensor], Tensor] = mask_lower_half,
    steps: int = 1,
    query_chunk: int = 256,
) -> pd.DataFrame:
    """Retrieval by discrete memories of N frames and by continuous ones of N uniform bins.

    Every frame is a query, damaged by ``corrupt``. The discrete memory keeps N evenly spaced frames.

    Args:
        frames: Frames of one video, one a row, flattened [H, W, C].
        counts: The sizes N, each at most L.
        beta: Inverse temperature β.
        ridge: λ of the continuous memory's fit.
        integration: How the continuous memory integrates; ``Trapezoid(500)`` is the paper's.
        support: Support of the bins; ``(-0.5, 1.5)`` pads the observations on [0, 1].
        domain: Start and end of the continuous memory's integrals.
        corrupt: What turns a chunk of frames into queries.
        steps: Number of updates.
        query_chunk: Queries held at once: beside the frames and one memory, no array is larger than
            query_chunk × max(N, D).

    Returns:
        A row for each variant (``discrete``, ``continuous``) and N: the mean of the cosine similarity over
        frames (``cosine``), its standard deviation (``cosine_std``, 0 for one frame) and the number of frames
        (``n``).

    Raises:
        TypeError: If the frames are not floating-point or a size is not a whole number.
        ValueError: If the frames are empty or not finite, a size is not in [1, L], or a setting is refused by
            the networks.

    Source: Santos et al. (2025), section 5.2, figure 2.
    """
    require_frames("frames", frames)
    counts = list(counts)
    kept = [evenly_spaced(len(frames), count) for count in counts]

    def memories() -> Iterable[tuple[str, int, HopfieldNetwork]]:
        for count, indices in zip(counts, kept, strict=True):
            yield "discrete", count, DiscreteHopfield(frames[indices.to(frames.device)], beta)
            basis = RectangularBasis(count, support)
            continuous = ContinuousHopfield.fit(
                frames, basis, beta=beta, ridge=ridge, integration=integration, domain=domain
            )
            yield "continuous", count, continuous

    rows = []
    for variant, count, network in tqdm(memories(), total=2 * len(counts), desc="memories", disable=None):
        similarity = retrieval_similarity(
            network, frames, corrupt=corrupt, steps=steps, query_chunk=query_chunk
        ).double()
        rows.append(
            {
                "variant": variant,
                "N": count,
                "cosine": float(similarity.mean()),
                "cosine_std": float(similarity.std(correction=0)),
                "n": len(similarity),
            }
        )
    return pd.DataFrame(rows, columns=["variant", "N", "cosine", "cosine_std", "n"])
