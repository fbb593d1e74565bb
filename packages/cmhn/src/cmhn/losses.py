"""What a harmonic network is trained on: contrast, margin and weight decay over energies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from amcore.torch.autocast import wide
from cmhn._validation import require_non_negative, require_scale
from cmhn.energies import Energy

__all__ = [
    "HarmonicLoss",
    "LossParts",
    "contrastive_loss",
    "margin_loss",
    "match_scores",
    "pair_energies",
    "symmetric_cross_entropy",
    "weight_decay",
]


def pair_energies(
    energy: Energy, states: Mapping[str, Tensor], *, mutual: bool = False
) -> dict[str, Float[Tensor, "B B"]]:
    r"""For each modality, the energies of all items when that modality is permuted.

    .. math:: E^{(c)}_{ij} = E\bigl(x_i^{(d \ne c)}, x_j^{(c)}\bigr)

    The diagonal holds the true items. Each is a matrix product (see `Energy.cross`); no pair is visited alone.

    Args:
        energy: The energy.
        states: A batch of true items, with at least two modalities.
        mutual: Whether to take the energy of each side alone off: a mutual energy, see `match_scores`.

    Raises:
        TypeError: If a state is not a floating-point tensor of the memory's type.
        ValueError: If there are fewer than two modalities or two items, or a state does not fit.
    """
    batch = energy.check(states)
    if len(states) < 2 or batch < 2:
        raise ValueError(
            "states must hold at least two modalities of at least two items to permute, "
            f"but hold {sorted(states)} of {batch}"
        )
    matrices = {}
    for name, state in states.items():
        others = {other: x for other, x in states.items() if other != name}
        permuted = {name: state}
        matrices[name] = -match_scores(energy, others, permuted) if mutual else energy.cross(others, permuted)
    return matrices


def match_scores(
    energy: Energy, left: Mapping[str, Tensor], right: Mapping[str, Tensor]
) -> Float[Tensor, "B_left B_right"]:
    r"""How well every left item goes with every right one, larger is better.

    .. math:: s_{ij} = E(x_i) + E(y_j) - E(x_i, y_j)

    For a `JointEnergy` that is β⁻¹ times the logarithm of p(x, y) / (p(x) p(y)) under the memory (up to a constant): a
    pointwise mutual information, less the couplings' misfit. An item that fits every memory a little does
    not win by that. The quadratic terms cancel.

    Args:
        energy: The energy.
        left: States of some modalities.
        right: States of others.

    Raises:
        TypeError: As `Energy.cross`.
        ValueError: As `Energy.cross`.
    """
    together = energy.cross(left, right)
    return energy(left)[:, None] + energy(right) - together


def symmetric_cross_entropy(logits: Float[Tensor, "B B"]) -> Float[Tensor, ""]:
    """Cross-entropy of the diagonal, within rows and within columns, averaged; in float32 at least.

    Args:
        logits: One row and one column per item.

    Raises:
        ValueError: If there is no item.
    """
    if len(logits) == 0:
        raise ValueError("logits must hold at least one item to take a mean over, but are empty")
    logits = wide(logits)
    truth = torch.arange(len(logits), device=logits.device)
    rows = nn.functional.cross_entropy(logits, truth)
    return (rows + nn.functional.cross_entropy(logits.mT, truth)) / 2


def contrastive_loss(
    energy: Energy, states: Mapping[str, Tensor], *, temperature: float = 1.0, mutual: bool = False
) -> Float[Tensor, ""]:
    r"""True items should have a lower energy than mixed ones.

    .. math:: \mathcal{L} = -\frac{1}{C} \sum_c \frac{1}{2B} \sum_i \Bigl[
              \log \frac{e^{-E^{(c)}_{ii} / \tau}}{\sum_j e^{-E^{(c)}_{ij} / \tau}}
              + \log \frac{e^{-E^{(c)}_{ii} / \tau}}{\sum_j e^{-E^{(c)}_{ji} / \tau}} \Bigr]

    The proposal permutes all modalities but the first at once and keeps them together, so it never asks which sound
    goes with a picture; here each is permuted in its turn, and both directions count.

    Args:
        energy: The energy.
        states: A batch of true items.
        temperature: τ.
        mutual: Whether the energies of each side alone are taken off first.

    Raises:
        TypeError: As `pair_energies`.
        ValueError: As `pair_energies`, or if τ is not above 0.

    Source: proposal, section 3.3, made symmetric.
    """
    require_scale("temperature", temperature)
    matrices = pair_energies(energy, states, mutual=mutual).values()
    return torch.stack([symmetric_cross_entropy(-matrix / temperature) for matrix in matrices]).mean()


def margin_loss(
    energy: Energy, states: Mapping[str, Tensor], *, margin: float = 1.0, mutual: bool = False
) -> Float[Tensor, ""]:
    r"""True items should have an energy below that of mixed ones by a margin.

    .. math:: \mathcal{L} = \mathrm{mean}_{c,\, i \ne j} \max\{0,\; E_i^+ - E^{(c)-}_{ij} + \delta\}

    The proposal prints E⁻ − E⁺, which would push true items up.

    Args:
        energy: The energy.
        states: A batch of true items.
        margin: δ.
        mutual: Whether the energies of each side alone are taken off first.

    Raises:
        TypeError: As `pair_energies`.
        ValueError: As `pair_energies`, or if δ is negative.

    Source: proposal, section 3.3, with its sign turned.
    """
    require_non_negative("margin", margin)
    excesses = []
    for matrix in pair_energies(energy, states, mutual=mutual).values():
        excess = torch.relu(matrix.diagonal()[:, None] - matrix + margin)
        items = len(matrix)
        # What follows the first entry, in rows one longer than the matrix's, ends each row with a true item.
        mixed = excess.flatten()[1:].view(items - 1, items + 1)[:, :-1]
        excesses.append(mixed.flatten().mean())
    return torch.stack(excesses).mean()


def weight_decay(parameters: Iterable[Tensor]) -> Float[Tensor, ""]:
    """½ Σ θ² over parameters that are trained.

    Raises:
        ValueError: If none is.

    Source: proposal, section 3.3.
    """
    squares = [parameter.square().sum() for parameter in parameters if parameter.requires_grad]
    if not squares:
        raise ValueError("parameters must hold at least one that is trained, but hold none")
    return torch.stack(squares).sum() / 2


class LossParts(NamedTuple):
    """The loss and what it is made of."""

    total: Float[Tensor, ""]
    contrastive: Float[Tensor, ""]
    energy: Float[Tensor, ""]
    decay: Float[Tensor, ""]


@dataclass(frozen=True)
class HarmonicLoss:
    r"""The composite loss.

    .. math:: \mathcal{L} = \mathcal{L}_\text{contrastive} + \lambda_E \mathcal{L}_\text{energy}
              + \lambda_R \mathcal{L}_\text{reg}

    Args:
        energy_weight: λ_E.
        decay_weight: λ_R.
        margin: δ of the margin loss.
        temperature: τ of the contrastive loss.
        mutual: Whether energies of each side alone are taken off first.

    Raises:
        ValueError: If a weight or δ is negative, or τ is not above 0.

    Source: proposal, section 3.3.
    """

    energy_weight: float = 0.1
    decay_weight: float = 1e-4
    margin: float = 1.0
    temperature: float = 1.0
    mutual: bool = False

    def __post_init__(self) -> None:
        require_non_negative("energy_weight", self.energy_weight)
        require_non_negative("decay_weight", self.decay_weight)
        require_non_negative("margin", self.margin)
        require_scale("temperature", self.temperature)

    def __call__(
        self, energy: Energy, states: Mapping[str, Tensor], parameters: Iterable[Tensor]
    ) -> LossParts:
        """The loss of a batch of true items.

        Args:
            energy: The energy.
            states: The items.
            parameters: What weight decay counts: those of encoders, couplings and memory.
        """
        contrastive = contrastive_loss(energy, states, temperature=self.temperature, mutual=self.mutual)
        margin = margin_loss(energy, states, margin=self.margin, mutual=self.mutual)
        decay = weight_decay(parameters)
        total = contrastive + self.energy_weight * margin + self.decay_weight * decay
        return LossParts(total, contrastive, margin, decay)
