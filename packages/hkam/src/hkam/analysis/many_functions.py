"""How many functions one network of threshold units holds when oscillators choose among them, and without them."""

from collections.abc import Callable, Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float

from hkam.dynamics import recall
from hkam.hopfield import HopfieldMemory
from hkam.lagrangians import TanhLagrangian
from hkam.multiplexing import most_functions, selected_weights, selecting_memory
from hkam.states import HopfieldKuramotoState, HopfieldState
from hkam.synapses import DenseSynapses

__all__ = ["SELECTIONS", "function_answers", "functions_held", "functions_predicted", "held_table"]

_GAIN = 2.0  # what an answering unit is to be told: tanh(2) is close to one
_SHOWN = 20.0  # the bias that shows a key, against which the answers' feedback is small
_DURATION = 8.0


def function_answers(
    selection: str, units: int, keys: int, answering: int, functions: int, dimensions: int, *, seed: int
) -> tuple[float, float]:
    """Store random functions of the same random keys in one network, and ask for all of them.

    Args:
        selection: What says which function is asked for, one of `SELECTIONS`.
        units: Units of the keys, ``n1``.
        keys: ``P``.
        answering: Units of the answers, ``n2``.
        functions: ``K``.
        dimensions: Columns of the oscillators, D + 1.
        seed: Of keys, answers and what selects.

    Returns:
        The share of answers that are right in every unit: as the weights give them at the key, and as the network ends.

    Raises:
        ValueError: If there is no such selection.
    """
    if selection not in SELECTIONS:
        raise ValueError(f"selection must be one of {list(SELECTIONS)}, but is {selection!r}")
    random = np.random.default_rng([seed, units, keys, functions])
    shown = random.choice([-1.0, 1.0], (keys, units))
    answers = random.choice([-1.0, 1.0], (functions, keys, answering))
    told, ended = SELECTIONS[selection](shown, answers, dimensions, random)
    wanted = answers.reshape(-1, answering)
    return _right(told, wanted), _right(ended, wanted)


def functions_held(
    selections: Iterable[tuple[str, int]],
    units: int,
    keys: int,
    answering: int,
    functions: Iterable[int],
    seeds: Iterable[int],
) -> pd.DataFrame:
    """Measure the share of right answers against the number of functions.

    Args:
        selections: Pairs of a name of `SELECTIONS` and the oscillators' D (of no meaning without oscillators).
        units: Units of the keys, ``n1``.
        keys: ``P``.
        answering: Units of the answers, ``n2``.
        functions: Numbers ``K`` to try.
        seeds: One network of each kind per seed.

    Returns:
        Columns ``variant``, ``D``, ``units``, ``functions``, ``seed``, ``told`` and ``ended``, the two shares of
        `function_answers`.
    """
    counts, wanted = list(functions), list(seeds)
    rows = []
    for selection, d in selections:
        for number in counts:
            for seed in wanted:
                told, ended = function_answers(selection, units, keys, answering, number, d + 1, seed=seed)
                case = {"variant": selection, "D": d, "units": units, "functions": number, "seed": seed}
                rows.append(case | {"told": told, "ended": ended})
    return pd.DataFrame(rows)


def functions_predicted(selection: str, units: int, keys: int) -> int:
    """Return how many functions fit, by counting equations, whatever their answers are.

    `most_functions` for an oscillator per unit. Where the groups have one direction each, one scalar product says
    everything, and two functions fit, as in Example 4. Threshold units add to the keys: key and context span
    ``P + K − 1`` dimensions for ``K P`` answers, and of more than one key only one function fits.

    Args:
        selection: One of `SELECTIONS`.
        units: Units of the keys, ``n1``.
        keys: ``P``, at least 2.
    """
    limits = {
        "an oscillator per unit": most_functions(units, keys),
        "a direction per group": 2,
        "threshold units": 1,
    }
    return limits[selection]


def held_table(measured: pd.DataFrame, keys: int) -> pd.DataFrame:
    """Find the largest number of functions up to which every answer of every seed is right.

    Args:
        measured: As from `functions_held`.
        keys: ``P``.

    Returns:
        Columns ``variant``, ``D``, ``units``, ``predicted``, ``told`` (by the weights alone) and ``ended`` (by the
        network), one row per network.
    """
    rows = []
    networks: Any = measured.groupby(["variant", "D", "units"], sort=False)
    for (variant, d, units), group in networks:
        least = group.groupby("functions")[["told", "ended"]].min()
        whole = (least == 1).cummin().mul(least.index, axis=0).max()
        predicted = functions_predicted(variant, units, keys)
        case = {"variant": variant, "D": d, "units": units, "predicted": predicted}
        rows.append(case | {"told": int(whole["told"]), "ended": int(whole["ended"])})
    return pd.DataFrame(rows)


