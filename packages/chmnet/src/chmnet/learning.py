"""Bases whose centres and widths are learnt from the signal."""

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import trange

from chmnet._exact import double
from chmnet._validation import require_at_least, require_frames, require_non_negative, require_positive
from chmnet.bases.basis import Basis
from chmnet.ridge import frame_times, ridge_fit

__all__ = ["learn_basis"]


def learn_basis(
    basis: Basis,
    gram: Float[Tensor, "L L"],
    *,
    ridge: float = 0.5,
    steps: int = 200,
    rate: float = 0.01,
) -> Float[Tensor, " S"]:
    r"""Move a basis to where it reconstructs a signal best, by gradient descent through the ridge fit.

    .. math:: \min_\theta \frac{\sum_\ell \lVert x_\ell - \bar x(t_\ell) \rVert^2}{\sum_\ell \lVert x_\ell \rVert^2}
              = \frac{\operatorname{tr}\,(I - R) K (I - R)^\top}{\operatorname{tr} K},
              \qquad R = F^\top (F F^\top + \lambda I)^{-1} F

    with F the design matrix, which depends on the basis' parameters θ, and K = X Xᵀ: frames as wide as they
    come cost L² numbers here.

    Args:
        basis: The basis, its parameters taking gradients (``GaussianBasis(..., learnable=True)``); moved in place.
        gram: Inner products of the frames, in order of time.
        ridge: λ of the fit.
        steps: Updates of Adam.
        rate: Learning rate at the start; it falls to 0 along a cosine.

    Returns:
        The share of the signal that is not reconstructed, before each update.

    Raises:
        TypeError: If the products are not floating-point or ``steps`` is not whole.
        ValueError: If the products are not finite or all 0, λ is negative, the rate is not above 0, or nothing of
            the basis takes gradients.

    Source: Santos et al. (2025), section 6 (learning the widths and centres of basis functions).
    """
    require_frames("gram", gram)
    require_non_negative("ridge", ridge)
    steps = require_at_least("steps", steps, 1)
    require_positive("rate", rate)
    parameters = [parameter for parameter in basis.parameters() if parameter.requires_grad]
    if not parameters:
        raise ValueError("basis must have parameters that take gradients, but has none")
    products = double(gram)
    total = products.trace()
    require_positive("gram", float(total))
    times = frame_times(len(gram), gram.device)
    identity = torch.eye(len(gram), dtype=products.dtype, device=products.device)
    optimiser = torch.optim.Adam(parameters, lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    missed = torch.empty(steps, dtype=products.dtype)
    for step in trange(steps, desc="basis", disable=None, leave=False):
        rest = identity - basis.evaluate(times).mT @ ridge_fit(identity, times, basis, ridge)
        loss = ((rest @ products) * rest).sum() / total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        missed[step] = loss.detach()
    return missed
