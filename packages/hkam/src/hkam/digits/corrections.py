"""What oscillators add to the synapses: the matrix κ μ μᵀ, its spectrum, and the part of it that acts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float, Integer

from hkam._arrays import real_array, wide
from hkam.analysis import order_parameter
from hkam.digits.finetuning import EditedClassifier
from hkam.digits.solvers import Solve
from hkam.digits.starts import ShownStart, shown_digits
from hkam.dynamics import recall
from hkam.sphere import by_largest_entry

__all__ = [
    "Correction",
    "Corrections",
    "correction",
    "effective_rank",
    "follow_oscillators",
    "oscillator_corrections",
    "start_table",
]


class Correction(NamedTuple):
    """The matrix ``κ μ μᵀ`` that oscillators add to the synapses ``W``.

    Args:
        matrix: ``κ μ_iᵀ μ_j``.
        eigenvalues: Those that can differ from zero, D + 1, the largest in size first.
    """

    matrix: Float[Array, "N N"]
    eigenvalues: Float[Array, "D1"]


def correction(mu: Float[Array, "N D1"], strength: Float[Array, ""]) -> Correction:
    """Return what oscillators add to the synapses.

    Args:
        mu: Oscillators.
        strength: ``κ``.

    Returns:
        The matrix and its eigenvalues, those of the small matrix ``κ μᵀ μ``; of half precision in single precision.

    Raises:
        ValueError: If ``mu`` is not a matrix.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 17.
    """
    rows, kappa = wide(real_array("mu", mu), real_array("strength", strength))
    if rows.ndim != 2:
        raise ValueError(f"mu must have shape (N, D+1), but has {rows.shape}")
    return Correction(kappa * rows @ rows.T, kappa * jnp.linalg.eigvalsh(rows.T @ rows)[::-1])


def effective_rank(eigenvalues: Float[Array, "D1"]) -> Float[Array, ""]:
    """Return ``exp`` of the entropy of the eigenvalues' shares: between 1 and their number, or 0 if all are zero.

    Args:
        eigenvalues: Of one sign.

    Source: Roy and Vetterli, "The effective rank: a measure of effective dimensionality", 2007.
    """
    (sizes,) = wide(jnp.abs(real_array("eigenvalues", eigenvalues)))
    # Divided by the largest first: the sum of the largest numbers leaves their type.
    parts, _, nothing = by_largest_entry(sizes)
    shares = parts / jnp.where(nothing, 1.0, jnp.sum(parts))
    # A share of 0 or 1 adds nothing; the inner choice keeps the infinite slope at 0 out of the gradient.
    entropy = jnp.sum(jax.scipy.special.entr(jnp.where(shares > 0, shares, 1.0)))
    return jnp.where(nothing[0], 0.0, jnp.exp(entropy))


def follow_oscillators(
    network: EditedClassifier,
    images: Float[np.ndarray, "B pixels"],
    shown: Float[np.ndarray, "B pixels"] | None = None,
    *,
    times: Float[np.ndarray, "T"],
) -> Float[Array, "B T N D1"]:
    """Return where the oscillators are at given times, solved with the paper's solver.

    Args:
        network: The edited classifier.
        images: Pixels between 0 and 1.
        shown: What each sample's oscillators are shown, between −1 and 1.
        times: Between 0 and 1, rising.

    Returns:
        Oscillators of each sample at each time.
    """

    @eqx.filter_jit
    def follow(model: EditedClassifier, cues: Any) -> Float[Array, "B T N D1"]:
        return jax.vmap(lambda cue: recall(model.memory, cue, 1.0, times=jnp.asarray(times)).trajectory.mu)(
            cues
        )

    digits = None if shown is None else jnp.asarray(shown)
    return follow(network, network.cue(jnp.asarray(images), digits))


class Corrections(NamedTuple):
    """What the oscillators of edits add to the synapses, before and after recall.

    Attributes:
        table: Per edit and ``moment``: ``strength`` κ, ``steps`` of the solver, ``largest eigenvalue``,
            ``effective rank`` and ``coherence`` (the length of the oscillators' mean), averaged over images.
        eigenvalues: Mean eigenvalues by edit and moment.
        oscillators: Those of the first image before and after recall, by edit, of shape [2, N, D + 1].
    """

    table: pd.DataFrame
    eigenvalues: dict[tuple[str, str], Float[np.ndarray, "D1"]]
    oscillators: dict[str, Float[np.ndarray, "2 N D1"]]


def oscillator_corrections(
    networks: Mapping[str, EditedClassifier],
    images: Float[np.ndarray, "S pixels"],
    labels: Integer[np.ndarray, "S"],
    *,
    solve: Solve,
    number: int = 32,
) -> Corrections:
    """Measure the correction ``κ μ μᵀ`` of each edited classifier on some images.

    Args:
        networks: Edited classifiers by name.
        images: Test images, from which shown digits are drawn too.
        labels: Their classes.
        solve: Maps a memory and a batch of cues to their recall.
        number: How many of the images to read, at most.
    """
    number = min(number, len(images))
    solved = eqx.filter_jit(solve)
    rows, eigenvalues, oscillators = [], {}, {}
    for name, model in networks.items():
        shown = None
        if isinstance(model.start, ShownStart):
            shown, _ = shown_digits(images, labels, number, seed=0)
        cues = model.cue(jnp.asarray(images[:number]), None if shown is None else jnp.asarray(shown))
        steps = int(solved(model.memory, cues).steps)
        paths = follow_oscillators(model, images[:number], shown, times=np.asarray([0.0, 1.0]))
        oscillators[name] = np.asarray(paths[0])
        strength = model.coupling.strength
        for moment, mu in (("before", paths[:, 0]), ("after", paths[:, 1])):
            spectra = jnp.stack([correction(one, strength).eigenvalues for one in mu])
            rows.append(
                {
                    "edit": name,
                    "moment": moment,
                    "strength": float(strength),
                    "steps": steps,
                    "largest eigenvalue": float(spectra[:, 0].mean()),
                    "effective rank": float(jnp.stack([effective_rank(one) for one in spectra]).mean()),
                    "coherence": float(order_parameter(mu).mean()),
                }
            )
            eigenvalues[name, moment] = np.asarray(spectra.mean(axis=0))
    return Corrections(pd.DataFrame(rows), eigenvalues, oscillators)


def start_table(edits: pd.DataFrame, corrections: pd.DataFrame, accuracies: pd.DataFrame) -> pd.DataFrame:
    """Set beside each other where oscillators start, what becomes of them, and how good the edit is.

    Args:
        edits: ``task`` and ``start`` by edit.
        corrections: As in `Corrections`.
        accuracies: As from `edit_accuracies`.

    Returns:
        One row for each edit: ``coherence``, ``effective rank`` and ``largest eigenvalue`` before and after recall,
        κ, the solver's steps and the test accuracy.
    """
    quantities = ["coherence", "effective rank", "largest eigenvalue"]
    moments = corrections.pivot(index="edit", columns="moment", values=quantities)
    moments.columns = [f"{quantity} {moment}" for quantity, moment in moments.columns]
    cued = edits["task"].str.startswith("associative")
    starts = edits["start"].where(cued, "learned μ(0)")
    table = edits[["task"]].assign(start=starts).join(moments)
    table = table.join(corrections.groupby("edit")[["strength", "steps"]].first())
    table = table.join(accuracies.set_index("edit")["adaptive test"])
    names = {"strength": "κ", "steps": "solver steps", "adaptive test": "test accuracy, %"}
    return table.rename(columns=names).reset_index(drop=True)
