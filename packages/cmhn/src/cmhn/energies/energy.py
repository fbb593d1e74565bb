"""What every energy of a joint memory is; forces, updates and flows are derived from it."""

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from amcore.torch.autocast import autocasting, in_own_precision
from amcore.torch.settings import Settled
from cmhn._validation import (
    LARGEST_SCALE,
    require_known,
    require_non_negative,
    require_precision,
    require_scale,
    require_states,
)
from cmhn.attention import Attention
from cmhn.couplings import Couplings
from cmhn.memory import JointMemory

__all__ = ["ROOT_LIMIT", "Attraction", "Energy"]

_LOG_LIMIT = math.log(LARGEST_SCALE)
ROOT_LIMIT = LARGEST_SCALE**0.5
"""Where square roots of scales are taken."""


class Attraction(NamedTuple):
    """The convex function F that an energy subtracts, and its gradient.

    Attributes:
        potential: F(x), or None where it was not asked for.
        force: h = ∇F(x), one part per modality; empty where it was not asked for.
    """

    potential: Float[Tensor, " B"] | None
    force: dict[str, Tensor]

    def require_potential(self) -> Float[Tensor, " B"]:
        """Return the potential, which was asked for.

        Raises:
            RuntimeError: If the energy left it out.
        """
        if self.potential is None:
            raise RuntimeError("attraction must give the potential that it is asked for, but gave None")
        return self.potential


