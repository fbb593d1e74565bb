"""One Hopfield energy over all modalities together."""

from collections.abc import Collection, Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from amcore.torch.autocast import in_own_precision
from cmhn._validation import require_known, require_non_negative
from cmhn.attention import AdaptiveAttention, Attention, Recall
from cmhn.attention.logsumexp import log_sum_exp_product
from cmhn.attention.neighbours import largest_products
from cmhn.couplings import Couplings
from cmhn.energies.energy import ROOT_LIMIT, Attraction, Energy
from cmhn.memory import JointMemory

__all__ = ["JointEnergy"]

_ADAPTIVE = AdaptiveAttention()


class JointEnergy(Energy):
    r"""One assignment, shared by all modalities: the energy that makes an attractor cross-modal.

    .. math:: E(x) = -\tfrac1\beta \log \sum_{i=1}^N \exp\Bigl(\beta \sum_c a_c \langle m_i^{(c)}, x^{(c)} \rangle\Bigr)
              + \tfrac12 \sum_c \lVert x^{(c)} \rVert^2
              + \gamma \sum_{c \ne d} \lVert x^{(c)} - W_{cd} x^{(d)} \rVert^2

    .. math:: p_i = \mathrm{softmax}_i\Bigl(\beta \sum_c a_c \langle m_i^{(c)}, x^{(c)} \rangle\Bigr),
              \qquad h^{(c)} = a_c \sum_i p_i m_i^{(c)}

    Products favour long patterns, whatever the cue. Patterns need one length in each modality, or a norm offset,

    .. math:: \langle m_i^{(c)}, x^{(c)} \rangle \;\to\;
              \langle m_i^{(c)}, x^{(c)} \rangle - \tfrac12 \lVert m_i^{(c)} \rVert^2
              = \tfrac12 \lVert x^{(c)} \rVert^2 - \tfrac12 \lVert x^{(c)} - m_i^{(c)} \rVert^2

    which lets the nearest pattern win. It counts for the modalities of the states whose energy is asked for, and in a
    retrieval for those that have a cue: a modality that starts at 0 is near to short patterns, and must
    not say so. An offset is constant while states move, so the log-sum-exp is one of *affine* functions: it is
    convex, p and h are its gradient as before, and whatever was proved of the descent holds.

    A cue in one modality decides p, and p brings back the other modalities of the same memory. A modality that
    starts at 0 says nothing to p, as one with a_c = 0 does, until it has been brought back. With one modality,
    a = 1 and γ = 0 this is the modern Hopfield network.

    Args:
        memory: The stored patterns.
        couplings: The matrices W_cd; new ones near the identity if None.
        beta: The inverse temperature β.
        gamma: The weight γ.
        reliability: a_c, how much each modality's cue is trusted; 1 where not named, 0 to leave a modality out of
            the assignment.
        learn_beta: Whether β is trained.
        learn_gamma: Whether γ is trained.
        learn_reliability: Whether a_c is trained; 0 stays 0.
        attention: How the softmax is taken.
        norm_offset: Whether −½‖m_i,c‖² is added to each product.

    Raises:
        TypeError: If the couplings are of another type than the memory.
        ValueError: If β is not between 2⁻³² and 2³², γ is negative, or 0 and learnt, a reliability is negative or
            of an unknown modality, or the couplings are between other modalities.

    Source: Ramsauer et al. (2020), equation 2, less its constants, over joint patterns; proposal, section 3.1.
    """

    root_reliability: nn.Parameter

    def __init__(
        self,
        memory: JointMemory,
        couplings: Couplings | None = None,
        *,
        beta: float = 8.0,
        gamma: float = 0.1,
        reliability: Mapping[str, float] | None = None,
        learn_beta: bool = False,
        learn_gamma: bool = False,
        learn_reliability: bool = False,
        attention: Attention = _ADAPTIVE,
        norm_offset: bool = False,
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
            norm_offset=norm_offset,
        )
        given = {} if reliability is None else reliability
        require_known("reliability", given, memory.widths)
        for name, value in given.items():
            require_non_negative(f"reliability[{name!r}]", value)
        start = memory.patterns.new_tensor([given.get(name, 1.0) for name in memory.names])
        self.root_reliability = nn.Parameter(start.sqrt(), requires_grad=learn_reliability)
        self.curved = True

    @property
    def reliability(self) -> dict[str, Tensor]:
        """a_c of each modality, at most 2³²."""
        squares = self.root_reliability.clamp(-ROOT_LIMIT, ROOT_LIMIT).square()
        return dict(zip(self.memory.names, squares.unbind(), strict=True))

    @in_own_precision
    def attraction(
        self,
        states: Mapping[str, Tensor],
        *,
        potential: bool = True,
        force: bool = True,
        known: Collection[str] | None = None,
    ) -> Attraction:
        """β⁻¹ lse_i(β Σ_c a_c⟨m_i,c, x_c⟩), and a_c Σ_i p_i m_i,c for each modality."""
        queries, columns = self._queries(states)
        answer = self._attend(queries, columns, self._offset(states, known), mean=force, partition=potential)
        forces = {}
        if answer.mean is not None:
            # Back to all columns, so that the memory can tell whose they are.
            start = self._span(states).start
            before, after = start, self.memory.width - start - answer.mean.shape[1]
            joint = torch.nn.functional.pad(answer.mean, (before, after))
            trust = self.reliability
            forces = {name: trust[name] * part for name, part in self.memory.split(joint, states).items()}
        partition = answer.log_partition
        return Attraction(None if partition is None else partition / self.beta, forces)

    @in_own_precision
    def cross_potential(
        self, left: Mapping[str, Tensor], right: Mapping[str, Tensor]
    ) -> Float[Tensor, "B_left B_right"]:
        """F of every pair, a log-sum-exp matrix product over patterns."""
        return log_sum_exp_product(self._logits(left), self._logits(right)) / self.beta

    @in_own_precision
    def assignment(
        self, states: Mapping[str, Tensor], *, known: Collection[str] | None = None
    ) -> Float[Tensor, "B *C N"]:
        """p, shared by all modalities."""
        queries, columns = self._queries(states)
        answer = self._attend(queries, columns, self._offset(states, known), mean=False)
        partition = answer.require_log_partition()
        return (self._logits(states, known) - partition[:, None]).exp()

    @in_own_precision
    def strongest(
        self, states: Mapping[str, Tensor], k: int
    ) -> tuple[Int[Tensor, "B k"], Float[Tensor, "B k"]]:
        """The k patterns of largest p and their p, the strongest first; no [B, N] is kept."""
        queries, columns = self._queries(states)
        offset = self._offset(states)
        partition = self._attend(queries, columns, offset, mean=False).require_log_partition()
        logits, indices = largest_products(queries, columns, k, offset)
        return indices, (logits - partition[:, None]).exp()

    @in_own_precision
    def evidence(self, states: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """β a_c ⟨m_i,c, x_c⟩: what each modality says for each pattern, [B, N]; their sum decides p."""
        trust = self.reliability
        found = {}
        for name, state in states.items():
            offset = self._offset([name])
            logits = self.beta * trust[name] * state @ self.memory.pattern(name).mT
            found[name] = logits if offset is None else logits + offset
        return found

    def _span(self, states: Mapping[str, Tensor]) -> slice:
        places = [self.memory.place(name) for name in states]
        return slice(min(place.start for place in places), max(place.stop for place in places))

    def _queries(self, states: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        # From the first modality that is there to the last, patterns are a view; a gap between is asked for with 0.
        span, trust = self._span(states), self.reliability
        joint = self.memory.join({name: trust[name] * state for name, state in states.items()})
        return self.beta * joint[:, span], self.memory.patterns[:, span]

    def _logits(self, states: Mapping[str, Tensor], known: Collection[str] | None = None) -> Tensor:
        queries, columns = self._queries(states)
        offset = self._offset(states, known)
        logits = queries @ columns.mT
        return logits if offset is None else logits + offset

    def _offset(self, names: Collection[str], known: Collection[str] | None = None) -> Tensor | None:
        """−½ β Σ_c a_c ‖m_i,c‖² over the modalities that are there and known, [N]; None without a norm offset."""
        if not self.norm_offset:
            return None
        total = self.memory.patterns.new_zeros(len(self.memory))
        for name in names:
            if known is None or name in known:
                part = self.memory.pattern(name)
                # Not squared first: that would be another matrix of the memory's size.
                squares = torch.einsum("nd,nd->n", part, part)
                total = total - self.beta * self.reliability[name] * squares / 2
        return total

    def _attend(
        self,
        queries: Tensor,
        columns: Tensor,
        offset: Tensor | None,
        *,
        mean: bool = True,
        partition: bool = True,
    ) -> Recall:
        # Kept from attentions of a user's own that know of no offset, while there is none.
        given = {} if offset is None else {"offset": offset}
        return self.attention.attend(queries, columns, mean=mean, partition=partition, **given)
