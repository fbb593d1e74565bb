"""Retrieval by energies: how well two items go together is what their union saves over the two apart."""

import math
from collections.abc import Mapping
from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from amcore.torch.autocast import cast, own_type, without_autocast
from cmhn._validation import (
    LARGEST_SCALE,
    require_at_least,
    require_matchable,
    require_pairs,
    require_positive,
    require_scale,
    require_states,
    require_widths,
)
from cmhn.attention.logsumexp import log_sum_exp_product
from cmhn.cosines import unit
from cmhn.couplings import Couplings
from cmhn.energies import JointEnergy
from cmhn.losses import HarmonicLoss, match_scores, symmetric_cross_entropy
from cmhn.memory import JointMemory

__all__ = ["HarmonicMatcher"]

_LARGEST_GAMMA = 25.0  # a scale of 4γ = 100 on cosines, as CLIP allows


class HarmonicMatcher(nn.Module):
    r"""Two energies of one state: a harmonic term over projections, and a joint memory of stored triples.

    With features φ and their projections :math:`u^{(c)} = P_c \varphi^{(c)} / \lVert P_c \varphi^{(c)} \rVert`,

    .. math:: E(\varphi) = \gamma \sum_{c \ne d} \lVert u^{(c)} - u^{(d)} \rVert^2
              - \frac{w}{\beta} \log \sum_i \exp\Bigl(\beta \sum_c a_c \langle m_i^{(c)}, \varphi^{(c)} \rangle\Bigr)

    .. math:: s(\varphi^{(c)}, \varphi^{(d)}) = E(\varphi^{(c)}) + E(\varphi^{(d)}) - E(\varphi^{(c)}, \varphi^{(d)})

    The first term of the score is 4γ times the cosine of the projections, what CLIP learns; the second is a
    pointwise mutual information under the stored triples (see `match_scores`). `loss` trains projections through
    the harmonic term. `store` fills the memory, and `calibrate` sets γ, w, β and the reliabilities a_c on triples
    that are not stored: a stored one finds itself in the memory, and would tell that the memory alone is enough.

    Args:
        widths: Width of each modality's features.
        dimension: Width of the projections.
        loss: The composite loss.
        temperature: Sets where γ starts, 4γ = 1/τ; 4γ is kept below 100, as CLIP's scale.
        beta: Where β starts.

    Raises:
        TypeError: If a width is not a whole number.
        ValueError: If a width or the dimension is below 1, or a temperature is not above 0.

    Source: proposal, sections 3.1 to 3.3, with the harmonic term's couplings taken into the encoders.
    """

    def __init__(
        self,
        widths: Mapping[str, int],
        dimension: int = 256,
        *,
        loss: HarmonicLoss | None = None,
        temperature: float = 0.07,
        beta: float = 10.0,
    ) -> None:
        super().__init__()
        require_widths("widths", widths)
        require_at_least("dimension", dimension, 1)
        require_scale("temperature", temperature)
        require_scale("beta", beta)
        self.widths = dict(widths)
        self.composite = HarmonicLoss() if loss is None else loss
        self.projections = nn.ModuleDict(
            {name: nn.Linear(width, dimension, bias=False) for name, width in widths.items()}
        )
        common = dict.fromkeys(widths, dimension)
        # One pattern of zeros: a memory that says nothing, so that only the harmonic term is left.
        silent = JointMemory.from_joint(common, torch.zeros(1, dimension * len(widths)))
        self.harmonic = JointEnergy(
            silent, _identities(common), gamma=1 / (4 * temperature), learn_gamma=True
        )
        self.recall = JointEnergy(
            JointMemory(widths),
            _identities(widths),
            beta=beta,
            gamma=0.0,
            learn_beta=True,
            learn_reliability=True,
        )
        self.log_weight = nn.Parameter(torch.tensor(math.log(beta)))
        self._say_what_is_trained(projections=True)

    def embed(self, name: str, features: Float[Tensor, "B _"]) -> Float[Tensor, "B K"]:
        """Features on the common sphere."""
        return unit(self.projections[name](features))

    def loss(self, states: Mapping[str, Tensor]) -> Float[Tensor, ""]:
        """The composite loss of the harmonic term, averaged over pairs of modalities.

        Raises:
            TypeError: If a state is not of the projections' type, outside of an autocast region.
            ValueError: If a state does not fit, or there are fewer than two items or modalities.
        """
        batch = require_states("states", states, self.widths, own_type(self), "the projections'")
        require_pairs("states", states, batch, 2)
        with torch.no_grad():
            self.harmonic.root_gamma.clamp_(max=_LARGEST_GAMMA**0.5)
        embedded = {name: self.embed(name, state) for name, state in states.items()}
        parameters = [*self.projections.parameters()]
        losses = [
            self.composite(self.harmonic, {c: embedded[c], d: embedded[d]}, parameters).total
            for c, d in combinations(embedded, 2)
        ]
        return torch.stack(losses).mean()

    def store(self, states: Mapping[str, Tensor]) -> None:
        """Fill the memory, in place of what it held.

        Raises:
            TypeError: If a state is not a floating-point tensor.
            ValueError: If a modality is missing, or a state does not fit.
        """
        like = self.recall.memory.patterns
        memory = JointMemory(self.widths, dtype=like.dtype, device=like.device)
        memory.store(**states)
        self.recall.memory = memory

    def calibrate(
        self, galleries: list[dict[str, Tensor]], *, steps: int = 40, learning_rate: float = 0.1
    ) -> list[float]:
        """Set γ, w, β and a_c by the contrast within galleries of true triples that are not stored.

        Projections stay as they are.

        Args:
            galleries: Batches of true triples; each is contrasted within itself.
            steps: Steps of Adam, each over all galleries.
            learning_rate: Its rate.

        Returns:
            The loss before each step.

        Raises:
            TypeError: If ``steps`` is not a whole number, or a state is not a floating-point tensor.
            ValueError: If nothing is stored, there is no gallery of at least two items, or a setting is out of range.
        """
        require_at_least("steps", steps, 1)
        require_positive("learning_rate", learning_rate)
        expected = own_type(self)
        usable = [
            cast(gallery, self.log_weight.dtype)
            for gallery in galleries
            if require_states("galleries", gallery, self.widths, expected, "the projections'") > 1
        ]
        if not usable:
            raise ValueError("galleries must hold at least one of two or more triples, but hold none")
        self._say_what_is_trained(projections=False)
        scalars = [parameter for parameter in self.parameters() if parameter.requires_grad]
        optimiser = torch.optim.Adam(scalars, lr=learning_rate)
        history = []
        with without_autocast(self.log_weight):
            # Neither the memory nor the projections move here: their products with the items are taken once.
            with torch.no_grad():
                taken = [self._products(gallery) for gallery in usable]
            for _ in range(steps):
                optimiser.zero_grad()
                losses = [self._contrast(*one) for one in taken]
                loss = torch.stack(losses).mean()
                loss.backward()
                optimiser.step()
                history.append(float(loss.detach()))
        self._say_what_is_trained(projections=True)
        return history

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """Mutual energies; without a memory those of the harmonic term alone.

        Raises:
            TypeError: If a feature is not of the projections' type, outside of an autocast region.
            ValueError: If a modality is unknown, or a feature does not fit.
        """
        require_matchable(source, queries, target, candidates, self.widths, own_type(self))
        harmonic = self.harmonic_scores(source, queries, target, candidates)
        if len(self.recall.memory) == 0:
            return harmonic
        return harmonic + self.recall_scores(source, queries, target, candidates)

    def harmonic_scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """What the harmonic term says: 4γ times the cosine of the projections, less a constant."""
        left, right = self.embed(source, queries), self.embed(target, candidates)
        return match_scores(self.harmonic, {source: left}, {target: right})

    def recall_scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """What the memory says: a pointwise mutual information, times w/β.

        Raises:
            ValueError: If nothing is stored.
        """
        return self._weight * match_scores(self.recall, {source: queries}, {target: candidates})

    @property
    def _weight(self) -> Tensor:
        return self.log_weight.clamp(max=math.log(LARGEST_SCALE)).exp()

    def _products(
        self, gallery: Mapping[str, Tensor]
    ) -> tuple[dict[tuple[str, str], Tensor], dict[str, Tensor]]:
        """Cosines of projections for each pair of modalities, and ⟨m_i, φ⟩ for each modality."""
        embedded = {name: self.embed(name, state) for name, state in gallery.items()}
        cosines = {(c, d): embedded[c] @ embedded[d].mT for c, d in combinations(embedded, 2)}
        return cosines, {name: x @ self.recall.memory.pattern(name).mT for name, x in gallery.items()}

    def _contrast(self, cosines: dict[tuple[str, str], Tensor], alike: dict[str, Tensor]) -> Tensor:
        """The contrast of `scores` within a gallery, from products that were taken before."""
        trust = self.recall.reliability
        evidence = {name: self.recall.beta * trust[name] * x for name, x in alike.items()}
        alone = {name: logits.logsumexp(dim=1) for name, logits in evidence.items()}
        worth = self._weight / self.recall.beta
        losses = []
        for (c, d), cosine in cosines.items():
            together = log_sum_exp_product(evidence[c], evidence[d])
            information = together - alone[c][:, None] - alone[d]
            losses.append(symmetric_cross_entropy(4 * self.harmonic.gamma * cosine + worth * information))
        return torch.stack(losses).mean()

    def _say_what_is_trained(self, *, projections: bool) -> None:
        """Projections and γ by `loss`; γ and the memory's own by `calibrate`."""
        self.projections.requires_grad_(projections)
        for parameter in (self.log_weight, self.recall.log_beta, self.recall.root_reliability):
            parameter.requires_grad_(not projections)


def _identities(widths: Mapping[str, int]) -> Couplings:
    return Couplings(widths, noise=0.0, learnable=False)
