"""Films of labelled scenes: a task for memory layers, in which what is asked lies anywhere in a long sequence."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import trange

from chmnet._validation import require_at_least, require_finite, require_floating, require_non_negative
from chmnet.evaluation.subsampling import evenly_spaced

__all__ = ["FilmBatch", "Films", "RecallNetwork", "recall_accuracy", "train_recall"]


@dataclass(frozen=True)
class FilmBatch:
    """Films and one question about each.

    Attributes:
        films: Frames, [B, L, W + C]: a noisy picture, and beside it the noisy label of its scene.
        query: A noisy picture of one of the scenes, its label left out, [B, 1, W + C].
        target: The label of that scene.
    """

    films: Float[Tensor, "B L F"]
    query: Float[Tensor, "B 1 F"]
    target: Int[Tensor, " B"]


class Films:
    r"""Sequences of scenes that show one picture each, with a label that is drawn anew for every film.

    .. math:: x_\ell = (v_{s(\ell)} + \sigma \epsilon_\ell, \; e_{c(s(\ell))} + \sigma \eta_\ell)

    with s(ℓ) the scene of frame ℓ. Labels are not a property of the pictures, so the answer can only be found in the
    film. Cuts are drawn at random; every scene lasts at least half of its even share.

    Args:
        pictures: Pictures to draw scenes from, one per row.
        scenes: Scenes S of a film.
        labels: Number C of labels.
        noise: σ of films and queries.

    Raises:
        TypeError: If the pictures are not floating-point or a count is not whole.
        ValueError: If there are fewer pictures than scenes, a value is not finite or a number is too small.
    """

    def __init__(
        self, pictures: Float[Tensor, "P W"], *, scenes: int, labels: int = 10, noise: float = 0.5
    ) -> None:
        require_floating("pictures", pictures)
        require_finite("pictures", pictures)
        require_at_least("scenes", scenes, 1)
        require_at_least("labels", labels, 2)
        require_non_negative("noise", noise)
        if pictures.ndim != 2 or len(pictures) < scenes:
            raise ValueError(
                f"pictures must be one per row and at least as many as scenes ({scenes}), "
                f"but has shape {tuple(pictures.shape)}"
            )
        self.pictures = pictures
        self.scenes = scenes
        self.labels = labels
        self.noise = noise

    @property
    def width(self) -> int:
        """Width of a frame: a picture and a label."""
        return self.pictures.shape[1] + self.labels

    def sample(self, batch: int, length: int, *, generator: torch.Generator) -> FilmBatch:
        """Films of a length, and a question about each.

        Args:
            batch: Number of films.
            length: Frames L of each, at least one per scene.
            generator: Where randomness comes from.

        Raises:
            TypeError: If a number is not whole.
            ValueError: If a number is too small.
        """
        require_at_least("batch", batch, 1)
        require_at_least("length", length, self.scenes)
        # The scenes of a film differ: a picture that stood twice would have two labels.
        chosen = torch.rand(batch, len(self.pictures), generator=generator).topk(self.scenes).indices
        labels = torch.randint(self.labels, (batch, self.scenes), generator=generator)
        shares = 0.5 + torch.rand(batch, self.scenes, generator=generator)
        ends = (shares.cumsum(1) / shares.sum(1, keepdim=True))[:, :-1].contiguous()
        times = ((torch.arange(length) + 0.5) / length).expand(batch, -1).contiguous()
        scene = torch.searchsorted(ends, times)
        picture = self.pictures[chosen.gather(1, scene)]
        label = nn.functional.one_hot(labels.gather(1, scene), self.labels).to(picture)
        films = torch.cat([picture, label], dim=-1)
        films = films + self.noise * torch.randn(films.shape, generator=generator)
        asked = torch.randint(self.scenes, (batch, 1), generator=generator)
        question = self.pictures[chosen.gather(1, asked)]
        question = question + self.noise * torch.randn(question.shape, generator=generator)
        query = nn.functional.pad(question, (0, self.labels))
        return FilmBatch(films, query, labels.gather(1, asked)[:, 0])


class RecallNetwork(nn.Module):
    """Answers the question about a film: an embedding of frames, a memory layer, a readout.

    Args:
        width: Width of a frame.
        labels: Number of labels.
        layer: What answers queries [B, Q, H] from patterns [B, L, H]: `DiscreteHopfieldLayer` or
            `ContinuousHopfieldLayer`.
        hidden: The layer's width H.
        kept: How many evenly spaced frames of a film the layer sees; all if None.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is below 1.
    """

    def __init__(
        self, width: int, labels: int, layer: nn.Module, *, hidden: int, kept: int | None = None
    ) -> None:
        super().__init__()
        require_at_least("width", width, 1)
        require_at_least("labels", labels, 1)
        require_at_least("hidden", hidden, 1)
        if kept is not None:
            require_at_least("kept", kept, 1)
        self.embedding = nn.Linear(width, hidden)
        self.layer = layer
        self.readout = nn.Linear(hidden, labels)
        self.kept = kept

    def forward(self, batch: FilmBatch) -> Float[Tensor, "B C"]:
        """Scores of the labels."""
        films = batch.films
        if self.kept is not None and self.kept < films.shape[1]:
            films = films[:, evenly_spaced(films.shape[1], self.kept)]
        answer = self.layer(self.embedding(batch.query), self.embedding(films))
        return self.readout(answer[:, 0])


def train_recall(
    network: RecallNetwork,
    films: Films,
    *,
    length: int,
    steps: int,
    batch: int = 64,
    rate: float = 3e-3,
    generator: torch.Generator,
) -> Float[Tensor, " S"]:
    """Train a network to answer, by Adam with a rate that falls to 0 along a cosine.

    Args:
        network: The network, trained in place.
        films: The task.
        length: Frames of the films trained on.
        steps: Number of updates S.
        batch: Films of an update.
        rate: Learning rate at the start.
        generator: Where films come from.

    Returns:
        The cross-entropy of each update's batch.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is too small.
    """
    require_at_least("steps", steps, 1)
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    losses = torch.empty(steps)
    network.train()
    for step in trange(steps, desc="training", disable=None, leave=False):
        questions = films.sample(batch, length, generator=generator)
        loss = nn.functional.cross_entropy(network(questions), questions.target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses[step] = loss.detach()
    return losses


@torch.no_grad()
def recall_accuracy(
    network: RecallNetwork,
    films: Films,
    *,
    length: int,
    count: int,
    batch: int = 64,
    generator: torch.Generator,
) -> float:
    """Share of questions answered right.

    Args:
        network: The network.
        films: The task; its pictures may be others than those trained on.
        length: Frames of the films.
        count: Number of films asked about.
        batch: Films at once.
        generator: Where films come from.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is too small.
    """
    require_at_least("count", count, 1)
    network.eval()
    right = 0
    for start in range(0, count, batch):
        questions = films.sample(min(batch, count - start), length, generator=generator)
        right += int((network(questions).argmax(-1) == questions.target).sum())
    return right / count
