"""Inner products of frames: all that retrieval of a whole video needs to know of its pixels."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor
from tqdm import tqdm

from amcore.torch.autocast import wide, without_autocast
from chmnet._exact import with_float64
from chmnet._validation import require_at_least, require_frames, require_queries, require_wide
from chmnet.queries import add_gaussian_noise

__all__ = [
    "InnerProducts",
    "frame_products",
    "half_masked_products",
    "query_products",
]

_CENTRE = 127.5
_TILE = 2**24
"""Numbers in a tile of frames: 64 MB in float32."""


@dataclass(frozen=True)
class InnerProducts:
    """Inner products of L frames with each other and with their damaged copies.

    A memory that is linear in its frames answers with combinations of them, so its answers and how near these come to
    the truth depend on nothing else. Frames of 150,528 numbers become L numbers each.

    Attributes:
        gram: X Xᵀ, the frames with each other.
        scores: Q Xᵀ, a row per query; query i is the damaged copy of frame i.
    """

    gram: Float[Tensor, "L L"]
    scores: Float[Tensor, "L L"]

    def __post_init__(self) -> None:
        for name, products in (("gram", self.gram), ("scores", self.scores)):
            require_wide(name, products)
            require_frames(name, products)
        length = len(self.gram)
        if self.gram.shape != (length, length) or self.scores.shape != (length, length):
            raise ValueError(
                "gram and scores must both be L × L, but have shapes "
                f"{tuple(self.gram.shape)} and {tuple(self.scores.shape)}"
            )

    def __len__(self) -> int:
        return len(self.gram)

    def subset(self, kept: Int[Tensor, " K"]) -> "InnerProducts":
        """The products of some of the frames, by index."""
        return InnerProducts(self.gram[kept][:, kept], self.scores[kept][:, kept])

    def save(self, path: Path | str) -> None:
        """Write both matrices to one ``.npy`` file."""
        with Path(path).open("wb") as file:
            np.save(file, torch.stack([self.gram, self.scores]).cpu().numpy())

    @classmethod
    def load(cls, path: Path | str) -> "InnerProducts":
        """Read what `save` has written.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file holds something else.
        """
        both = torch.from_numpy(np.load(path, allow_pickle=False))
        if both.ndim != 3 or len(both) != 2:
            raise ValueError(f"{path} must hold two L × L matrices, but holds shape {tuple(both.shape)}")
        return cls(both[0], both[1])


@torch.no_grad()
def half_masked_products(
    frames: UInt8[np.ndarray, "L H W C"] | Float[Tensor, "L D"], *, block: int = 512
) -> InnerProducts:
    r"""Inner products of frames, queries being the frames with their lower half at 0.

    .. math:: Q X^\top = U U^\top, \qquad X X^\top = U U^\top + V V^\top

    with U the upper and V the lower halves. Both are symmetric, so only blocks on and above the diagonal are
    computed: L²·D multiplications and additions (and as much again of the blocks on the diagonal, a ``block / L``-th)
    in place of the 4·L²·D of two full products. Frames are read and scaled a stripe of pixels at a time; a
    memory-mapped array is never held whole. Sums over stripes are float64.

    Args:
        frames: Frames as bytes 0 … 255, which stand for pixels in [-1, 1], a memory-mapped array at will; or flattened
            frames as they are. Of an odd number of rows the middle one is shown (`mask_lower_half`).
        block: Frames of a block.

    Returns:
        Products, of bytes in float32, of frames in their type, or float32 where that is half precision.

    Raises:
        TypeError: If the frames are neither bytes nor floating-point, or ``block`` is not whole.
        ValueError: If there are no frames, bytes are not [L, H, W, C], frames are not finite, or ``block`` is
            below 1.

    Source: Santos et al. (2025), section 5.2 (frames, range and mask).
    """
    block = require_at_least("block", block, 1)
    if isinstance(frames, np.ndarray):
        _require_levels(frames)
        length, height = frames.shape[:2]
        flat = frames.reshape(length, -1)
        shown = (height - height // 2) * (flat.shape[1] // height)
        kind, device = torch.float32, torch.device("cpu")
    else:
        require_frames("frames", frames)
        flat, length = frames, len(frames)
        shown = flat.shape[1] - flat.shape[1] // 2
        kind, device = wide(frames[:0]).dtype, frames.device
    upper = torch.zeros(length, length, dtype=torch.float64, device=with_float64(device))
    lower = torch.zeros_like(upper)
    for side, columns in ((upper, (0, shown)), (lower, (shown, flat.shape[1]))):
        _add_gram(side, flat, columns, block)
        _mirror(side)
    return InnerProducts((upper + lower).to(kind).to(device), upper.to(kind).to(device))


def _require_levels(levels: np.ndarray) -> None:
    if levels.dtype != np.uint8:
        raise TypeError(f"frames must be bytes (uint8) or a tensor, but are {levels.dtype}")
    if levels.ndim != 4 or 0 in levels.shape:
        raise ValueError(f"frames must be bytes [L, H, W, C], but has shape {levels.shape}")


def _add_gram(total: Tensor, flat: np.ndarray | Tensor, columns: tuple[int, int], block: int) -> None:
    """Add X Xᵀ over some columns of X to the blocks of the total on and above its diagonal."""
    starts = range(0, len(flat), block)
    for stripe in _stripes(flat, columns):
        for row in starts:
            left = stripe[row : row + block]
            for column in range(row, len(flat), block):
                with without_autocast(stripe):
                    products = left @ stripe[column : column + block].mT
                total[row : row + block, column : column + block] += products.to(total.device)


def _stripes(flat: np.ndarray | Tensor, columns: tuple[int, int]) -> Iterator[Tensor]:
    span = max(1, _TILE // len(flat))
    starts = range(*columns, span)
    for start in tqdm(starts, desc="inner products", disable=None, leave=False):
        stripe = flat[:, start : min(start + span, columns[1])]
        if isinstance(stripe, np.ndarray):
            stripe = torch.from_numpy(stripe.astype(np.float32)).div_(_CENTRE).sub_(1)
        yield wide(stripe)


def _mirror(total: Tensor) -> None:
    """What is above the diagonal, below it too."""
    total.copy_(total.triu() + total.triu(1).mT)


@torch.no_grad()
def query_products(
    frames: Float[Tensor, "L D"],
    queries: Float[Tensor, "L D"] | Callable[[Tensor], Tensor] | None = None,
    *,
    block: int = 512,
) -> InnerProducts:
    r"""Inner products of frames with each other and with any queries.

    X Xᵀ is symmetric and costs L²·D multiplications and additions, Q Xᵀ in general 2·L²·D. Of half-masked copies, which
    are the default, `half_masked_products` needs no second product.

    Args:
        frames: Frames, one per row.
        queries: Their damaged copies, or what makes them from a few frames; the frames with their lower half masked
            if None.
        block: Frames of a block.

    Returns:
        Products in the type of the frames, or float32 where that is half precision.

    Raises:
        TypeError: If frames or queries are not floating-point.
        ValueError: If the frames are empty or not finite, the queries are not one per frame, or ``block`` is below 1.
    """
    if queries is None:
        return half_masked_products(frames, block=block)
    require_frames("frames", frames)
    require_at_least("block", block, 1)
    require_queries(queries, frames)
    length, width = frames.shape
    gram = torch.zeros(length, length, dtype=torch.float64, device=with_float64(frames.device))
    _add_gram(gram, frames, (0, width), block)
    _mirror(gram)
    scores = wide(frames.new_empty(length, length))
    held = max(1, min(block, _TILE // width))
    for start in range(0, length, held):
        rows = slice(start, start + held)
        asked = queries[rows] if isinstance(queries, Tensor) else queries(frames[rows])
        with without_autocast(frames):
            scores[rows] = wide(asked) @ wide(frames).mT
    return InnerProducts(gram.to(scores.dtype).to(scores.device), scores)


@torch.no_grad()
def frame_products(
    frames: Float[Tensor, "L D"], sigma: float, *, generator: torch.Generator | None = None
) -> InnerProducts:
    """Inner products of frames or embeddings, queries being the frames with Gaussian noise.

    Args:
        frames: Frames, one per row.
        sigma: Standard deviation of the noise, in the frames' units.
        generator: Where the noise comes from; torch's own if None.

    Raises:
        TypeError: If the frames are not floating-point.
        ValueError: If the frames are empty or not finite, or ``sigma`` is negative.

    Source: Santos et al. (2025), section 5.3.
    """
    require_frames("frames", frames)
    return query_products(frames, add_gaussian_noise(frames, sigma, generator=generator))
