"""Trained networks on disk, as safetensors with a card that says what they are; nothing is ever unpickled."""

import hashlib
import os
import reprlib
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save_file

from amcore.checks import shortened
from amcore.weight_files import WeightFileError, read_weights, write_weights
from hkam.couplings import MaskedCoupling
from hkam.digits.finetuning import EditedClassifier
from hkam.digits.starts import AbstractStart, LearnedStart, ShownStart
from hkam.graphs import Graph
from hkam.hopfield import HopfieldMemory
from hkam.hopfield_kuramoto import low_rank_memory
from hkam.lagrangians import ReLULagrangian
from hkam.synapses import DenseSynapses

__all__ = [
    "WeightFileError",
    "load_classifier",
    "load_edited",
    "read_card",
    "save_classifier",
    "save_edited",
]

_FORMAT = "hkam-1"
_STARTS: dict[str, type[AbstractStart]] = {"learned": LearnedStart, "shown": ShownStart}

Kind = Literal["classifier", "edited classifier"]


def save_classifier(path: str | os.PathLike[str], classifier: HopfieldMemory, *, card: str) -> None:
    """Write a classifier of ReLU units with dense symmetric synapses.

    Args:
        path: The file; it appears only when it is complete.
        classifier: From `hkam.digits.classifier`.
        card: Markdown that says what the network is, how it was made and how good it is.
    """
    weight = _symmetric(classifier)
    upper = weight[np.triu_indices(len(weight))]
    _write(path, "classifier", {"upper_triangle": upper, "bias": np.asarray(classifier.bias)}, card)


