"""Small random networks of every kind, whose energies can be followed closely.

Three layers of 6, 8 and 6 units, or images of 4 × 4. Weights are Gaussian, scaled so that states neither explode nor
come to rest at once. All oscillators rotate, with one Ω; energies do not notice.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hkam.couplings import AbstractCoupling, GatingCoupling, LowRankCoupling
from hkam.deep import convolutional_network, oscillatory_depth_network, relu_network, softmax_network
from hkam.graphs import Graph, watts_strogatz_graph
from hkam.hopfield import HopfieldMemory
from hkam.hopfield_kuramoto import HopfieldKuramotoMemory
from hkam.interactions import (
    AbstractInteraction,
    AttentionInteraction,
    LinearInteraction,
    MLPInteraction,
    ReLUInteraction,
)
from hkam.kuramoto import KuramotoMemory
from hkam.lagrangians import ReLULagrangian, SigmoidLagrangian, TanhLagrangian
from hkam.memory import AbstractMemory
from hkam.sphere import unit_rows
from hkam.states import HopfieldKuramotoState, HopfieldState, KuramotoState
from hkam.synapses import ConvolutionConnection, DenseConnection, DenseSynapses, LayeredSynapses

__all__ = ["BROKEN_MODELS", "MODELS", "RandomParameters", "random_cue"]

_SIZES = (6, 8, 6)
_UNITS, _COLUMNS = sum(_SIZES), 3
_SHAPES = [(4, 4, 1), (4, 4, 2)]
_CONVOLUTIONAL_UNITS = 16 + 32


def _graph() -> Graph:
    return watts_strogatz_graph(_UNITS, 8, seed=0)


class RandomParameters:
    """Draw parameters of one network, by numpy, which compiles nothing.

    Args:
        seed: Of all that is drawn.
    """

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def normal(self, *shape: int, scale: float = 1.0) -> Float[Array, "..."]:
        """Return Gaussian numbers of standard deviation ``scale``."""
        return jnp.asarray(scale * self.random.normal(size=shape))

    def symmetric(self, n: int, scale: float) -> Float[Array, "n n"]:
        """Return a symmetric matrix."""
        square = self.random.normal(size=(n, n))
        return jnp.asarray(scale * (square + square.T) / 2)

    def skew(self, *shape: int) -> Float[Array, "..."]:
        """Return matrices that generate rotations."""
        square = self.random.normal(size=shape)
        return jnp.asarray(2 * (square - square.swapaxes(-1, -2)))

    def rows(self, n: int) -> Float[Array, "n 3"]:
        """Return oscillators."""
        return unit_rows(self.normal(n, _COLUMNS))

    def layers(self) -> tuple[list[Array], list[Array], list[Array], list[Array]]:
        """Return weights between layers, within them, gates and biases."""
        between = [self.normal(a, b, scale=0.25) for a, b in pairwise(_SIZES)]
        lateral, gates = ([self.symmetric(n, 0.2) for n in _SIZES] for _ in range(2))
        return between, lateral, gates, [self.normal(n) for n in _SIZES]


def _hopfield_dense(draw: RandomParameters) -> HopfieldMemory:
    return HopfieldMemory(TanhLagrangian(), DenseSynapses(draw.symmetric(_UNITS, 0.6)), draw.normal(_UNITS))


def _hopfield_hierarchical(draw: RandomParameters) -> HopfieldMemory:
    between, *_, biases = draw.layers()
    deep = [DenseConnection(weight, layer + 1, layer) for layer, weight in enumerate(between)]
    synapses = LayeredSynapses([(n,) for n in _SIZES], deep)
    return HopfieldMemory(ReLULagrangian(), synapses, jnp.concatenate(biases))


def _hopfield_convolutional(draw: RandomParameters) -> HopfieldMemory:
    kernel = ConvolutionConnection(source=0, target=1, kernel=draw.normal(3, 3, 1, 2, scale=0.3))
    return HopfieldMemory(
        SigmoidLagrangian(), LayeredSynapses(_SHAPES, [kernel]), draw.normal(_CONVOLUTIONAL_UNITS)
    )


def _edges(draw: RandomParameters) -> Array:
    return draw.normal(_graph().edge_count, scale=0.5)


def _kuramoto(draw: RandomParameters, interaction: AbstractInteraction) -> KuramotoMemory:
    return KuramotoMemory(interaction, draw.skew(_COLUMNS, _COLUMNS))


def _joint(draw: RandomParameters, coupling: AbstractCoupling) -> HopfieldKuramotoMemory:
    oscillators = _kuramoto(draw, ReLUInteraction(_edges(draw), _edges(draw), _graph()))
    return HopfieldKuramotoMemory(_hopfield_dense(draw), oscillators, coupling, 0.7, 1.5)


def _deep(
    draw: RandomParameters, build: Callable[..., HopfieldKuramotoMemory], **options: Any
) -> HopfieldKuramotoMemory:
    between, lateral, _, biases = draw.layers()
    oscillators = LinearInteraction(_edges(draw), _graph())
    return build(
        between, lateral, biases, interaction=oscillators, omega=draw.skew(_COLUMNS, _COLUMNS), **options
    )


def _deep_convolutional(draw: RandomParameters) -> HopfieldKuramotoMemory:
    kernels = [draw.normal(3, 3, 1, 2, scale=0.2)]
    lateral = [draw.normal(3, 3, channels, channels, scale=0.1) for channels in (1, 2)]
    biases = [draw.normal(1), draw.normal(2)]
    return convolutional_network(_SHAPES, kernels, lateral, biases, omega=draw.skew(_COLUMNS, _COLUMNS))


def _deep_oscillatory(draw: RandomParameters) -> HopfieldKuramotoMemory:
    return oscillatory_depth_network(*draw.layers(), omega=draw.skew(_COLUMNS, _COLUMNS))


MODELS: Mapping[str, Callable[[RandomParameters], AbstractMemory[Any]]] = {
    "Hopfield, dense": _hopfield_dense,
    "Hopfield, hierarchical": _hopfield_hierarchical,
    "Hopfield, convolutional": _hopfield_convolutional,
    "Kuramoto, linear": lambda draw: _kuramoto(draw, LinearInteraction(_edges(draw), _graph())),
    "Kuramoto, ReLU": lambda draw: _kuramoto(draw, ReLUInteraction(_edges(draw), _edges(draw), _graph())),
    "Kuramoto, attention": lambda draw: _kuramoto(
        draw, AttentionInteraction(4 * _edges(draw), _edges(draw), _graph())
    ),
    "Kuramoto, perceptron": lambda draw: _kuramoto(
        draw,
        MLPInteraction(20 * _edges(draw), _graph(), key=jax.random.key(int(draw.random.integers(2**31)))),
    ),
    "joint, gating": lambda draw: _joint(draw, GatingCoupling(DenseSynapses(draw.symmetric(_UNITS, 0.4)))),
    "joint, low rank": lambda draw: _joint(draw, LowRankCoupling(0.3)),
    "deep, ReLU": lambda draw: _deep(draw, relu_network),
    "deep, convolutional": _deep_convolutional,
    "deep, softmax": lambda draw: _deep(draw, softmax_network),
    "deep, oscillatory": _deep_oscillatory,
}
"""What builds each model that keeps the conditions of its energy theorem, by name, its family first."""


def _different_rotations(draw: RandomParameters) -> KuramotoMemory:
    return KuramotoMemory(LinearInteraction(_edges(draw), _graph()), draw.skew(_UNITS, _COLUMNS, _COLUMNS))


def _asymmetric_synapses(draw: RandomParameters) -> HopfieldMemory:
    synapses = DenseSynapses(draw.normal(_UNITS, _UNITS, scale=0.6), symmetric=False)
    return HopfieldMemory(TanhLagrangian(), synapses, draw.normal(_UNITS))


BROKEN_MODELS: Mapping[str, Callable[[RandomParameters], AbstractMemory[Any]]] = {
    "broken: different Ω_i": _different_rotations,
    "broken: W not symmetric": _asymmetric_synapses,
}
"""Two that break a condition: oscillators that rotate each in its own way, and synapses that are not symmetric."""


def random_cue(memory: AbstractMemory[Any], draw: RandomParameters) -> Any:
    """Draw a state for a memory to start from.

    Args:
        memory: Any of these models.
        draw: Where the numbers come from.

    Returns:
        A state of the memory's kind.

    Raises:
        ValueError: If the memory is of no such kind.
    """
    if isinstance(memory, HopfieldMemory):
        return HopfieldState(draw.normal(memory.size))
    if isinstance(memory, KuramotoMemory):
        return KuramotoState(draw.rows(_UNITS))
    if not isinstance(memory, HopfieldKuramotoMemory):
        raise ValueError(f"memory must be one of these models, but is a {type(memory).__name__}")
    size = memory.hopfield.size
    return HopfieldKuramotoState(draw.normal(size), draw.rows(size))
