"""The ridge fit of a basis to frames: how a sequence becomes a continuous-time memory."""

import torch
from jaxtyping import Float
from torch import Tensor

from chmnet._validation import require_finite, require_floating, require_frames, require_non_negative
from chmnet.basis import Basis, RectangularBasis

__all__ = ["frame_times", "ridge_fit"]


def frame_times(length: int, device: torch.device | None = None) -> Float[Tensor, " L"]:
    r"""Times of L frames on [0, 1]: the midpoints of L equal intervals.

    .. math:: t_\ell = (\ell - \tfrac12) / L

    Midpoints give each of N = L uniform bins exactly one frame; the paper says only that times are
    ordered on [0, 1].
    """
    return (torch.arange(length, dtype=torch.float64, device=device) + 0.5) / length


def ridge_fit(
    frames: Float[Tensor, "L D"],
    times: Float[Tensor, " L"] | None,
    basis: Basis,
    ridge: float,
) -> Float[Tensor, "N D"]:
    r"""Coefficients of the basis that reconstruct the frames, shrunk by the ridge.

    .. math:: B = (F F^\top + \lambda I)^{-1} F X, \qquad \bar x(t) = B^\top \psi(t)

    With rectangular bins F Fᵀ is diagonal and B is a segment mean, O(L·D). Other bases solve an N × N system
    by Cholesky in float64, or by singular values where λ is too small for it. λ = 0 is the solution of
    minimum norm: a bin without a frame has coefficient 0.

    Args:
        frames: Observations X, one a row, in order of time.
        times: Their times t_1 ≤ … ≤ t_L inside the basis' support; `frame_times` if None.
        basis: The basis ψ(t).
        ridge: λ, in units of squared basis functions (a count of frames, for rectangular bins).

    Returns:
        Coefficients B, one row a basis function, in the type of the frames.

    Raises:
        TypeError: If frames or times are not floating-point.
        ValueError: If there are no frames, a value is not finite, the times do not match the frames, are
            not sorted or leave the support, or λ is negative.

    Source: Santos et al. (2025), section 4, equations 4 and 5.
    """
    require_frames("frames", frames)
    require_non_negative("ridge", ridge)
    times = frame_times(len(frames), frames.device) if times is None else times
    _require_times(times, len(frames), basis.support)
    if isinstance(basis, RectangularBasis):
        return _segment_means(frames, times, basis, ridge)
    operator = _ridge_operator(basis.evaluate(times.to(torch.float64)), ridge)
    return operator.to(frames) @ frames


def _require_times(times: Tensor, length: int, support: tuple[float, float]) -> None:
    require_floating("times", times)
    if times.shape != (length,):
        raise ValueError(
            f"times must be one a frame, shape ({length},), but came with shape {tuple(times.shape)}"
        )
    require_finite("times", times)
    if not (times.diff() >= 0).all():
        raise ValueError("times must be sorted from first to last, but are not")
    first, last = float(times[0]), float(times[-1])
    if first < support[0] or last > support[1]:
        raise ValueError(f"times must lie in the basis' support {support}, but span [{first}, {last}]")


def _segment_means(frames: Tensor, times: Tensor, basis: RectangularBasis, ridge: float) -> Tensor:
    bins = basis.locate(times).to(frames.device)
    sums = frames.new_zeros(basis.count, frames.shape[1]).index_add_(0, bins, frames)
    weights = torch.bincount(bins, minlength=basis.count).to(frames.dtype) + ridge
    # A bin with neither a frame nor a ridge holds a sum of 0, and 0 / 1 is its minimum-norm coefficient.
    return sums.div_(torch.where(weights > 0, weights, 1.0)[:, None])


def _ridge_operator(design: Tensor, ridge: float) -> Tensor:
    """(F Fᵀ + λI)⁻¹ F for a dense design matrix F [N, L]."""
    gram = design @ design.mT
    # Below this λ the normal equations have lost half their digits, and singular values have not.
    smallest = torch.finfo(gram.dtype).eps ** 0.5 * float(gram.detach().diagonal().sum())
    if ridge > smallest:
        factor = torch.linalg.cholesky(gram + ridge * torch.eye(len(gram)).to(gram))
        return torch.cholesky_solve(design, factor)
    left, singular, right = torch.linalg.svd(design, full_matrices=False)
    cutoff = torch.finfo(design.dtype).eps * max(design.shape) * singular.amax()
    kept = singular > cutoff
    safe = torch.where(kept, singular, 1.0)
    return (left * torch.where(kept, safe / (safe.square() + ridge), 0.0)) @ right
