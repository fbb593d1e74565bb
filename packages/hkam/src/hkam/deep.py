"""The deep architectures: layers of units in which depth and lateral connections are of different kinds."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from hkam._arrays import real_array
from hkam.couplings import GatingCoupling
from hkam.graphs import layered_graph
from hkam.hopfield import HopfieldMemory
from hkam.hopfield_kuramoto import HopfieldKuramotoMemory
from hkam.interactions import AbstractInteraction, NoInteraction, ReLUInteraction
from hkam.kuramoto import KuramotoMemory
from hkam.lagrangians import AbstractLagrangian, LayeredLagrangian, ReLULagrangian, SoftmaxLagrangian
from hkam.memory import check_shape
from hkam.synapses import (
    ConvolutionConnection,
    DenseConnection,
    DenseSynapses,
    LayeredSynapses,
)

__all__ = ["convolutional_network", "oscillatory_depth_network", "relu_network", "softmax_network"]

_NO_INTERACTION = NoInteraction()


def relu_network(
    weights: Sequence[Float[Array, "_ _"]],
    lateral: Sequence[Float[Array, "_ _"]],
    biases: Sequence[Float[Array, "_"]],
    *,
    interaction: AbstractInteraction = _NO_INTERACTION,
    omega: Float[Array, "D1 D1"] | None = None,
    kappa_h: float = 1.0,
    kappa_k: float = 1.0,
) -> HopfieldKuramotoMemory:
    """Build a fully connected ReLU network with oscillatory lateral connections.

    ``ẋ_i = Σ_{p=±1} W_{i,i+p} g_{i+p} − x_i + b_i + (1/κ_H) (S_i ⊙ 𝒢(μ_i, μ_i)) g_i``,
    ``μ̇_i = Ω μ_i − P ∂E_K/∂μ_i + (1/κ_K) P (g_i g_iᵀ ⊙ S_i) μ_i``, with ``g = ReLU(x)`` and ``P`` the projection onto
    the tangent planes.

    The coupling energy is ``−½ Σ_i g_iᵀ (S_i ⊙ 𝒢(μ_i, μ_i)) g_i``. The paper prints a squared norm with a plus sign,
    which is quartic and does not generate these equations.

    Args:
        weights: ``W_{i,i+1}``, one for each pair of neighbouring layers; feedback uses the transposes.
        lateral: ``S_i``, symmetric, one per layer.
        biases: ``b_i``, one per layer.
        interaction: ``E_K`` over all units, numbered layer by layer.
        omega: ``Ω``.
        kappa_h: ``κ_H``.
        kappa_k: ``κ_K``.

    Returns:
        The joint memory over all layers' units.

    Raises:
        ValueError: If numbers of layers or shapes do not fit, or a lateral matrix is not symmetric.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix E.1.1, eq. 45, 46 corrected.
    """
    kuramoto = KuramotoMemory(interaction, omega)
    return _dense_network(weights, lateral, biases, ReLULagrangian(), kuramoto, kappa_h, kappa_k)


def softmax_network(
    weights: Sequence[Float[Array, "_ _"]],
    lateral: Sequence[Float[Array, "_ _"]],
    biases: Sequence[Float[Array, "_"]],
    *,
    interaction: AbstractInteraction = _NO_INTERACTION,
    omega: Float[Array, "D1 D1"] | None = None,
    kappa_h: float = 1.0,
    kappa_k: float = 1.0,
) -> HopfieldKuramotoMemory:
    """Build the same network as `relu_network` with ``g_i = softmax(x_i)`` in every layer.

    Args:
        weights: ``W_{i,i+1}``, one for each pair of neighbouring layers; feedback uses the transposes.
        lateral: ``S_i``, symmetric, one per layer.
        biases: ``b_i``, one per layer.
        interaction: ``E_K`` over all units, numbered layer by layer.
        omega: ``Ω``.
        kappa_h: ``κ_H``.
        kappa_k: ``κ_K``.

    Returns:
        The joint memory over all layers' units.

    Raises:
        ValueError: If numbers of layers or shapes do not fit, or a lateral matrix is not symmetric.

    Source: the same paper, Appendix E.1.3, eq. 49 corrected.
    """
    biases = _arrays("biases", biases)
    lagrangian = LayeredLagrangian([SoftmaxLagrangian()] * len(biases), [bias.size for bias in biases])
    return _dense_network(
        weights, lateral, biases, lagrangian, KuramotoMemory(interaction, omega), kappa_h, kappa_k
    )


def convolutional_network(
    shapes: Sequence[tuple[int, int, int]],
    kernels: Sequence[Float[Array, "_ _ _ _"]],
    lateral: Sequence[Float[Array, "_ _ _ _"]],
    biases: Sequence[Float[Array, "_"]],
    *,
    stride: int = 1,
    interaction: AbstractInteraction = _NO_INTERACTION,
    omega: Float[Array, "D1 D1"] | None = None,
    kappa_h: float = 1.0,
    kappa_k: float = 1.0,
) -> HopfieldKuramotoMemory:
    """Build a convolutional ReLU network with oscillatory lateral connections, themselves convolutions.

    The equations are those of `relu_network` with a convolution for each ``W_{i+1,i}`` (its transpose for the feedback)
    and for each ``S_i``; the scalar products make the lateral kernels differ from place to place.

    Args:
        shapes: Height, width, channels of each layer.
        kernels: From each layer to the next; channels of the layer below, then above.
        lateral: Kernels of ``S_i``, one per layer; each acts as ``½ (S_i + S_iᵀ)``.
        biases: One entry per channel, one array a layer.
        stride: Step from each layer to the next.
        interaction: ``E_K`` over all units, numbered layer by layer.
        omega: ``Ω``.
        kappa_h: ``κ_H``.
        kappa_k: ``κ_K``.

    Returns:
        The joint memory over all layers' units.

    Raises:
        ValueError: If numbers of layers or shapes do not fit.

    Source: the same paper, Appendix E.1.2, eq. 47, 48.
    """
    kernels, lateral = _arrays("kernels", kernels), _arrays("lateral", lateral)
    biases = _arrays("biases", biases)
    _check_counts(len(shapes), kernels=(kernels, -1), lateral=(lateral, 0), biases=(biases, 0))
    deep = [
        ConvolutionConnection(kernel=kernel, source=layer, target=layer + 1, stride=stride)
        for layer, kernel in enumerate(kernels)
    ]
    sideways = [
        ConvolutionConnection(kernel=kernel, source=layer, target=layer)
        for layer, kernel in enumerate(lateral)
    ]
    bias = jnp.concatenate(
        [jnp.broadcast_to(b, shape).reshape(-1) for b, shape in zip(biases, shapes, strict=True)]
    )
    hopfield = HopfieldMemory(ReLULagrangian(), LayeredSynapses(shapes, deep), bias)
    coupling = GatingCoupling(LayeredSynapses(shapes, sideways))
    return HopfieldKuramotoMemory(hopfield, KuramotoMemory(interaction, omega), coupling, kappa_h, kappa_k)


def oscillatory_depth_network(
    weights: Sequence[Float[Array, "_ _"]],
    lateral: Sequence[Float[Array, "_ _"]],
    gates: Sequence[Float[Array, "_ _"]],
    biases: Sequence[Float[Array, "_"]],
    *,
    omega: Float[Array, "D1 D1"] | None = None,
    kappa_h: float = 1.0,
    kappa_k: float = 1.0,
) -> HopfieldKuramotoMemory:
    """Build a network whose depth is oscillatory and whose lateral connections are among threshold units.

    ``ẋ_i = W_i g_i − x_i + b_i + (1/κ_H) (S_i ⊙ 𝒢(μ_i, μ_i)) g_i``,
    ``μ̇_i = Ω μ_i − Σ_{p=±1} P (W_{i,i+p} ⊙ ReLU 𝒢(μ_i, μ_{i+p})) μ_{i+p} + (1/κ_K) P (g_i g_iᵀ ⊙ S_i) μ_i``.

    The depth's energy is ``½ Σ W_{ab} ReLU(μ_aᵀ μ_b)²`` over units of neighbouring layers: positive weights repel, as
    printed. The paper prints a squared norm of squares, which does not generate these equations.

    Args:
        weights: ``W_{i,i+1}``, between oscillators of neighbouring layers.
        lateral: ``W_i``, symmetric, among threshold units of a layer.
        gates: ``S_i``, symmetric, one per layer.
        biases: ``b_i``, one per layer.
        omega: ``Ω``.
        kappa_h: ``κ_H``.
        kappa_k: ``κ_K``.

    Returns:
        The joint memory over all layers' units.

    Raises:
        ValueError: If numbers of layers or shapes do not fit, or a lateral matrix is not symmetric.

    Source: the same paper, Appendix E.2, eq. 50, 51 corrected.
    """
    weights, lateral = _arrays("weights", weights), _arrays("lateral", lateral)
    gates, biases = _arrays("gates", gates), _arrays("biases", biases)
    _check_counts(len(biases), weights=(weights, -1), lateral=(lateral, 0), gates=(gates, 0))
    _check_rows("biases", biases)
    shapes = [bias.shape for bias in biases]
    _check_symmetric("lateral", lateral)
    _check_symmetric("gates", gates)
    graph = layered_graph([len(bias) for bias in biases])
    starts = np.cumsum([0, *(len(bias) for bias in biases)])
    blocks = jnp.zeros((graph.nodes, graph.nodes), jnp.result_type(*weights, *biases))
    for layer, weight in enumerate(weights):
        check_shape(f"weights[{layer}]", weight, (len(biases[layer]), len(biases[layer + 1])))
        blocks = blocks.at[starts[layer] : starts[layer + 1], starts[layer + 1] : starts[layer + 2]].set(
            weight
        )
    rectified = -graph.edge_values(blocks)
    kuramoto = KuramotoMemory(ReLUInteraction(jnp.zeros_like(rectified), rectified, graph), omega)
    sideways = LayeredSynapses(
        shapes,
        [DenseConnection(weight=weight, source=layer, target=layer) for layer, weight in enumerate(lateral)],
    )
    gated = LayeredSynapses(
        shapes,
        [DenseConnection(weight=weight, source=layer, target=layer) for layer, weight in enumerate(gates)],
    )
    hopfield = HopfieldMemory(ReLULagrangian(), sideways, jnp.concatenate(list(biases)))
    return HopfieldKuramotoMemory(hopfield, kuramoto, GatingCoupling(gated), kappa_h, kappa_k)


def _dense_network(
    weights: Sequence[Float[Array, "_ _"]],
    lateral: Sequence[Float[Array, "_ _"]],
    biases: Sequence[Float[Array, "_"]],
    lagrangian: AbstractLagrangian,
    kuramoto: KuramotoMemory,
    kappa_h: float,
    kappa_k: float,
) -> HopfieldKuramotoMemory:
    weights, lateral, biases = (
        _arrays(name, given)
        for name, given in (("weights", weights), ("lateral", lateral), ("biases", biases))
    )
    _check_counts(len(biases), weights=(weights, -1), lateral=(lateral, 0))
    _check_rows("biases", biases)
    _check_symmetric("lateral", lateral)
    shapes = [bias.shape for bias in biases]
    deep = [
        DenseConnection(weight=weight, source=layer + 1, target=layer) for layer, weight in enumerate(weights)
    ]
    sideways = [
        DenseConnection(weight=weight, source=layer, target=layer) for layer, weight in enumerate(lateral)
    ]
    hopfield = HopfieldMemory(lagrangian, LayeredSynapses(shapes, deep), jnp.concatenate(list(biases)))
    coupling = GatingCoupling(LayeredSynapses(shapes, sideways))
    return HopfieldKuramotoMemory(hopfield, kuramoto, coupling, kappa_h, kappa_k)


def _arrays(name: str, given: Sequence[Any]) -> list[Float[Array, "..."]]:
    """Return what came one per layer as arrays, lists among it."""
    if isinstance(given, int | float):
        raise ValueError(f"{name} must be a list with one entry per layer, but is {given}")
    return [real_array(f"{name}[{number}]", one) for number, one in enumerate(given)]


def _check_counts(layers: int, **given: tuple[Sequence[Array], int]) -> None:
    for name, (arrays, extra) in given.items():
        if len(arrays) != layers + extra:
            raise ValueError(
                f"{name} must have {layers + extra} entries for {layers} layers, but has {len(arrays)}"
            )


def _check_rows(name: str, arrays: Sequence[Array]) -> None:
    for number, array in enumerate(arrays):
        if array.ndim != 1:
            raise ValueError(f"{name}[{number}] must be a row of numbers, but has shape {array.shape}")


def _check_symmetric(name: str, matrices: Sequence[Float[Array, "_ _"]]) -> None:
    for number, matrix in enumerate(matrices):
        if isinstance(matrix, Tracer):
            continue
        try:
            DenseSynapses(matrix)
        except ValueError as error:
            raise ValueError(f"{name}[{number}]: {error}") from error