def _right(answers: Float[np.ndarray, "B n2"], wanted: Float[np.ndarray, "B n2"]) -> float:
    return float((np.sign(answers) == wanted).all(axis=1).mean())


Answers = tuple[Float[np.ndarray, "B n2"], Float[np.ndarray, "B n2"]]


def _by_unit(
    keys: Float[np.ndarray, "P n1"],
    answers: Float[np.ndarray, "K P n2"],
    dimensions: int,
    random: np.random.Generator,
) -> Answers:
    mu = random.normal(size=(len(answers), keys.shape[1] + answers.shape[2], dimensions))
    return _selected(keys, answers, mu)


def _by_group(
    keys: Float[np.ndarray, "P n1"],
    answers: Float[np.ndarray, "K P n2"],
    dimensions: int,
    random: np.random.Generator,
) -> Answers:
    directions = random.normal(size=(len(answers), 2, dimensions))
    return _selected(keys, answers, np.repeat(directions, [keys.shape[1], answers.shape[2]], axis=1))


def _by_threshold_units(
    keys: Float[np.ndarray, "P n1"],
    answers: Float[np.ndarray, "K P n2"],
    dimensions: int,  # noqa: ARG001
    random: np.random.Generator,
) -> Answers:
    functions, _, answering = answers.shape
    context = random.choice([-1.0, 1.0], (functions, keys.shape[1]))
    shown = np.concatenate([np.tile(keys, (functions, 1)), np.repeat(context, len(keys), axis=0)], axis=1)
    weights = np.linalg.pinv(shown) @ (_GAIN * answers.reshape(-1, answering))
    size = sum(weights.shape)
    corner = np.zeros((size, size))
    corner[: len(weights), len(weights) :] = weights
    synapses = DenseSynapses(jnp.asarray(corner + corner.T, jnp.float32))
    memory = HopfieldMemory(TanhLagrangian(), synapses, jnp.zeros(size, jnp.float32))
    told = shown @ weights
    bias = _SHOWN * jnp.asarray(np.pad(shown, ((0, 0), (0, answering))), jnp.float32)
    return told, _ends(memory, bias, HopfieldState(bias), len(keys))[:, -answering:]


SELECTIONS: dict[str, Callable[..., Answers]] = {
    "an oscillator per unit": _by_unit,
    "a direction per group": _by_group,
    "threshold units": _by_threshold_units,
}
"""What may say which function is asked for: oscillators that each have a direction of their own in every function;
oscillators that agree in each of the two groups, as in Example 4; as many further threshold units as the keys have,
and no oscillators: the same number of synapses, ``2 n1 n2``."""


def _selected(
    keys: Float[np.ndarray, "P n1"], answers: Float[np.ndarray, "K P n2"], mu: Float[np.ndarray, "K N D1"]
) -> Answers:
    functions, _, answering = answers.shape
    first = keys.shape[1]
    mu = mu / np.linalg.norm(mu, axis=-1, keepdims=True)
    single = jnp.asarray(keys, jnp.float32)
    plain, gated = selected_weights(single, jnp.asarray(answers), jnp.asarray(mu), gain=_GAIN)
    gates = mu[:, :first] @ mu[:, first:].swapaxes(1, 2)
    synapses = np.asarray(plain) + np.asarray(gated) * gates
    told = np.einsum("kij,pi->kpj", synapses, keys).reshape(-1, answering)
    shown = np.pad(np.tile(keys, (functions, 1)), ((0, 0), (0, answering)))
    bias = _SHOWN * jnp.asarray(shown, jnp.float32)
    oscillators = jnp.asarray(np.repeat(mu, len(keys), axis=0), jnp.float32)
    cues = HopfieldKuramotoState(bias, oscillators)
    return told, _ends(selecting_memory(plain, gated), bias, cues, len(keys))[:, first:]


def _ends(memory: Any, bias: Float[Array, "B N"], cues: Any, keys: int) -> Float[np.ndarray, "B N"]:
    """Recall function by function, so that one program serves every number of functions."""
    parts = [slice(begin, begin + keys) for begin in range(0, len(bias), keys)]
    ends = [
        _settle(memory, bias[part], jax.tree.map(lambda leaf, part=part: leaf[part], cues)) for part in parts
    ]
    return np.concatenate([np.asarray(end) for end in ends])


@eqx.filter_jit
def _settle(memory: Any, bias: Float[Array, "B N"], cues: Any) -> Float[Array, "B N"]:
    """Recall from many cues, each shown throughout as a bias of its own."""

    def one(shown: Float[Array, "N"], cue: Any) -> Float[Array, "N"]:
        place = lambda tree: getattr(tree, "hopfield", tree).bias  # noqa: E731
        return recall(eqx.tree_at(place, memory, shown), cue, _DURATION, max_steps=None).state.x

    return jax.vmap(one)(bias, cues)
