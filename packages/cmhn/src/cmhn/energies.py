"""The three energies of a joint memory; forces, updates and flows are derived from them."""

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from cmhn._autocast import autocasting, in_own_precision
from cmhn._settings import Settled
from cmhn._validation import (
    LARGEST_SCALE,
    require_known,
    require_non_negative,
    require_precision,
    require_scale,
    require_states,
)
from cmhn.attention import AdaptiveAttention, Attention, Recall
from cmhn.couplings import Couplings
from cmhn.logsumexp import log_sum_exp_product
from cmhn.memory import JointMemory
from cmhn.neighbours import largest_products

__all__ = ["Attraction", "Energy", "JointEnergy", "LinearEnergy", "SeparableEnergy"]

_ADAPTIVE = AdaptiveAttention()
_LOG_LIMIT = math.log(LARGEST_SCALE)
_ROOT_LIMIT = LARGEST_SCALE**0.5


class Attraction(NamedTuple):
    """The convex function F that an energy subtracts, and its gradient.

    Attributes:
        potential: F(x), or None where it was not asked for.
        force: h = ∇F(x), one part a modality; empty where it was not asked for.
    """

    potential: Float[Tensor, " B"] | None
    force: dict[str, Tensor]


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
        return self.root_gamma.clamp(-_ROOT_LIMIT, _ROOT_LIMIT).square()

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
        potential = self.attraction(states, force=False).potential
        assert potential is not None
        return self.convex(states) - potential

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
        """∇E(x) = A x − h, one part a modality."""
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
        beta: tuple[float, bool],
        gamma: tuple[float, bool],
        *,
        norm_offset: bool = False,
    ) -> None:
        require_scale("beta", beta[0])
        require_non_negative("gamma", gamma[0])
        if gamma[1] and gamma[0] == 0:
            raise ValueError("gamma must start above 0 where it is learnt, but came as 0")
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
        self.log_beta = nn.Parameter(patterns.new_tensor(beta[0]).log(), requires_grad=beta[1])
        self.root_gamma = nn.Parameter(patterns.new_tensor(gamma[0]).sqrt(), requires_grad=gamma[1])


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
        self._set_up(memory, couplings, _ADAPTIVE, (1.0, False), (gamma, learn_gamma))
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
        mine, theirs = (self.attraction(side, force=False).potential for side in (left, right))
        assert mine is not None
        assert theirs is not None
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
        self._set_up(memory, couplings, attention, (beta, learn_beta), (gamma, learn_gamma))
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
        mine, theirs = (self.attraction(side, force=False).potential for side in (left, right))
        assert mine is not None
        assert theirs is not None
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
            partition = self.attention.attend(query, patterns, mean=False).log_partition
            assert partition is not None
            weights.append((query @ patterns.mT - partition[:, None]).exp())
        return torch.stack(weights, dim=1)


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
            (beta, learn_beta),
            (gamma, learn_gamma),
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
        squares = self.root_reliability.clamp(-_ROOT_LIMIT, _ROOT_LIMIT).square()
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
        partition = self._attend(queries, columns, self._offset(states, known), mean=False).log_partition
        assert partition is not None
        return (self._logits(states, known) - partition[:, None]).exp()

    @in_own_precision
    def strongest(
        self, states: Mapping[str, Tensor], k: int
    ) -> tuple[Int[Tensor, "B k"], Float[Tensor, "B k"]]:
        """The k patterns of largest p and their p, the strongest first; no [B, N] is kept."""
        queries, columns = self._queries(states)
        offset = self._offset(states)
        partition = self._attend(queries, columns, offset, mean=False).log_partition
        assert partition is not None
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
