"""Completion: all triples are stored, and a caption that has lost letters calls back its picture and its sound."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from amcore.metrics import cosine_similarity
from amcore.results import Sample
from cmhn._validation import require_at_least
from cmhn.baselines import NearestTriple, RidgeRegression
from cmhn.evaluation.damage import damage_captions
from cmhn.evaluation.features import encode_captions, standardise
from cmhn.evaluation.triples import Triples
from cmhn.network import HarmonicNetwork

__all__ = ["CompletionTask", "answer_samples", "completion_sweep"]

_COMPLETED = ("vision", "audio")


@dataclass(frozen=True)
class CompletionTask:
    """Stored triples, and what makes cues of their captions.

    Args:
        triples: The triples.
        raw: Their features as `load_features` gives them.
        encode: What makes features of captions, given their English forms and themselves.
    """

    triples: Triples
    raw: Mapping[str, Tensor]
    encode: Callable[[Sequence[str], Sequence[str]], Tensor] = encode_captions

    @property
    def stored(self) -> dict[str, Tensor]:
        """The features that are stored: less their mean, of length 1."""
        return standardise(dict(self.raw), np.arange(len(self.triples)))

    def draw(self, count: int, *, random: np.random.Generator) -> Int[np.ndarray, " n"]:
        """Draw rows to ask with: ``count`` of them, or all in another order where there are no more.

        Raises:
            TypeError: If the count is not a whole number.
            ValueError: If it is below 1.
        """
        require_at_least("count", count, 1)
        return random.choice(len(self.triples), size=min(count, len(self.triples)), replace=False)

    def cue(
        self, rows: Int[np.ndarray, " n"], share: float, *, random: np.random.Generator
    ) -> tuple[list[str], Float[Tensor, "n D"]]:
        """Damage captions and encode them, on the scale of the stored ones.

        Args:
            rows: Rows of the captions.
            share: Of the letters that go.
            random: Where the draws come from.

        Returns:
            The damaged captions and their features.

        Raises:
            ValueError: If the share is not in [0, 1).
        """
        asked = self.triples.table.iloc[rows]
        captions, english, languages = (asked[name].tolist() for name in ("caption", "english", "language"))
        own, translated = damage_captions(captions, english, languages, share, random=random)
        # The mean that is taken off is that of the stored captions.
        together = torch.cat([self.raw["text"], self.encode(translated, own)])
        everything = np.arange(len(self.triples))
        return own, standardise({"text": together}, everything)["text"][len(everything) :]


def completion_sweep(
    task: CompletionTask,
    network: HarmonicNetwork,
    damages: Sequence[float],
    seeds: Sequence[int],
    *,
    queries: int,
) -> pd.DataFrame:
    """Measure completion of damaged captions by a network and by two plain methods.

    Args:
        task: The stored triples.
        network: A network whose memory holds them, row by row.
        damages: Shares of letters lost.
        seeds: Each draws captions of its own.
        queries: How many captions, at most all.

    Returns:
        Rows with ``variant``, ``seed``, ``damage``, ``metric`` and ``value``: the mean cosine of what came back with
        what belongs to the caption, by modality; of the network (``joint memory``) also how often its strongest memory
        is of the right picture, triple and group.

    Raises:
        TypeError: If ``queries`` is not a whole number.
        ValueError: If ``queries`` is below 1, a damage is not in [0, 1), or the network refuses the captions.
    """
    stored = task.stored
    plain = {"nearest triple": NearestTriple(stored), "ridge": RidgeRegression(stored, ridge=1.0)}
    rows = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        asked = task.draw(queries, random=random)
        for damage in damages:
            _, text = task.cue(asked, damage, random=random)
            answers = {
                "joint memory": network.retrieve(
                    {"text": text}, clamp=["text"], steps=1, weights=False
                ).states
            }
            for variant, method in plain.items():
                answers[variant] = {name: method.complete("text", text, name) for name in _COMPLETED}
            strongest = network.strongest({"text": text})[0][:, 0].numpy()
            found = [
                (variant, f"cosine, {name}", _cosine(answer[name], stored[name], asked))
                for variant, answer in answers.items()
                for name in _COMPLETED
            ]
            found += [
                ("joint memory", f"right {what}", float((names[strongest] == names[asked]).mean()))
                for what, names in _identities(task.triples).items()
            ]
            rows += [(variant, seed, damage, metric, value) for variant, metric, value in found]
    return pd.DataFrame(rows, columns=["variant", "seed", "damage", "metric", "value"])


def answer_samples(
    task: CompletionTask, network: HarmonicNetwork, damage: float, *, count: int, seed: int
) -> list[Sample]:
    """Show and play what comes back to damaged captions: the picture and the sound of the strongest memory.

    Args:
        task: The stored triples.
        network: A network whose memory holds them, row by row.
        damage: Share of letters lost.
        count: How many captions, at most all.
        seed: What the captions and the lost letters are drawn from.

    Raises:
        TypeError: If the count is not a whole number.
        ValueError: As `completion_sweep`.
    """
    random = np.random.default_rng(seed)
    rows = task.draw(count, random=random)
    texts, text = task.cue(rows, damage, random=random)
    answers = network.strongest({"text": text})[0][:, 0].tolist()
    spoken, languages = (task.triples.table[name].to_numpy() for name in ("caption", "language"))
    return [
        Sample(
            task.triples.picture(answer),
            task.triples.sound(answer),
            f"asked: “{asked}” ({languages[row]}); "
            # Several triples may have one caption: none of them is a wrong answer to it.
            + (
                f"found: “{spoken[answer]}”"
                if spoken[answer] == spoken[row]
                else f"found instead: “{spoken[answer]}”; right is “{spoken[row]}”"
            ),
        )
        for asked, row, answer in zip(texts, rows, answers, strict=True)
    ]


def _cosine(answer: Tensor, stored: Tensor, asked: Int[np.ndarray, " n"]) -> float:
    truth = stored[torch.from_numpy(asked)]
    return float(cosine_similarity(answer.numpy(), truth.numpy()).mean())


def _identities(triples: Triples) -> dict[str, np.ndarray]:
    return {
        "picture": triples.table["picture"].to_numpy(),
        "triple": np.arange(len(triples)),
        "group": triples.table["group"].to_numpy(),
    }
