"""Any number of memories of the same frames, asked from inner products alone."""

from collections.abc import Hashable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from amcore.torch.autocast import without_autocast
from chmnet._validation import require_at_least, require_frames, require_mapping
from chmnet.continuous import ContinuousHopfield
from chmnet.network import HopfieldNetwork, Memory
from chmnet.video.products import InnerProducts

__all__ = ["compare_products", "product_offset"]


_LINEAR = 1e-3
"""How far a linear fit may seem from linear, of its largest entry."""

_LEVELS = 64
"""Levels of the signals by which a fit is seen to be linear: few, so that their combination is exact in float32."""


@torch.no_grad()
def compare_products(
    products: InnerProducts,
    memories: Mapping[Hashable, Memory],
    *,
    steps: int = 1,
    query_chunk: int = 1024,
) -> dict[Hashable, Float[Tensor, " L"]]:
    r"""Cosine similarity between each frame and what memories answer to its damaged copy.

    A memory with coefficients B = A X, N of them, answers with c B for weights c, and

    .. math:: q \to X A^\top c, \qquad \cos = \frac{c \cdot (A K)_i}{\sqrt{c^\top A K A^\top c} \, \lVert x_i \rVert},
              \qquad K = X X^\top

    What builds the memory from frames builds A K from K, and so on: A itself is never needed. For bins a memory costs
    O(L²) to build and O(L·N²) to ask.

    Args:
        products: Inner products of the frames and their damaged copies.
        memories: By name, what builds each memory from frames, linearly.
        steps: Number of updates, at least 1.
        query_chunk: Queries held at once.

    Returns:
        For each name one similarity a frame, in [-1, 1]; 0 where the answer has no length.

    Raises:
        TypeError: If a count is not a whole number.
        ValueError: If a count is below 1, or what builds a memory is not linear in the frames.
    """
    steps = require_at_least("steps", steps, 1)
    query_chunk = require_at_least("query_chunk", query_chunk, 1)
    require_mapping("memories", memories, "names to what builds each")
    if not isinstance(products, InnerProducts):
        raise TypeError(f"products must be InnerProducts, but are {type(products).__name__}")
    lengths = products.gram.diagonal().clamp(min=0).sqrt()
    similarities: dict[Hashable, Tensor] = {}
    for name, build in tqdm(memories.items(), desc="memories", disable=None, leave=False):
        with without_autocast(products.gram):
            _require_linear(name, build, products.gram)
            similarities[name] = _similarity(products, build, lengths, steps, query_chunk)
    return similarities


def _require_linear(name: Hashable, build: Memory, gram: Tensor) -> None:
    """Refuse what builds a memory otherwise than as A X: of two signals, and of their difference, it must show."""
    # A fit without a ridge amplifies what a combination is rounded by; a combination of whole levels is not rounded.
    level = torch.exp2((gram.abs().max() / _LEVELS).log2().floor())
    # Nor may what it amplifies leave the range of similarities, where the frames themselves stay within.
    least = level.clamp(max=1 / _LEVELS)
    signals = (gram[:, :1], gram[:, -1:].flip(0))
    one, other = (torch.where(level > 0, (signal / level).round() * least, 0) for signal in signals)
    built = [build(signal).memory for signal in (one, other, one - 2 * other)]
    error = (built[0] - 2 * built[1] - built[2]).abs().max()
    if not bool(error <= _LINEAR * torch.stack([part.abs().max() for part in built]).max()):
        raise ValueError(
            f"memories must build each memory linearly from frames, but {name!r} does not: "
            "choose its bins, or whatever depends on the frames, beforehand"
        )


def _similarity(
    products: InnerProducts, build: Memory, lengths: Tensor, steps: int, query_chunk: int
) -> Tensor:
    network = build(products.scores.mT)
    to_frames = build(products.gram).memory
    to_memory = build(to_frames.mT).memory
    chunks = []
    for start in range(0, len(lengths), query_chunk):
        rows = slice(start, start + query_chunk)
        potential = network.memory[:, rows].mT
        for _ in range(steps - 1):
            potential = _answer_weights(network, potential) @ to_memory
        weights = _answer_weights(network, potential)
        image = weights @ to_memory
        inner = (weights * to_frames[:, rows].mT).sum(-1)
        norm = (weights * image).sum(-1).clamp(min=0).sqrt() * lengths[rows]
        chunks.append(inner / torch.where(norm > 0, norm, torch.inf))
    return torch.cat(chunks).clamp(-1, 1)


def _answer_weights(network: HopfieldNetwork, potential: Tensor) -> Tensor:
    """Weights of the coefficients in the answer to queries with given inner products with the coefficients."""
    values = network.values if isinstance(network, ContinuousHopfield) else None
    similarity = potential if network.offset is None else potential + network.offset
    if values is not None:
        similarity = similarity @ values
    weights = (network.beta * similarity + network.log_weights).softmax(dim=-1)
    return weights if values is None else weights @ values.mT


def product_offset(shown: Float[Tensor, "L L"], build: Memory) -> Float[Tensor, " N"]:
    """`euclidean_offset` of a memory's coefficients from inner products alone.

    Args:
        shown: Inner products of the frames on the entries that queries show; for half-masked frames
            the scores of `half_masked_products`.
        build: What builds the memory from frames, linearly.

    Raises:
        TypeError: If the products are not floating-point.
        ValueError: If the products are not finite.
    """
    require_frames("shown", shown)
    return build(build(shown).memory.mT).memory.diagonal() / -2
