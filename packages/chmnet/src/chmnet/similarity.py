"""Corrections of the dot product that decides which part of a memory a query is near to."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from amcore.torch.autocast import wide, without_autocast
from chmnet._validation import require_frames

__all__ = ["euclidean_offset"]


def euclidean_offset(
    coefficients: Float[Tensor, "N D"], observed: Bool[Tensor, " D"] | None = None
) -> Float[Tensor, " N"]:
    r"""The offset that turns the dot product into a distance, on the entries a query can show.

    .. math:: b_n = -\tfrac12 \lVert m \odot x_n \rVert^2, \qquad
              x_n^\top q + b_n = \tfrac12 \lVert q \rVert^2 - \tfrac12 \lVert q - m \odot x_n \rVert^2
              \quad\text{for}\quad q = m \odot q

    The dot product favours patterns of large norm, whatever the query; means of a few alike frames have a larger
    norm than means of many different ones. The offset takes the favour away, as far as what is shown goes.

    Whatever constants b are added, the update is still a CCCP step and still never raises its energy

    .. math:: E(q) = -\frac1\beta \log \sum_n w_n \exp\!\left(\beta (x_n^\top q + b_n)\right)
              + \tfrac12 \lVert q \rVert^2

    since the logarithm of a sum of exponentials of *affine* functions of q is convex, and its gradient is the
    expectation. Two things do not follow. An answer is not 0 where the query was, so from the second
    update on b_n is an offset and s + b no distance. And a distance is quadratic in the signal: with
    smooth bases, qᵀx̄(t) + bᵀψ(t) is the distance to x̄(t) only where one function alone is 1; between,
    it is an interpolation. For patterns and for rectangular bins the identity is exact at every t.

    Args:
        coefficients: Patterns of a discrete memory or coefficients of a continuous one, one per row.
        observed: The mask m: which entries queries show, the others being 0; all if None.

    Returns:
        One offset a row, for the networks' argument ``offset``; in float32 where coefficients are in half precision.

    Raises:
        TypeError: If the coefficients are not floating-point, or the mask is not of torch.bool.
        ValueError: If the coefficients are empty or not finite, or the mask is not one per entry.
    """
    require_frames("coefficients", coefficients)
    if observed is None:
        return wide(coefficients).square().sum(dim=-1) / -2
    if not isinstance(observed, Tensor) or observed.dtype != torch.bool:
        kind = observed.dtype if isinstance(observed, Tensor) else type(observed).__name__
        raise TypeError(f"observed must be a tensor of torch.bool, but is {kind}")
    if observed.shape != coefficients.shape[1:]:
        raise ValueError(
            f"observed must be one per entry, shape {tuple(coefficients.shape[1:])}, "
            f"but has shape {tuple(observed.shape)}"
        )
    mask = wide(observed.to(coefficients))
    # Row by row of a matrix product: no second array of the memory's size.
    with without_autocast(mask):
        return torch.stack([(row * mask) @ row for row in map(wide, coefficients)]) / -2
