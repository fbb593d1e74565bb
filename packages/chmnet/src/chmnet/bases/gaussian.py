"""Gaussian radial basis functions, whose centres and widths can be learnt."""

import math
from types import MappingProxyType
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from chmnet._exact import double, kept_wide
from chmnet._validation import (
    LARGEST_SCALE,
    has_values,
    require_at_least,
    require_finite,
    require_floating,
    require_interval,
    require_number,
)
from chmnet.bases.basis import Basis

__all__ = ["GaussianBasis"]

_LOG_LIMIT = math.log(LARGEST_SCALE)


class GaussianBasis(Basis):
    r"""Bells of height 1 around their centres.

    .. math:: \psi_n(t) = \exp\!\left(-\frac{(t - \mu_n)^2}{2 \sigma_n^2}\right)

    Centres and logarithms of widths are parameters of the module. With ``learnable`` they take gradients, and an
    optimiser moves them where the memory is fitted anew in each step. They are float64, and float32 where a network
    around them is cast to that or to less. Widths that ran away are taken at 2³² (or 2⁻³²).

    Args:
        count: Number N of functions, their centres at the middles of N equal parts of the support.
        support: Start and end of the stretch of time the basis covers.
        width: σ of all of them, in units of time; the support's Nth part if None.
        learnable: Whether centres and widths take gradients.

    Raises:
        TypeError: If ``count`` is not a whole number.
        ValueError: If there is no function, the support is not an interval or a width is not above 0.

    Source: Martins et al. (2022), ∞-former; Santos et al. (2025), section 6 (learnt centres and widths).
    """

    _excess = MappingProxyType({"centres": 0, "log_widths": 0})
    centres: nn.Parameter
    log_widths: nn.Parameter

    def __init__(
        self,
        count: int,
        support: tuple[float, float] = (0.0, 1.0),
        *,
        width: float | None = None,
        learnable: bool = False,
    ) -> None:
        super().__init__()
        self.count = count = require_at_least("count", count, 1)
        self.support = support = require_interval("support", support)
        spacing = (support[1] - support[0]) / count
        if width is not None:
            require_number("width", width)
        centres = support[0] + spacing * (torch.arange(count, dtype=torch.float64) + 0.5)
        self.centres = nn.Parameter(centres, requires_grad=learnable)
        widths = torch.full_like(centres, spacing if width is None else width)
        self.log_widths = nn.Parameter(_log_widths(widths), requires_grad=learnable)

    @classmethod
    def from_centres(
        cls,
        centres: Float[Tensor, " N"],
        widths: Float[Tensor, " N"],
        support: tuple[float, float] = (0.0, 1.0),
        *,
        learnable: bool = False,
    ) -> "GaussianBasis":
        """Bells at given places.

        Args:
            centres: μ_n.
            widths: σ_n, above 0.
            support: Start and end of the stretch of time the basis covers.
            learnable: Whether centres and widths take gradients.

        Raises:
            TypeError: If centres or widths are not floating-point.
            ValueError: If they are not as many of one as of the other, not finite, or a width is not above 0.
        """
        require_floating("centres", centres)
        require_floating("widths", widths)
        require_finite("centres", centres)
        if centres.ndim != 1 or centres.shape != widths.shape:
            raise ValueError(
                "centres and widths must be one per function, but have shapes "
                f"{tuple(centres.shape)} and {tuple(widths.shape)}"
            )
        basis = cls(len(centres), support, learnable=learnable)
        basis.centres.data = double(centres.detach())
        basis.log_widths.data = _log_widths(double(widths.detach()))
        return basis

    @property
    def widths(self) -> Float[Tensor, " N"]:
        """σ_n, in units of time."""
        return self.log_widths.clamp(-_LOG_LIMIT, _LOG_LIMIT).exp()

    def evaluate(self, t: Float[Tensor, " T"]) -> Float[Tensor, "N T"]:
        """The design matrix; the tails are cut at the ends of the support."""
        time = t.to(self.centres)
        bells = torch.exp(-((time - self.centres[:, None]) / self.widths[:, None]).square() / 2)
        inside = (time >= self.support[0]) & (time <= self.support[1])
        return torch.where(inside, bells, 0.0).to(t.dtype)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        return super()._apply(kept_wide(fn, self.centres, self.log_widths), recurse)


def _log_widths(widths: Tensor) -> Tensor:
    require_finite("width", widths, LARGEST_SCALE)
    if has_values(widths) and not bool((widths > 0).all()):
        raise ValueError(f"width must be above 0, but is {float(widths.min())}")
    if has_values(widths) and not bool((widths >= 1 / LARGEST_SCALE).all()):
        raise ValueError(f"width must be at least {1 / LARGEST_SCALE:.3g}, but is {float(widths.min())}")
    return widths.log()
