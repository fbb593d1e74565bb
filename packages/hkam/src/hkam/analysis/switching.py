"""One network that answers the same keys in two ways, and how often and from which angle on it answers as asked."""

from collections.abc import Iterable, Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float

from hkam.analysis.patterns import random_pixels
from hkam.dynamics import recall
from hkam.multiplexing import association_weights, multiplexing_cue, multiplexing_memory
from hkam.sphere import random_unit_rows, unit_rows
from hkam.states import HopfieldKuramotoState

__all__ = ["SwitchedMemory", "right_answers", "switching_angles", "turned_overlaps"]

_MAX_STEPS = 20_000
_NOISE = 0.4  # of the oscillators' start, so that the wells have something to do
_TURNED_NOISE = 0.05  # where the angle itself is asked for
_COLUMNS = 3


class SwitchedMemory:
    """A memory with two groups of threshold units, of which the second answers the first in one of two ways.

    Args:
        keys: What is to be shown to the first group, entries ±1.
        answers: What the second group is to answer, entries ±1, by the computation's name: first that of orthogonal
            oscillators, then that of aligned ones.

    Attributes:
        memory: The network.

    Raises:
        ValueError: If there are not two computations.

    Source: "Binding threshold units with artificial oscillatory neurons", Example 4, corrected.
    """

    def __init__(self, keys: Float[Array, "P n1"], answers: Mapping[str, Float[Array, "P n2"]]) -> None:
        if len(answers) != 2:
            raise ValueError(f"answers must be those of two computations, but are those of {list(answers)}")
        self.keys = keys
        self.answers = dict(answers)
        self.memory = multiplexing_memory(*(association_weights(keys, values) for values in answers.values()))
        # Weights and duration are constants of the program; as its arguments they would be rounded otherwise.
        self._ends = jax.jit(self._recall_all, static_argnames="duration")

    @property
    def groups(self) -> tuple[int, int]:
        """The number of threshold units in each group."""
        return self.keys.shape[1], self.memory.hopfield.size - self.keys.shape[1]

    def cue(self, number: int, computation: str, *, seed: int, flipped: float = 0.0) -> HopfieldKuramotoState:
        """Show a key, with oscillators that ask for one computation.

        Args:
            number: Of the key.
            computation: Name of what is asked for.
            seed: Of the damage and of the oscillators' noise.
            flipped: Share of the key's pixels to flip.

        Raises:
            ValueError: If there is no such computation.
        """
        if computation not in self.answers:
            raise ValueError(f"computation must be one of {list(self.answers)}, but is {computation!r}")
        pixels, _ = self.groups
        chosen = random_pixels(np.random.default_rng([seed, number]), pixels, round(flipped * pixels))
        damage = jnp.asarray(np.where(chosen, -1.0, 1.0), self.keys.dtype)
        aligned = list(self.answers).index(computation) == 1
        x = self._shown(self.keys[number] * damage)
        return multiplexing_cue(x, pixels, aligned=aligned, noise=_NOISE, key=jax.random.key(seed))

    def turned_cue(self, number: int, angle: float, *, seed: int) -> HopfieldKuramotoState:
        """Show a key, with a given angle between the two groups' oscillators.

        Args:
            number: Of the key.
            angle: In radians.
            seed: Of the oscillators' noise.
        """
        directions = jnp.array([[1.0, 0.0, 0.0], [np.cos(angle), np.sin(angle), 0.0]])
        mu = jnp.repeat(directions, jnp.array(self.groups), axis=0)
        noise = random_unit_rows(len(mu), _COLUMNS, key=jax.random.key(seed))
        return HopfieldKuramotoState(self._shown(self.keys[number]), unit_rows(mu + _TURNED_NOISE * noise))

    def answer(self, cues: Sequence[HopfieldKuramotoState], duration: float) -> Float[Array, "B n2"]:
        """Recall from many cues and read what the second group's threshold units end with."""
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *cues)
        return self._ends(stacked, duration=duration).x[:, self.groups[0] :]

    def follow(
        self, cue: HopfieldKuramotoState, times: Float[Array, "T"]
    ) -> tuple[HopfieldKuramotoState, Float[np.ndarray, "T"], Float[np.ndarray, "T P"]]:
        """Recall from one cue and watch oscillators and answer on the way.

        Args:
            cue: The cue.
            times: When to look, from 0.

        Returns:
            The trajectory, the mean scalar product between the two groups' oscillators, and the second group's
            activations.
        """
        path = recall(self.memory, cue, times[-1], times=times, max_steps=_MAX_STEPS).trajectory
        first, _ = self.groups
        mu, x = np.asarray(path.mu), np.asarray(path.x)
        products = np.einsum("tid,tjd->tij", mu[:, :first], mu[:, first:]).mean(axis=(1, 2))
        return path, products, np.tanh(x[:, first:])

    def _recall_all(self, cues: HopfieldKuramotoState, *, duration: float) -> HopfieldKuramotoState:
        return jax.vmap(lambda cue: recall(self.memory, cue, duration, max_steps=_MAX_STEPS).state)(cues)

    def _shown(self, key: Float[Array, "n1"]) -> Float[Array, "N"]:
        return jnp.concatenate([key, jnp.zeros(self.groups[1], key.dtype)])


