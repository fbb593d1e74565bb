"""The Gibbs density: where in time a query finds itself in a memory."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import without_autocast
from chmnet._exact import alike, double
from chmnet._validation import require_floating
from chmnet.bases.basis import Basis
from chmnet.bases.rectangular import RectangularBasis

__all__ = ["GibbsDensity"]

_POINTS_A_LINE = 1000


class GibbsDensity:
    r"""A probability density over time for each query; it can be called, and drawn.

    .. math:: p(t) = \frac{\exp(\beta s(t))}{\int \exp(\beta s(t')) \, dt'}, \qquad s(t) = q^\top \bar x(t)

    It integrates to 1 over its domain by the integration rule it was made with, and is 0 outside.
    `ContinuousHopfield.density` makes it.

    Args:
        potential: β (B q + b), one number a basis function and query.
        peak: The largest β s(t) at the integration's points, one per query.
        log_partition: Logarithm of ∫ exp(β s(t) − peak) dt, one per query. The peak is kept apart because
            float32 has hardly a digit behind the point left for numbers like 10⁶.
        basis: The basis of the memory.
        domain: Start and end of the integral.

    Source: Santos et al. (2025), equation 8.
    """

    def __init__(
        self,
        potential: Float[Tensor, "*B N"],
        peak: Float[Tensor, "*B"],
        log_partition: Float[Tensor, "*B"],
        basis: Basis,
        domain: tuple[float, float],
    ) -> None:
        self.potential = potential
        self.peak = peak
        self.log_partition = log_partition
        self.basis = basis
        self.domain = domain

    def __call__(self, t: Float[Tensor, " T"]) -> Float[Tensor, "*B T"]:
        """p(t), one row per query.

        Args:
            t: Times.

        Raises:
            TypeError: If the times are not floating-point.
        """
        require_floating("t", t)
        values = alike(self.basis.evaluate(double(t)), self.potential)
        with without_autocast(values):
            above = self.potential @ values - self.peak[..., None]
        density = torch.exp(above - self.log_partition[..., None])
        inside = (t >= self.domain[0]) & (t <= self.domain[1])
        return torch.where(inside.to(density.device), density, 0.0)

    def plot(self, ax: Any, **style: Any) -> list[Any]:
        """Draw p(t), a line per query.

        Args:
            ax: Matplotlib axes.
            **style: What ``ax.plot`` takes.

        Returns:
            The lines.
        """
        start, stop = self.domain
        if isinstance(self.basis, RectangularBasis):
            # A density that is constant on bins is drawn with its jumps upright, at any number of bins.
            edges = self.basis.edges.clamp(start, stop).unique()
            values = self((edges[1:] + edges[:-1]) / 2).detach().cpu()
            t = edges.repeat_interleave(2)[1:-1].cpu()
            values = values.repeat_interleave(2, dim=-1)
        else:
            t = torch.linspace(start, stop, _POINTS_A_LINE, dtype=torch.float64, device="cpu")
            values = self(t).detach().cpu()
        lines = ax.plot(t.numpy(), values.reshape(-1, len(t)).mT.numpy(), **style)
        ax.set(xlabel="time $t$", ylabel="density $p(t)$", xlim=self.domain)
        ax.set_ylim(bottom=0)
        return lines

    def __repr__(self) -> str:
        queries = math.prod(self.log_partition.shape)
        return f"GibbsDensity(queries={queries}, basis functions={self.basis.count}, domain={self.domain})"
