"""Random networks of every model of the paper, and of models that break a condition of its theorems.

All are small enough to be followed closely: three layers of 6, 8 and 6 units, or images of 4 × 4. Weights are Gaussian,
scaled so that states neither explode nor come to rest at once.
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

__all__ = ["BROKEN_MODELS", "MODELS", "ModelBuilder", "RandomParameters", "random_cue"]

_SIZES = (6, 8, 6)
_N, _COLUMNS = sum(_SIZES), 3
_SHAPES = [(4, 4, 1), (4, 4, 2)]
_PIXELS = 16 + 32


class RandomParameters:
    """Random parameters of one network, by numpy, which compiles nothing.

    Each call draws anew, so that a network is a matter of the seed and of the order of its draws.

    Args:
        seed: Of the random numbers.
    """

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def normal(self, *shape: int, scale: float = 1.0) -> Float[Array, "..."]:
        """Draw Gaussian numbers of mean zero and standard deviation ``scale``."""
        return jnp.asarray(scale * self.random.normal(size=shape))

    def symmetric(self, n: int, scale: float) -> Float[Array, "n n"]:
        """Draw a Gaussian matrix and take ``scale`` times its symmetric part."""
        square = self.random.normal(size=(n, n))
        return jnp.asarray(scale * (square + square.T) / 2)

    def skew(self, *shape: int) -> Float[Array, "... n n"]:
        """Draw skew-symmetric matrices: rotations Ω that turn noticeably within a unit of time."""
        square = self.random.normal(size=shape)
        return jnp.asarray(2 * (square - square.swapaxes(-1, -2)))

    def rows(self, n: int) -> Float[Array, "n 3"]:
        """Draw oscillators, evenly over the sphere."""
        return unit_rows(self.normal(n, _COLUMNS))

    def edges(self, graph: Graph) -> Float[Array, "E"]:
        """Draw a weight for each edge."""
        return self.normal(graph.edge_count, scale=0.5)

    def layers(self) -> tuple[list[Array], list[Array], list[Array], list[Array]]:
        """Draw the weights of three layers: between neighbours, lateral, gates, and biases."""
        between = [self.normal(a, b, scale=0.25) for a, b in pairwise(_SIZES)]
        lateral, gates = ([self.symmetric(n, 0.2) for n in _SIZES] for _ in range(2))
        return between, lateral, gates, [self.normal(n) for n in _SIZES]


ModelBuilder = Callable[[RandomParameters], AbstractMemory[Any]]
"""Makes a network of random parameters."""


def random_cue(memory: AbstractMemory[Any], draw: RandomParameters) -> Any:
    """Draw a state for one of the networks of this module.

    Args:
        memory: The network.
        draw: Where the numbers come from.

    Returns:
        Gaussian threshold units and oscillators spread evenly over the sphere, as the memory has them.

    Raises:
        TypeError: If the memory is of another kind.
    """
    if isinstance(memory, HopfieldMemory):
        return HopfieldState(draw.normal(memory.size))
    if isinstance(memory, KuramotoMemory):
        return KuramotoState(draw.rows(_N))
    if isinstance(memory, HopfieldKuramotoMemory):
        size = memory.hopfield.size
        return HopfieldKuramotoState(draw.normal(size), draw.rows(size))
    raise TypeError(f"memory must be one of the paper's models, but is a {type(memory).__name__}")


def _graph() -> Graph:
    return watts_strogatz_graph(_N, 8, seed=0)


def _hopfield_dense(draw: RandomParameters) -> HopfieldMemory:
    return HopfieldMemory(TanhLagrangian(), DenseSynapses(draw.symmetric(_N, 0.6)), draw.normal(_N))


def _hopfield_hierarchical(draw: RandomParameters) -> HopfieldMemory:
    between, *_, biases = draw.layers()
    deep = [DenseConnection(weight, layer + 1, layer) for layer, weight in enumerate(between)]
    synapses = LayeredSynapses([(n,) for n in _SIZES], deep)
    return HopfieldMemory(ReLULagrangian(), synapses, jnp.concatenate(biases))


def _hopfield_convolutional(draw: RandomParameters) -> HopfieldMemory:
    kernel = ConvolutionConnection(kernel=draw.normal(3, 3, 1, 2, scale=0.3), source=0, target=1)
    return HopfieldMemory(SigmoidLagrangian(), LayeredSynapses(_SHAPES, [kernel]), draw.normal(_PIXELS))


def _linear(draw: RandomParameters) -> LinearInteraction:
    graph = _graph()
    return LinearInteraction(draw.edges(graph), graph)


def _rectified(draw: RandomParameters) -> ReLUInteraction:
    graph = _graph()
    return ReLUInteraction(draw.edges(graph), draw.edges(graph), graph)


def _attention(draw: RandomParameters) -> AttentionInteraction:
    graph = _graph()
    return AttentionInteraction(4 * draw.edges(graph), draw.edges(graph), graph)


def _perceptron(draw: RandomParameters) -> MLPInteraction:
    graph = _graph()
    weights = 20 * draw.edges(graph)
    return MLPInteraction(weights, graph, key=jax.random.key(int(draw.random.integers(2**31))))


def _rotating(draw: RandomParameters, interaction: AbstractInteraction) -> KuramotoMemory:
    return KuramotoMemory(interaction, draw.skew(_COLUMNS, _COLUMNS))


def _joint(draw: RandomParameters, coupling: AbstractCoupling) -> HopfieldKuramotoMemory:
    oscillators = _rotating(draw, _rectified(draw))
    return HopfieldKuramotoMemory(_hopfield_dense(draw), oscillators, coupling, 0.7, 1.5)


def _joint_gating(draw: RandomParameters) -> HopfieldKuramotoMemory:
    return _joint(draw, GatingCoupling(DenseSynapses(draw.symmetric(_N, 0.4))))


def _deep(draw: RandomParameters, build: Callable[..., HopfieldKuramotoMemory]) -> HopfieldKuramotoMemory:
    between, lateral, _, biases = draw.layers()
    interaction = _linear(draw)
    return build(between, lateral, biases, interaction=interaction, omega=draw.skew(_COLUMNS, _COLUMNS))


def _deep_convolutional(draw: RandomParameters) -> HopfieldKuramotoMemory:
    kernels = [draw.normal(3, 3, 1, 2, scale=0.2)]
    lateral = [draw.normal(3, 3, channels, channels, scale=0.1) for channels in (1, 2)]
    biases = [draw.normal(1), draw.normal(2)]
    return convolutional_network(_SHAPES, kernels, lateral, biases, omega=draw.skew(_COLUMNS, _COLUMNS))


def _deep_oscillatory(draw: RandomParameters) -> HopfieldKuramotoMemory:
    return oscillatory_depth_network(*draw.layers(), omega=draw.skew(_COLUMNS, _COLUMNS))


def _different_rotations(draw: RandomParameters) -> KuramotoMemory:
    return KuramotoMemory(_linear(draw), draw.skew(_N, _COLUMNS, _COLUMNS))


def _asymmetric_synapses(draw: RandomParameters) -> HopfieldMemory:
    synapses = DenseSynapses(draw.normal(_N, _N, scale=0.6), symmetric=False)
    return HopfieldMemory(TanhLagrangian(), synapses, draw.normal(_N))


MODELS: Mapping[str, ModelBuilder] = {
    "Hopfield, dense": _hopfield_dense,
    "Hopfield, hierarchical": _hopfield_hierarchical,
    "Hopfield, convolutional": _hopfield_convolutional,
    "Kuramoto, linear": lambda draw: _rotating(draw, _linear(draw)),
    "Kuramoto, ReLU": lambda draw: _rotating(draw, _rectified(draw)),
    "Kuramoto, attention": lambda draw: _rotating(draw, _attention(draw)),
    "Kuramoto, perceptron": lambda draw: _rotating(draw, _perceptron(draw)),
    "joint, gating": _joint_gating,
    "joint, low rank": lambda draw: _joint(draw, LowRankCoupling(0.3)),
    "deep, ReLU": lambda draw: _deep(draw, relu_network),
    "deep, convolutional": _deep_convolutional,
    "deep, softmax": lambda draw: _deep(draw, softmax_network),
    "deep, oscillatory": _deep_oscillatory,
}
"""Every model of the paper as ``"family, model"``; the theorems' conditions hold. Oscillators rotate, with one Ω."""

BROKEN_MODELS: Mapping[str, ModelBuilder] = {
    "broken: different Ω_i": _different_rotations,
    "broken: W not symmetric": _asymmetric_synapses,
}
"""Models that break one condition each."""
