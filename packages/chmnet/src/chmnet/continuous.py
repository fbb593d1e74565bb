"""The Hopfield network with a continuous-time memory."""

import math
from copy import deepcopy
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import in_own_precision, wide, without_autocast
from chmnet._exact import alike, double
from chmnet._settings import require_kind
from chmnet._validation import require_floating, require_frames, require_interval, require_query
from chmnet.bases.basis import Basis
from chmnet.bases.rectangular import RectangularBasis
from chmnet.density import GibbsDensity
from chmnet.integration import Exact, Integration, Quadrature
from chmnet.network import HopfieldNetwork
from chmnet.ridge import ridge_fit

__all__ = ["ContinuousHopfield", "time_weights"]

_EXACT = Exact()


class ContinuousHopfield(HopfieldNetwork):
    r"""A Hopfield network over a signal x̄(t) = Bᵀψ(t).

    .. math:: E(q) = -\frac1\beta \log \frac{1}{|T|} \int_T \exp(\beta \bar x(t)^\top q) \, dt
              + \tfrac12 \lVert q \rVert^2, \qquad q' = \mathbb{E}_{p(t)}[\bar x(t)]

    On the paper's domain T = [0, 1] the first term is its equation 6 as it stands, and the number is the
    discrete energy's where x̄(t) visits each frame for as long.

    With rectangular bases every integration rule is a weight on each bin, so no array is larger than
    queries × N or queries × D; with `Exact` the weights are the bins' widths and nothing is approximated.

    Args:
        coefficients: B, one row per basis function.
        basis: The basis ψ(t).
        beta: Inverse temperature β.
        integration: How integrals are taken.
        domain: Start and end of the integrals. Frames live on [0, 1], the default. A basis padded to
            ``support=(-0.5, 1.5)`` can be read on [0, 1] or, with ``domain=(-0.5, 1.5)``, on all its support,
            where the outer halves add a silent stretch x̄(t) ≈ 0 to the memory.

        offset: b_n, added to the similarity as a signal of the same basis, s(t) = qᵀx̄(t) + bᵀψ(t)
            (`euclidean_offset`); none if None.

    Raises:
        TypeError: If the coefficients are not floating-point, or `Exact` meets a basis that is not
            rectangular.
        ValueError: If coefficients or offsets are empty, not finite or not one row per basis function, β is not
            above 0, or the domain leaves the basis' support.

    Source: Santos et al. (2025), section 4, equations 4, 6 to 8, proposition 1.
    """

    values: Tensor | None
    offset: Tensor | None

    def __init__(
        self,
        coefficients: Float[Tensor, "N D"],
        basis: Basis,
        beta: float,
        *,
        integration: Integration = _EXACT,
        domain: tuple[float, float] = (0.0, 1.0),
        offset: Float[Tensor, " N"] | None = None,
    ) -> None:
        super().__init__()
        require_frames("coefficients", coefficients)
        if len(coefficients) != basis.count:
            raise ValueError(
                f"coefficients must have one row per basis function ({basis.count}), "
                f"but has {len(coefficients)}"
            )
        self.domain = require_interval("domain", domain)
        self.basis = basis
        weights, values = time_weights(basis, integration.quadrature(basis, self.domain))
        self._hold("coefficients", coefficients, beta, offset, weights.log(), values)

    @classmethod
    def fit(
        cls,
        frames: Float[Tensor, "L D"],
        basis: Basis,
        *,
        beta: float,
        ridge: float = 0.5,
        times: Float[Tensor, " L"] | None = None,
        integration: Integration = _EXACT,
        domain: tuple[float, float] = (0.0, 1.0),
        offset: Float[Tensor, " N"] | None = None,
    ) -> "ContinuousHopfield":
        """A memory of a sequence of frames.

        Args:
            frames: Observations, one per row, in order of time.
            basis: The basis ψ(t).
            beta: Inverse temperature β.
            ridge: λ of the fit (`ridge_fit`).
            times: Times of the frames; midpoints of L equal intervals of [0, 1] if None.
            integration: How integrals are taken.
            domain: Start and end of the integrals.
            offset: Added to the similarity.

        Raises:
            TypeError: As `ridge_fit` and the constructor.
            ValueError: As `ridge_fit` and the constructor.
        """
        coefficients = ridge_fit(frames, times, basis, ridge)
        return cls(coefficients, basis, beta, integration=integration, domain=domain, offset=offset)

    def similarity(self, q: Float[Tensor, "*B D"]) -> Float[Tensor, "*B P"]:
        """s(t) = qᵀ x̄(t) at the points of the integration rule (one per bin, for rectangular bases)."""
        with without_autocast(self.memory):
            potential = self._potential(q)
            return potential if self.values is None else potential @ self.values

    def expectation(self, weights: Float[Tensor, "*B P"]) -> Float[Tensor, "*B D"]:
        """Bᵀ Σ_p w_p ψ(t_p)."""
        with without_autocast(self.memory):
            coordinates = weights if self.values is None else weights @ self.values.mT
            return coordinates @ wide(self.memory)

    @in_own_precision
    def density(self, q: Float[Tensor, "*B D"]) -> GibbsDensity:
        """The Gibbs density p(t) of each query over the domain.

        Args:
            q: States, any number of batch axes.

        Raises:
            TypeError: If q is not of the memory's type.
            ValueError: If q has another width than the memory, or is not finite or too large for its type.
        """
        require_query(q, self.memory, self._largest)
        potential = self.beta * self._potential(q)
        exponents = potential if self.values is None else potential @ self.values
        peak = exponents.amax(dim=-1)
        log_mean = torch.logsumexp(exponents - peak[..., None] + self.log_weights, dim=-1)
        length = self.domain[1] - self.domain[0]
        return GibbsDensity(potential, peak, log_mean + math.log(length), self.basis, self.domain)

    def _potential(self, q: Tensor) -> Tensor:
        potential = wide(q) @ wide(self.memory).mT
        return potential if self.offset is None else potential + self.offset

    def reconstruct(self, t: Float[Tensor, " T"]) -> Float[Tensor, "T D"]:
        """The signal x̄(t) = Bᵀψ(t); zero outside the basis' support.

        Args:
            t: Times.

        Raises:
            TypeError: If the times are not floating-point.
        """
        require_floating("t", t)
        memory = wide(self.memory)
        with without_autocast(memory):
            return (alike(self.basis.evaluate(double(t)), memory).mT @ memory).to(self.memory.dtype)

    def settings(self) -> dict[str, Any]:
        """β and the domain, which a ``state_dict`` carries."""
        return {"kind": "ContinuousHopfield", "beta": float(self.beta), "domain": list(self.domain)}

    def _restore(self, settings: dict[str, Any] | None, found: dict[str, Tensor]) -> None:
        beta, domain = self.beta, self.domain
        if settings is not None:
            require_kind(settings, "ContinuousHopfield")
            beta, domain = settings["beta"], require_interval("domain", settings["domain"])
        rows = self._restore_memory(beta, found)
        self.domain = domain
        if self.basis.count != rows:
            # It grows or shrinks with the memory; other memories may have been made with the same basis.
            self.basis = deepcopy(self.basis)


def time_weights(basis: Basis, rule: Quadrature) -> tuple[Float[Tensor, " P"], Float[Tensor, "N P"] | None]:
    """The points at which a signal of a basis has to be known for a quadrature, and their weights.

    A signal of rectangular bins has one value per bin, so a bin's nodes are one point with the sum of their weights.

    Args:
        basis: The basis of the signal.
        rule: Nodes and weights over the domain.

    Returns:
        Weights of the points, summing to 1, and the basis functions at them; None for rectangular
        bins, where point n is bin n and the basis functions are the identity.
    """
    share = rule.weights / rule.weights.sum()
    if isinstance(basis, RectangularBasis):
        bins = basis.locate(rule.nodes)
        share = share.to(bins.device)
        return share.new_zeros(basis.count).index_add(0, bins, share), None
    return share, basis.evaluate(rule.nodes)