def right_answers(
    network: SwitchedMemory, flipped: Iterable[float], seeds: Iterable[int], duration: float
) -> pd.DataFrame:
    """Measure whether each key is answered right in every pixel, in both computations and from one cue for each seed.

    Args:
        network: The memory.
        flipped: Shares of the key's pixels to flip.
        seeds: Of damage and oscillators.
        duration: How long to recall.

    Returns:
        Columns ``variant`` (the computation), ``dataset`` (the key), ``seed``, ``metric``, ``value`` and ``flipped``.
    """
    wanted = list(seeds)
    rows = []
    for share in flipped:
        cases = [
            (number, name, seed)
            for number in range(len(network.keys))
            for name in network.answers
            for seed in wanted
        ]
        cues = [network.cue(number, name, seed=seed, flipped=share) for number, name, seed in cases]
        signs = np.sign(np.asarray(network.answer(cues, duration)))
        rows += [
            {
                "variant": f"computation {name}",
                "dataset": f"shape {number}",
                "seed": seed,
                "metric": "right answer",
                "value": float((got == np.asarray(network.answers[name][number])).all()),
                "flipped": share,
            }
            for (number, name, seed), got in zip(cases, signs, strict=True)
        ]
    return pd.DataFrame(rows)


def turned_overlaps(
    network: SwitchedMemory, angles: Float[np.ndarray, "A"], duration: float, *, seed: int
) -> dict[str, Float[np.ndarray, "P A"]]:
    """Measure how the answer to each key depends on the angle between the groups' oscillators at the start.

    Args:
        network: The memory.
        angles: In radians.
        duration: How long to recall.
        seed: Of the oscillators' noise.

    Returns:
        Overlap of the answer with the one that is right, for each key and angle, by the computation's name.
    """
    cues = [
        network.turned_cue(number, float(angle), seed=seed)
        for number in range(len(network.keys))
        for angle in angles
    ]
    pixels = np.tanh(np.asarray(network.answer(cues, duration))).reshape(len(network.keys), len(angles), -1)
    return {
        name: np.einsum("nap,np->na", pixels, np.asarray(wanted)) / wanted.shape[1]
        for name, wanted in network.answers.items()
    }


def switching_angles(
    angles: Float[np.ndarray, "A"], overlaps: dict[str, Float[np.ndarray, "P A"]]
) -> tuple[float, float]:
    """Find the angles between which the answer changes from the aligned computation to the orthogonal one.

    Args:
        angles: Rising.
        overlaps: As from `turned_overlaps`.

    Returns:
        The largest angle up to which all answers are nearer to those of the aligned computation, and the smallest from
        which all are nearer to those of the orthogonal one.

    Raises:
        ValueError: If there is no such angle.
    """
    orthogonal, aligned = overlaps.values()
    is_aligned, is_orthogonal = np.all(aligned > orthogonal, axis=0), np.all(orthogonal > aligned, axis=0)
    last = np.flatnonzero(np.logical_and.accumulate(is_aligned))
    first = np.flatnonzero(np.logical_and.accumulate(np.flip(is_orthogonal))[::-1])
    if not (last.size and first.size):
        raise ValueError("overlaps must be all of either computation at its end of the angles, but are not")
    return float(angles[last[-1]]), float(angles[first[0]])
