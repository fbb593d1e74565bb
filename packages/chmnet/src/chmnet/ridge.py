"""The ridge fit of a basis to frames: how a sequence becomes a continuous-time memory."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from amcore.torch.autocast import wide, without_autocast
from chmnet._exact import alike, double, with_float64
from chmnet._validation import (
    has_values,
    require_finite,
    require_floating,
    require_frames,
    require_non_negative,
    requires_grad,
)
from chmnet.bases.basis import Basis
from chmnet.bases.rectangular import RectangularBasis

__all__ = ["fit_coefficients", "fit_sequences", "frame_times", "ridge_fit"]

_AT_ONCE = 1 << 24
"""Entries of the frames that are held in float64 at once."""

_TRACED_CUTOFF = 1e-12
"""Share of the largest singular value that counts as 0 in a graph, which may be of sizes that are left open."""


def frame_times(length: int, device: torch.device | None = None) -> Float[Tensor, " L"]:
    r"""Times of L frames on [0, 1]: the midpoints of L equal intervals.

    .. math:: t_\ell = (\ell - \tfrac12) / L

    Midpoints give each of N = L uniform bins exactly one frame; the paper says only that times are
    ordered on [0, 1]. They are float64, on the CPU where the device has none.
    """
    return (torch.arange(length, dtype=torch.float64, device=with_float64(device)) + 0.5) / length


def ridge_fit(
    frames: Float[Tensor, "L D"],
    times: Float[Tensor, " L"] | None,
    basis: Basis,
    ridge: float,
) -> Float[Tensor, "N D"]:
    r"""Coefficients of the basis that reconstruct the frames, shrunk by the ridge.

    .. math:: B = (F F^\top + \lambda I)^{-1} F X, \qquad \bar x(t) = B^\top \psi(t)

    With rectangular bins F Fᵀ is diagonal and B is a segment mean, O(L·D). Other bases solve an N × N system
    by Cholesky in float64, or by singular values where λ is too small for it, and take their products with the frames
    in float64. λ = 0 is the solution of minimum norm: a bin without a frame has coefficient 0. Frames in half
    precision are summed in float32. Where gradients pass, or a graph is traced, a small λ is solved by QR, and λ = 0
    by the pseudoinverse.

    Wide functions overlap so much that a fit with a vanishing λ needs huge coefficients of both signs, which float32
    cannot hold to the digits in which they cancel. For frames narrower than float64 λ is therefore at least
    (ε ‖F‖)², with ε the spacing of float32 at 1 and Frobenius' norm: about 1e-10 for 32 functions and 500 frames.

    Args:
        frames: Observations X, one per row, in order of time.
        times: Their times t_1 ≤ … ≤ t_L inside the basis' support; `frame_times` if None.
        basis: The basis ψ(t).
        ridge: λ, in units of squared basis functions (a count of frames, for rectangular bins).

    Returns:
        Coefficients B, one row per basis function, in the type of the frames.

    Raises:
        TypeError: If frames or times are not floating-point.
        ValueError: If there are no frames, a value is not finite, the times do not match the frames, are
            not sorted or leave the support, λ is negative, or coefficients leave the range of float16.

    Source: Santos et al. (2025), section 4, equations 4 and 5.
    """
    require_frames("frames", frames)
    require_non_negative("ridge", ridge)
    times = frame_times(frames.shape[0], frames.device) if times is None else times
    _require_times(times, frames.shape[0], basis.support)
    with without_autocast(frames):
        coefficients = fit_coefficients(wide(frames), times, basis, ridge).to(frames.dtype)
    if frames.dtype == torch.float16:
        # Coefficients of smooth bases reach beyond their frames.
        require_finite("the coefficients of frames in torch.float16", coefficients)
    return coefficients


def fit_coefficients(frames: Tensor, times: Tensor, basis: Basis, ridge: float) -> Tensor:
    """`ridge_fit` of what has been checked, in float32 at least."""
    if isinstance(basis, RectangularBasis):
        bins = basis.locate(times).to(frames.device)
        ones = torch.ones_like(bins, dtype=frames.dtype)
        return _means(frames, bins, ones, basis.count, ridge)
    return _applied(_ridge_operator(basis.evaluate(double(times)), ridge, frames.dtype), frames)


def fit_sequences(
    frames: Float[Tensor, "B L D"], mask: Bool[Tensor, "B L"], basis: Basis, ridge: float
) -> Float[Tensor, "B N D"]:
    """`ridge_fit` of sequences of unequal length, each over all of [0, 1].

    Args:
        frames: Sequences, with anything finite where nothing is.
        mask: Where frames are.
        basis: The basis ψ(t).
        ridge: λ.
    """
    present = mask.to(with_float64(mask.device))
    # The times that `frame_times` gives the frames that are there, whatever stands between them.
    rank = (present.cumsum(1) - 1).clamp(min=0)
    times = (rank.to(torch.float64) + 0.5) / present.sum(1, keepdim=True).clamp(min=1)
    batch, length, width = frames.shape
    shown = torch.where(mask[..., None], frames, 0.0)
    if isinstance(basis, RectangularBasis):
        bins = basis.locate(times.flatten()).to(frames.device)
        rows = bins + basis.count * torch.arange(batch, device=frames.device).repeat_interleave(length)
        counted = mask.flatten().to(frames.dtype)
        flat = shown.reshape(batch * length, width)
        return _means(flat, rows, counted, batch * basis.count, ridge).reshape(batch, basis.count, width)
    design = basis.evaluate(times.flatten()).reshape(basis.count, batch, length).transpose(0, 1)
    design = torch.where(mask[:, None].to(design.device), design, 0.0)
    return _applied(_ridge_operator(design, ridge, frames.dtype), shown)


def _require_times(times: Tensor, length: int, support: tuple[float, float]) -> None:
    require_floating("times", times)
    if times.shape != (length,):
        raise ValueError(
            f"times must be one per frame, shape ({length},), but has shape {tuple(times.shape)}"
        )
    require_finite("times", times)
    if not has_values(times):
        return
    if not bool((times.diff() >= 0).all()):
        raise ValueError("times must be sorted from first to last, but are not")
    first, last = float(times[0]), float(times[-1])
    if first < support[0] or last > support[1]:
        raise ValueError(f"times must lie in the basis' support {support}, but span [{first}, {last}]")


def _means(frames: Tensor, bins: Tensor, counted: Tensor, count: int, ridge: float) -> Tensor:
    sums = frames.new_zeros(count, frames.shape[1])
    # In place, a memory of many pixels is not held twice; under a transform the bins may be many where it is one.
    sums = (sums.index_add_ if has_values(frames, bins) else sums.index_add)(0, bins, frames)
    weights = counted.new_zeros(count).index_add(0, bins, counted) + ridge
    # A bin with neither a frame nor a ridge holds a sum of 0, and 0 / 1 is its minimum-norm coefficient.
    return sums.div_(torch.where(weights > 0, weights, 1.0)[:, None])


def _applied(operator: Tensor, frames: Tensor) -> Tensor:
    """The product in the operator's float64, in the type of the frames; some columns at a time, for it is wide."""
    width = max(1, _AT_ONCE // max(1, frames.shape[-2]))
    parts = [alike(operator @ double(part), frames) for part in frames.split(width, dim=-1)]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)


