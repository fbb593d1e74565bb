"""The log-sum-exp matrix product: a matrix product in the logarithm's domain."""

import functools

import torch
from jaxtyping import Float
from torch import Tensor

from cmhn._validation import has_values

__all__ = ["log_sum_exp_product"]

_TILE = 16_384
_ENTRIES = 2**22
_WITHOUT_FLOAT64 = ("mps",)
# A product this small may have lost terms below the smallest number; all others hold every term that counts.
_SMALLEST = {torch.float64: 1e-280, torch.float32: 1e-25}


def log_sum_exp_product(left: Float[Tensor, "I N"], right: Float[Tensor, "J N"]) -> Float[Tensor, "I J"]:
    r"""For every pair of rows, the log-sum-exp of their sum.

    .. math:: Z_{ij} = \log \sum_n \exp(u_{in} + v_{jn})
              = \max_n u_{in} + \max_n v_{jn} + \log \bigl(\tilde U \tilde V^\top\bigr)_{ij}

    with rows shifted by their maxima and exponentiated. The product is taken in float64, whose range holds sums
    down to e⁻⁶⁴⁰; a pair whose two rows disagree by more is summed directly, so the answer is exact for any
    input. Nothing of size I × J × N is kept. On a device without float64 the product is taken in float32; while a
    graph is traced every pair is summed directly, for then nothing may depend on what the rows hold.

    Args:
        left: U, one row a left item.
        right: V, one row a right item.

    Returns:
        Z, in the type of ``left``.

    Raises:
        ValueError: If the rows are empty.
    """
    if left.shape[1] == 0:
        raise ValueError("left and right must have at least one column, but are empty")
    widest = torch.float32 if left.device.type in _WITHOUT_FLOAT64 else torch.float64
    starts = range(0, left.shape[1], _TILE)
    tiles = (
        _product(left[:, start : start + _TILE].to(widest), right[:, start : start + _TILE].to(widest))
        for start in starts
    )
    return functools.reduce(torch.logaddexp, tiles).to(left.dtype)


def _product(left: Tensor, right: Tensor) -> Tensor:
    if not has_values(left, right):
        return torch.logsumexp(left[:, None] + right, dim=2)
    # The shift cancels in the result, so it needs no gradient of its own.
    left_most, right_most = left.detach().amax(1, keepdim=True), right.detach().amax(1)
    sums = (left - left_most).exp() @ (right - right_most[:, None]).exp().mT
    small = sums.detach() < _SMALLEST[left.dtype]
    logs = torch.where(small, 1.0, sums).log() + left_most + right_most
    if not bool(small.any()):
        return logs
    i, j = small.nonzero(as_tuple=True)
    at_once = max(1, _ENTRIES // left.shape[1])
    direct = [
        torch.logsumexp(left[rows] + right[columns], dim=1)
        for rows, columns in zip(i.split(at_once), j.split(at_once), strict=True)
    ]
    return logs.index_put((i, j), torch.cat(direct))
