"""A Hopfield energy for each modality, bound by the harmonic term alone."""

from collections.abc import Collection, Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import in_own_precision
from cmhn.attention import AdaptiveAttention, Attention
from cmhn.couplings import Couplings
from cmhn.energies.energy import Attraction, Energy
from cmhn.memory import JointMemory

__all__ = ["SeparableEnergy"]

_ADAPTIVE = AdaptiveAttention()


class SeparableEnergy(Energy):
    r"""A Hopfield energy for each modality, bound by the harmonic term alone.

    .. math:: E(x) = \sum_c \Bigl[ -\tfrac1\beta \log \sum_{i=1}^N e^{\beta \langle m_i^{(c)}, x^{(c)} \rangle}
              + \tfrac12 \lVert x^{(c)} \rVert^2 \Bigr]
              + \gamma \sum_{c \ne d} \lVert x^{(c)} - W_{cd} x^{(d)} \rVert^2

    Each modality has its own assignment, softmax(β M^(c) x^(c)), the recall of section 3.2. A modality of which
    nothing is known is drawn to the mean of the patterns, and only couplings tell it what the others recall.

    Args:
        memory: The stored patterns.
        couplings: The matrices W_cd; new ones near the identity if None.
        beta: The inverse temperature β.
        gamma: The weight γ.
        learn_beta: Whether β is trained.
        learn_gamma: Whether γ is trained.
        attention: How the softmax is taken.

    Raises:
        TypeError: If the couplings are of another type than the memory.
        ValueError: If β is not between 2⁻³² and 2³², γ is negative, or 0 and learnt, or the couplings are between other
            modalities.

    Source: proposal, sections 3.1 and 3.2; Ramsauer et al. (2020), equation 2, less its constants.
    """

    def __init__(
        self,
        memory: JointMemory,
        couplings: Couplings | None = None,
        *,
        beta: float = 8.0,
        gamma: float = 0.1,
        learn_beta: bool = False,
        learn_gamma: bool = False,
        attention: Attention = _ADAPTIVE,
    ) -> None:
        super().__init__()
        self._set_up(
            memory,
            couplings,
            attention,
            beta=beta,
            learn_beta=learn_beta,
            gamma=gamma,
            learn_gamma=learn_gamma,
        )
        self.curved = True

    @in_own_precision
    def attraction(
        self,
        states: Mapping[str, Tensor],
        *,
        potential: bool = True,
        force: bool = True,
        known: Collection[str] | None = None,  # noqa: ARG002 — there is no norm offset
    ) -> Attraction:
        """Σ_c β⁻¹ lse(β M_c x_c), and softmax(β M_c x_c) M_c for each modality."""
        beta = self.beta
        recalls = {
            name: self.attention.attend(
                beta * state, self.memory.pattern(name), mean=force, partition=potential
            )
            for name, state in states.items()
        }
        partitions = [r.log_partition for r in recalls.values() if r.log_partition is not None]
        return Attraction(
            torch.stack(partitions).sum(dim=0) / beta if potential else None,
            {name: r.mean for name, r in recalls.items() if r.mean is not None},
        )

    @in_own_precision
    def cross_potential(
        self, left: Mapping[str, Tensor], right: Mapping[str, Tensor]
    ) -> Float[Tensor, "B_left B_right"]:
        """F of every pair: the modalities' terms only add up."""
        mine, theirs = (self.attraction(side, force=False).require_potential() for side in (left, right))
        return mine[:, None] + theirs

    @in_own_precision
    def assignment(
        self,
        states: Mapping[str, Tensor],
        *,
        known: Collection[str] | None = None,  # noqa: ARG002 — there is no norm offset
    ) -> Float[Tensor, "B *C N"]:
        """softmax(β M_c x_c), one for each modality in the order of the states."""
        queries = {name: self.beta * state for name, state in states.items()}
        weights = []
        for name, query in queries.items():
            patterns = self.memory.pattern(name)
            partition = self.attention.attend(query, patterns, mean=False).require_log_partition()
            weights.append((query @ patterns.mT - partition[:, None]).exp())
        return torch.stack(weights, dim=1)