class Energy(Settled, ABC):
    r"""An energy over the states of several modalities.

    .. math:: E(x) = \tfrac12 x^\top A\, x - F(x), \qquad A = \kappa I + 2 \gamma H(W),
              \qquad \gamma\, x^\top H(W)\, x = \gamma \sum_{c \ne d} \lVert x^{(c)} - W_{cd} x^{(d)} \rVert^2

    F is convex and holds the memory; A is constant and positive semi-definite. A modality that is missing from
    the states takes no part in any sum: E is then the energy of the modalities that are there.

    Inside an autocast region states are cast to the memory's type and energies are taken in it.

    Attributes:
        memory: The stored patterns.
        couplings: The matrices W_cd.
        attention: How the softmax over patterns is taken.
        log_beta: log β, a parameter.
        root_gamma: √γ, a parameter: γ then stays at least 0 wherever the optimiser takes it. β, γ and reliabilities
            that ran away are taken at 2³² (β from 2⁻³²), so no energy or gradient overflows.
        curved: κ, 1 for an energy with the term ½‖x‖², 0 without.
        norm_offset: Whether patterns' lengths are taken off; see `JointEnergy`.

    Source: proposal, section 3.1, with the energy of Ramsauer et al. (2020), equation 2, in the place of its linear
    first term.
    """

    memory: JointMemory
    couplings: Couplings
    attention: Attention
    log_beta: nn.Parameter
    root_gamma: nn.Parameter
    curved: bool
    norm_offset: bool

    @abstractmethod
    def attraction(
        self,
        states: Mapping[str, Tensor],
        *,
        potential: bool = True,
        force: bool = True,
        known: Collection[str] | None = None,
    ) -> Attraction:
        """F(x) and ∇F(x).

        Args:
            states: The states x.
            potential: Whether F is wanted.
            force: Whether ∇F is wanted.
            known: Modalities for which a norm offset counts; all that are there if None.
        """

    @abstractmethod
    def cross_potential(
        self, left: Mapping[str, Tensor], right: Mapping[str, Tensor]
    ) -> Float[Tensor, "B_left B_right"]:
        """F of every left item together with every right one, as matrix products."""

    @abstractmethod
    def assignment(
        self, states: Mapping[str, Tensor], *, known: Collection[str] | None = None
    ) -> Float[Tensor, "B *C N"]:
        """The weight of every pattern: [B, N] if modalities share it, [B, C, N] if each has its own.

        Args:
            states: The states.
            known: As for `attraction`.
        """

    @property
    def beta(self) -> Float[Tensor, ""]:
        """The inverse temperature β, between 2⁻³² and 2³²."""
        return self.log_beta.clamp(-_LOG_LIMIT, _LOG_LIMIT).exp()

    @property
    def gamma(self) -> Float[Tensor, ""]:
        """The weight γ of the harmonic term, at most 2³²."""
        return self.root_gamma.clamp(-ROOT_LIMIT, ROOT_LIMIT).square()

    @in_own_precision
    def forward(self, states: Mapping[str, Tensor]) -> Float[Tensor, " B"]:
        """E(x).

        Args:
            states: A matrix [B, d_c] for each modality that is there.

        Returns:
            One energy an item.

        Raises:
            TypeError: If a state is not a floating-point tensor of the memory's type.
            ValueError: If the memory is empty, a modality is unknown, there is none, a width or a batch size is
                wrong, or a value is not finite.
        """
        self.check(states)
        return self.convex(states) - self.attraction(states, force=False).require_potential()

    @in_own_precision
    def cross(
        self, left: Mapping[str, Tensor], right: Mapping[str, Tensor]
    ) -> Float[Tensor, "B_left B_right"]:
        """The energy of every left item together with every right one: ``forward`` of all pairs at once.

        Args:
            left: States of some modalities.
            right: States of others.

        Returns:
            E of item i on the left joined with item j on the right.

        Raises:
            TypeError: As `forward`.
            ValueError: As `forward`, or if a modality is on both sides.
        """
        self.check(left, "left")
        self.check(right, "right")
        both = sorted(set(left) & set(right))
        if both:
            raise ValueError(f"left and right must share no modality, but both hold {both}")
        harmonic = self.gamma * self.couplings.cross_misfit(left, right)
        alone = self.convex(left)[:, None] + self.convex(right)
        return alone + harmonic - self.cross_potential(left, right)

    @in_own_precision
    def convex(self, states: Mapping[str, Tensor]) -> Float[Tensor, " B"]:
        """½ xᵀ A x, the term that the memory is subtracted from."""
        harmonic = self.gamma * self.couplings.misfit(states)
        if not self.curved:
            return harmonic
        lengths = [state.square().sum(dim=-1) for state in states.values()]
        return torch.stack(lengths).sum(dim=0) / 2 + harmonic

    @in_own_precision
    def curvature(self, names: Collection[str]) -> Float[Tensor, "D D"]:
        """A of the named modalities, in the order of the names.

        Raises:
            ValueError: If a modality is unknown.
        """
        require_known("names", names, self.memory.widths)
        harmonic = 2 * self.gamma * self.couplings.curvature(names, self.memory.patterns.device)
        if not self.curved:
            return harmonic
        return harmonic + torch.eye(len(harmonic), dtype=harmonic.dtype, device=harmonic.device)

    @in_own_precision
    def gradient(self, states: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """∇E(x) = A x − h, one part per modality."""
        force = self.attraction(states, potential=False).force
        names = list(states)
        joint = torch.cat([states[name] for name in names], dim=1) @ self.curvature(names)
        parts = joint.split([self.memory.widths[name] for name in names], dim=1)
        return {name: part - force[name] for name, part in zip(names, parts, strict=True)}

    def check(self, states: Mapping[str, Tensor], name: str = "states") -> int:
        """Refuse states that do not fit, and an empty memory; gives the batch's size."""
        if len(self.memory) == 0:
            raise ValueError("memory must hold at least one pattern, but is empty: store some first")
        patterns = self.memory.patterns
        require_precision("memory", patterns.dtype)
        return require_states(
            name, states, self.memory.widths, None if autocasting(patterns) else patterns.dtype
        )

    def settings(self) -> dict[str, Any]:
        """The kind of energy."""
        kind = {"energy": type(self).__name__}
        return {**kind, "norm_offset": True} if self.norm_offset else kind

    def _set_up(
        self,
        memory: JointMemory,
        couplings: Couplings | None,
        attention: Attention,
        *,
        beta: float = 1.0,
        learn_beta: bool = False,
        gamma: float,
        learn_gamma: bool,
        norm_offset: bool = False,
    ) -> None:
        require_scale("beta", beta)
        require_non_negative("gamma", gamma)
        if learn_gamma and gamma == 0:
            raise ValueError("gamma must start above 0 where it is learnt, but is 0")
        patterns = memory.patterns
        if couplings is None:
            couplings = Couplings(memory.widths, dtype=patterns.dtype, device=patterns.device)
        if couplings.widths != memory.widths:
            raise ValueError(
                f"couplings must be between the memory's modalities {memory.widths}, "
                f"but are between {couplings.widths}"
            )
        if couplings.dtype != patterns.dtype:
            raise TypeError(
                f"couplings must be of the memory's type {patterns.dtype}, but are {couplings.dtype}"
            )
        self.memory = memory
        self.couplings = couplings
        self.attention = attention
        self.norm_offset = norm_offset
        self.log_beta = nn.Parameter(patterns.new_tensor(beta).log(), requires_grad=learn_beta)
        self.root_gamma = nn.Parameter(patterns.new_tensor(gamma).sqrt(), requires_grad=learn_gamma)