def _ridge_operator(design: Tensor, ridge: float, dtype: torch.dtype = torch.float64) -> Tensor:
    """(F Fᵀ + λI)⁻¹ F for a dense design matrix F [N, L], or for a batch of them; coefficients will be of a type."""
    size = design.detach().square().sum(dim=(-2, -1))
    if has_values(design):
        # Below this λ the normal equations have lost half their digits, and singular values have not.
        smallest = torch.finfo(design.dtype).eps ** 0.5 * max(size.flatten().tolist(), default=0.0)
        if ridge > smallest:
            gram = design @ design.mT
            factor = torch.linalg.cholesky(gram + ridge * torch.eye(gram.shape[-1]).to(gram))
            return torch.cholesky_solve(design, factor)
    narrow = torch.finfo(dtype).eps > torch.finfo(design.dtype).eps
    least = torch.finfo(dtype).eps ** 2 * size if narrow else torch.zeros_like(size)
    penalty = least.clamp(min=ridge)[..., None, None]
    if has_values(design) and not requires_grad(design):
        return _by_singular_values(design, penalty)
    # No gradient passes through equal singular values, and a trace may not look at λ against what the design holds.
    if ridge > 0 or narrow:
        count, length = design.shape[-2:]
        below = penalty.sqrt() * torch.eye(count, dtype=design.dtype, device=design.device)
        orthogonal, upper = torch.linalg.qr(torch.cat([design.mT, below], dim=-2))
        return torch.linalg.solve_triangular(upper, orthogonal[..., :length, :].mT, upper=True)
    cutoff = torch.finfo(design.dtype).eps * max(design.shape[-2:]) if has_values(design) else _TRACED_CUTOFF
    return torch.linalg.pinv(design.mT, rtol=cutoff)


def _by_singular_values(design: Tensor, penalty: Tensor) -> Tensor:
    left, singular, right = torch.linalg.svd(design, full_matrices=False)
    cutoff = torch.finfo(design.dtype).eps * max(design.shape[-2:]) * singular.amax(-1, keepdim=True)
    kept = singular > cutoff
    safe = torch.where(kept, singular, 1.0)
    shares = torch.where(kept, safe / (safe.square() + penalty[..., 0]), 0.0)
    return (left * shares[..., None, :]) @ right
