"""The proposal's energy as printed."""

from collections.abc import Collection, Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import in_own_precision
from cmhn.attention import AdaptiveAttention
from cmhn.couplings import Couplings
from cmhn.energies.energy import Attraction, Energy
from cmhn.memory import JointMemory

__all__ = ["LinearEnergy"]


class LinearEnergy(Energy):
    r"""The proposal's energy as printed: a diagnostic, not a memory.

    .. math:: E(x) = -\sum_{i=1}^N \sum_c \langle x^{(c)}, m_i^{(c)} \rangle
              + \gamma \sum_{c \ne d} \lVert x^{(c)} - W_{cd} x^{(d)} \rVert^2

    Its first term is linear in x: it sees the sum of all patterns and none of them, so no pattern has an
    attractor of its own, and without the harmonic term it has no minimum.

    Args:
        memory: The stored patterns.
        couplings: The matrices W_cd; new ones near the identity if None.
        gamma: The weight γ.
        learn_gamma: Whether γ is trained.

    Raises:
        TypeError: If the couplings are of another type than the memory.
        ValueError: If γ is negative, or 0 and learnt, or the couplings are between other modalities.

    Source: proposal, section 3.1, its only displayed equation.
    """

    def __init__(
        self,
        memory: JointMemory,
        couplings: Couplings | None = None,
        *,
        gamma: float = 0.1,
        learn_gamma: bool = False,
    ) -> None:
        super().__init__()
        self._set_up(memory, couplings, AdaptiveAttention(), gamma=gamma, learn_gamma=learn_gamma)
        self.curved = False

    @in_own_precision
    def attraction(
        self,
        states: Mapping[str, Tensor],
        *,
        potential: bool = True,
        force: bool = True,
        known: Collection[str] | None = None,  # noqa: ARG002 — there is no norm offset
    ) -> Attraction:
        """Σ_i Σ_c ⟨x_c, m_i,c⟩ and its gradient, the sum of all patterns, which is the same everywhere."""
        sums = self.memory.split(self.memory.patterns.sum(dim=0, keepdim=True), states)
        products = [(states[name] * sums[name]).sum(dim=-1) for name in states]
        return Attraction(
            torch.stack(products).sum(dim=0) if potential else None,
            {name: sums[name].expand_as(state) for name, state in states.items()} if force else {},
        )

    @in_own_precision
    def cross_potential(
        self, left: Mapping[str, Tensor], right: Mapping[str, Tensor]
    ) -> Float[Tensor, "B_left B_right"]:
        """F of every pair."""
        mine, theirs = (self.attraction(side, force=False).require_potential() for side in (left, right))
        return mine[:, None] + theirs

    @in_own_precision
    def assignment(
        self,
        states: Mapping[str, Tensor],
        *,
        known: Collection[str] | None = None,  # noqa: ARG002 — there is no norm offset
    ) -> Float[Tensor, "B *C N"]:
        """1/N each: this energy tells no pattern from another."""
        batch = next(iter(states.values()))
        return batch.new_full((batch.shape[0], len(self.memory)), 1 / len(self.memory))