def load_classifier(path: str | os.PathLike[str]) -> HopfieldMemory:
    """Read what `save_classifier` wrote.

    Raises:
        FileNotFoundError: If there is no such file.
        WeightFileError: If it is damaged or holds something else.
    """
    tensors, _ = _read(path, "classifier", {"upper_triangle", "bias"})
    bias, upper = (
        _numbers(path, "bias", tensors["bias"]),
        _numbers(path, "upper_triangle", tensors["upper_triangle"]),
    )
    if bias.ndim != 1 or upper.dtype != bias.dtype:
        raise WeightFileError(
            f"{path} must hold biases in one row and of the triangle's type {upper.dtype}, "
            f"but holds shape {bias.shape} and {bias.dtype}"
        )
    units = len(bias)
    if upper.shape != (units * (units + 1) // 2,):
        raise WeightFileError(f"{path} holds a triangle that does not fit {units} units")
    weight = np.zeros((units, units), upper.dtype)
    weight[np.triu_indices(units)] = upper
    weight = weight + np.triu(weight, 1).T
    return HopfieldMemory(ReLULagrangian(), DenseSynapses(jnp.asarray(weight)), bias)


def save_edited(path: str | os.PathLike[str], network: EditedClassifier, *, card: str) -> None:
    """Write what edits a classifier: the oscillators, and which classifier they edit, but not the classifier.

    Args:
        path: The file; it appears only when it is complete.
        network: The edited classifier.
        card: Markdown that says what the network is, how it was made and how good it is.
    """
    kind = next(name for name, start in _STARTS.items() if type(network.start) is start)
    tensors = {
        "edges": _small(np.asarray(network.interaction.graph.edges)),
        "linear": np.asarray(network.interaction.linear),
        "rectified": np.asarray(network.interaction.rectified),
        "strength": np.asarray(network.coupling.strength),
        **{f"start.{name}": np.asarray(value) for name, value in vars(network.start).items()},
    }
    if isinstance(network.coupling, MaskedCoupling):
        tensors["mask"] = _small(np.asarray(network.coupling.graph.edges))
    if network.memory.kuramoto.omega is not None:
        tensors["omega"] = np.asarray(network.memory.kuramoto.omega)
    _write(path, "edited classifier", tensors, card, start=kind, classifier=_digest(network.memory.hopfield))


def load_edited(path: str | os.PathLike[str], classifier: HopfieldMemory) -> EditedClassifier:
    """Read what `save_edited` wrote.

    Args:
        path: The file.
        classifier: The classifier that it edits.

    Returns:
        The edited classifier.

    Raises:
        FileNotFoundError: If there is no such file.
        WeightFileError: If it is damaged, holds something else, or edits another classifier.
    """
    tensors, description = _read(path, "edited classifier", {"edges", "linear", "rectified", "strength"})
    if description.get("classifier") != _digest(classifier):
        raise WeightFileError(f"{path} edits another classifier than the one that was given")
    kind = description.get("start")
    if not isinstance(kind, str) or kind not in _STARTS:
        raise WeightFileError(f"{path} names an unknown start, {reprlib.repr(kind)}")
    graphs = ("edges", "mask")
    numbers = {name: _numbers(path, name, value) for name, value in tensors.items() if name not in graphs}
    parts = {
        name.removeprefix("start."): value for name, value in numbers.items() if name.startswith("start.")
    }
    try:
        start = _STARTS[kind](**parts)
        # Large numbers are no damage of the file: only what they make of a sum is looked at.
        with np.errstate(over="ignore"):
            memory = low_rank_memory(
                classifier,
                numbers["linear"],
                numbers["rectified"],
                Graph(classifier.size, tensors["edges"]),
                strength=numbers["strength"],
                omega=numbers.get("omega"),
                mask=Graph(classifier.size, tensors["mask"]) if "mask" in tensors else None,
            )
        _check_start(start, classifier.size, numbers.get("omega"))
    except (TypeError, ValueError) as error:
        raise WeightFileError(f"{path} holds parts that do not fit each other: {error}") from error
    return EditedClassifier(memory, start)


def read_card(path: str | os.PathLike[str]) -> str:
    """Return the card of a weight file: what the network is, how it was made and how good it is.

    Raises:
        FileNotFoundError: If there is no such file.
        WeightFileError: If it is damaged.
    """
    _, description = _read(path, None, set())
    card = description.get("card")
    if not isinstance(card, str):
        raise WeightFileError(f"{path} holds no card")
    return card


def _symmetric(classifier: HopfieldMemory) -> np.ndarray:
    if not isinstance(classifier.lagrangian, ReLULagrangian) or not isinstance(
        classifier.synapses, DenseSynapses
    ):
        raise ValueError("classifier must have ReLU units and dense synapses")
    weight = np.asarray(classifier.synapses.weight)
    return 0.5 * (weight + weight.T)


def _small(indices: np.ndarray) -> np.ndarray:
    """Return the indices in two bytes each, where that holds them."""
    return indices.astype(np.uint16) if indices.max(initial=0) <= np.iinfo(np.uint16).max else indices


def _digest(classifier: HopfieldMemory) -> str:
    weight = _symmetric(classifier)
    return hashlib.sha256(weight.tobytes() + np.asarray(classifier.bias).tobytes()).hexdigest()


def _write(
    path: str | os.PathLike[str], kind: Kind, tensors: dict[str, np.ndarray], card: str, **description: str
) -> None:
    contents = {name: np.ascontiguousarray(value).reshape(value.shape) for name, value in tensors.items()}
    described = {"card": card, **description}
    write_weights(path, contents, kind=kind, format=_FORMAT, description=described, save=save_file)


def _read(
    path: str | os.PathLike[str], kind: Kind | None, wanted: set[str]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    tensors, description = read_weights(path, kind=kind, format=_FORMAT, framework="numpy", fault=_fault)
    missing = wanted - set(tensors)
    if missing:
        raise WeightFileError(f"{path} lacks the tensors {sorted(missing)}")
    return tensors, description


def _fault(_: str, value: np.ndarray) -> str | None:
    return None if np.isfinite(value).all() else "holds NaN or Inf"


def _numbers(path: str | os.PathLike[str], name: str, value: np.ndarray) -> jax.Array:
    """Return a tensor in the type that JAX holds it in, if that has room for its numbers."""
    if not np.issubdtype(value.dtype, np.floating):
        raise WeightFileError(
            f"{path} must hold floating numbers in {shortened(name)}, but holds {value.dtype}"
        )
    held = jax.dtypes.canonicalize_dtype(value.dtype)
    with np.errstate(over="ignore"):
        fitting = value.astype(held)
    if not np.isfinite(fitting).all():
        raise WeightFileError(f"{path} has numbers in {shortened(name)} that are too large for {held}")
    return jnp.asarray(fitting)


def _check_start(start: AbstractStart, oscillators: int, omega: jax.Array | None) -> None:
    """Refuse rows that are not one for each oscillator, or not as wide as the others and ``Ω``."""
    shapes = {name: value.shape for name, value in vars(start).items()}
    if any(len(shape) != 2 for shape in shapes.values()):
        raise ValueError(f"the start must be matrices, but has the shapes {shapes}")
    if isinstance(start, ShownStart):
        rows, columns = len(start.directions) + 1 + len(start.others), start.others.shape[1]
        fits = start.directions.shape[1] + 1 == columns
    else:
        (rows, columns), fits = shapes["rows"], True
    if rows != oscillators or not fits or (omega is not None and omega.shape[-1] != columns):
        turning = "" if omega is None else f" that {omega.shape} turns"
        raise ValueError(
            f"the start must be rows of {oscillators} oscillators{turning}, but has the shapes {shapes}"
        )
