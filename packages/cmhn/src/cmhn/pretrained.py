"""The trained network that the package ships, and how one like it is trained."""

from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from itertools import combinations, product

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from cmhn.couplings import Couplings
from cmhn.encoders.small import SmallCaptionEncoder, SmallPictureEncoder, SmallSoundEncoder
from cmhn.encoders.unit import UnitLength
from cmhn.energies import Energy, JointEnergy
from cmhn.losses import HarmonicLoss, match_scores
from cmhn.memory import JointMemory
from cmhn.network import HarmonicNetwork
from cmhn.ranking import Gallery, mean_reciprocal_rank
from cmhn.training import train
from cmhn.weight_files import read_weights

__all__ = ["PRETRAINED", "EnergyMatcher", "load_pretrained", "prepare_scenes", "train_network"]

PRETRAINED: Mapping[str, str] = {"avsynth": "avsynth.safetensors"}
"""Weight files that come with the package; ``cmhn/weights`` has a card beside each."""

_MODALITIES: tuple[str, ...] = ("text", "vision", "audio")
_BETAS = (4.0, 8.0, 16.0, 32.0)
_GAMMAS = (0.01, 0.03, 0.1, 0.3, 1.0)


class EnergyMatcher:
    """Scores pairs by the mutual energy of a network's own energy; see `match_scores`.

    Args:
        energy: The energy.
    """

    def __init__(self, energy: Energy) -> None:
        self.energy = energy

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """Mutual energies, larger is better."""
        return match_scores(self.energy, {source: queries}, {target: candidates})


def load_pretrained(name: str = "avsynth") -> HarmonicNetwork:
    """A trained network with its encoders and its memory, ready for raw captions, pictures and sounds.

    ``avsynth`` takes English captions of AVSynth's scenes, pictures of 64 × 64 bytes RGB and one-second sounds of
    16 bits, two channels, 16,000 samples a second. What it was trained on and how well it does is in the card
    beside its weights.

    Args:
        name: One of `PRETRAINED`.

    Raises:
        ValueError: If there is no network of that name.
        WeightFileError: If the file is damaged.
    """
    if name not in PRETRAINED:
        raise ValueError(f"name must be one of {sorted(PRETRAINED)}, but is {name!r}")
    with as_file(files("cmhn") / "weights" / PRETRAINED[name]) as path:
        _, description = read_weights(path, "HarmonicNetwork")
        network = _untrained(description["widths"]["text"])
        network.load(path)
    return network.requires_grad_(False).eval()


def prepare_scenes(
    captions: Sequence[str], pictures: np.ndarray, sounds: np.ndarray, width: int = 64
) -> dict[str, Tensor]:
    """What the encoders of `train_network` take: prepared once, before the first epoch.

    Args:
        captions: Texts.
        pictures: RGB levels 0 … 255, [n, 64, 64, 3].
        sounds: Samples of 16 bits, [n, 2, samples].
        width: Of the features; preparing does not depend on it.
    """
    encoders = _encoders(width)
    raw = dict(zip(_MODALITIES, (captions, pictures, sounds), strict=True))
    return {name: encoders[name].prepare(raw[name]) for name in _MODALITIES}


def train_network(
    prepared: Mapping[str, Tensor],
    stored: np.ndarray,
    validation: Gallery,
    *,
    width: int = 64,
    epochs: int = 20,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
    seed: int = 0,
) -> tuple[HarmonicNetwork, list[float]]:
    """Encoders trained end to end through the harmonic term, and a memory of what they were trained on.

    The composite loss falls on every pair of modalities, with couplings at the identity: after training what
    belongs together lies together. Then the training triples are stored, and β and γ are those with the best
    retrieval on validation.

    Args:
        prepared: As `prepare_scenes` gives it.
        stored: Rows that are trained on and stored.
        validation: Items that β and γ are chosen by.
        width: Of the features, the same for all modalities.
        epochs: Passes over the rows.
        batch_size: Items in a batch.
        learning_rate: The largest learning rate.
        seed: Of the start and of batches.

    Returns:
        The network, and the mean loss of each epoch.
    """
    torch.manual_seed(seed)
    encoders = _encoders(width)
    widths = dict.fromkeys(_MODALITIES, width)
    silent = JointMemory.from_joint(widths, torch.zeros(1, 3 * width))
    identities = Couplings(widths, noise=0.0, learnable=False)
    energy = JointEnergy(silent, identities, gamma=3.5, learn_gamma=True)
    composite = HarmonicLoss()
    modules = torch.nn.ModuleDict(encoders)
    parameters = [*modules.parameters()]

    def loss(batch: dict[str, Tensor]) -> Tensor:
        states = {name: encoders[name](x) for name, x in batch.items()}
        parts = [
            composite(energy, {c: states[c], d: states[d]}, parameters).total
            for c, d in combinations(states, 2)
        ]
        return torch.stack(parts).mean()

    rows = torch.from_numpy(np.asarray(stored))
    history = train(
        [*parameters, energy.root_gamma],
        loss,
        {name: prepared[name][rows] for name in _MODALITIES},
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        generator=torch.Generator().manual_seed(seed),
    )
    modules.eval()
    with torch.no_grad():
        states = {name: encoders[name](prepared[name]) for name in _MODALITIES}
    memory = JointMemory(widths)
    memory.store(**{name: x[rows] for name, x in states.items()})

    def with_settings(beta: float, gamma: float) -> JointEnergy:
        return JointEnergy(memory, identities, beta=beta, gamma=gamma).requires_grad_(False)

    best = max(
        product(_BETAS, _GAMMAS),
        key=lambda pair: mean_reciprocal_rank(EnergyMatcher(with_settings(*pair)), states, [validation]),
    )
    network = HarmonicNetwork(with_settings(*best), encoders=encoders)
    return network.requires_grad_(False).eval(), history


def _untrained(width: int) -> HarmonicNetwork:
    memory = JointMemory(dict.fromkeys(_MODALITIES, width))
    return HarmonicNetwork(
        JointEnergy(memory, Couplings(memory.widths, noise=0.0, learnable=False)), encoders=_encoders(width)
    )


def _encoders(width: int) -> dict[str, UnitLength]:
    return {
        "text": UnitLength(SmallCaptionEncoder(width)),
        "vision": UnitLength(SmallPictureEncoder(width)),
        "audio": UnitLength(SmallSoundEncoder(width)),
    }
