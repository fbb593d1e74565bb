"""Synapses: the linear map ``W`` among threshold units, dense, hierarchical or convolutional."""

import abc
import functools
import math
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from hkam._arrays import count, counts, real_array
from hkam.memory import check_finite

__all__ = [
    "AbstractConnection",
    "AbstractSynapses",
    "ConvolutionConnection",
    "DenseConnection",
    "DenseSynapses",
    "LayeredSynapses",
]

_SYMMETRY_TOLERANCE = (
    1e-5  # relative to the largest weight: what float32 arithmetic leaves of a symmetric matrix
)


class AbstractSynapses(eqx.Module):
    """A square linear map on the activations. Theorem 3.1 asks that it be symmetric.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 6.
    """

    symmetric: eqx.AbstractVar[bool]

    @property
    @abc.abstractmethod
    def size(self) -> int:
        """The number of units N."""

    @abc.abstractmethod
    def __call__(self, g: Float[Array, "N"]) -> Float[Array, "N"]:
        """Return ``W g``."""

    def matrix(self) -> Float[Array, "N N"]:
        """Return ``W`` written out, for small networks and for tests."""
        return jax.vmap(self, out_axes=1)(jnp.eye(self.size))


class DenseSynapses(AbstractSynapses):
    """A full matrix.

    The gradient with respect to a symmetric ``W`` is the one among symmetric matrices, that of ``½ (W + Wᵀ)``, so that
    training keeps the matrix symmetric. Nothing symmetrises a ``W`` that is put in place of another by hand.

    Args:
        weight: The matrix ``W``.
        symmetric: Whether ``W`` is symmetric. An asymmetric matrix is accepted only with ``False``.

    Raises:
        ValueError: If ``weight`` is not square, not finite, or not symmetric where ``symmetric`` says so.

    Source: the same paper, eq. 6.
    """

    weight: Float[Array, "N N"]
    symmetric: bool = eqx.field(static=True)

    def __init__(self, weight: Float[ArrayLike, "rows columns"], *, symmetric: bool = True) -> None:
        weight = real_array("weight", weight)
        if weight.ndim != 2 or weight.shape[0] != weight.shape[1]:
            raise ValueError(f"weight must be square, but has shape {weight.shape}")
        check_finite("weight", weight)
        if not isinstance(weight, Tracer):
            values = np.asarray(
                weight, float
            )  # in double precision differences of large weights do not overflow
            excess = np.abs(values - values.T).max(initial=0.0)
            if symmetric and excess > _SYMMETRY_TOLERANCE * np.abs(values).max(initial=1.0):
                raise ValueError(
                    f"weight must be symmetric, but |W − Wᵀ| reaches {excess:.3g}; "
                    "pass symmetric=False to run without the energy theorem"
                )
        self.weight = 0.5 * weight + 0.5 * weight.T if symmetric else weight
        self.symmetric = symmetric

    @property
    def size(self) -> int:
        """The number of units N."""
        return self.weight.shape[0]

    def __call__(self, g: Float[Array, "N"]) -> Float[Array, "N"]:
        """Return ``W g``."""
        return (_symmetric(self.weight) if self.symmetric else self.weight) @ g


@jax.custom_jvp
def _symmetric(weight: Float[Array, "N N"]) -> Float[Array, "N N"]:
    """Return a symmetric matrix itself; its derivative lets symmetric changes through only."""
    return weight


@_symmetric.defjvp
def _symmetric_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (weight,), (change,) = primals, tangents
    return weight, 0.5 * (change + change.T)


class AbstractConnection(eqx.Module):
    """A linear map from one layer's activations to another layer."""

    source: eqx.AbstractVar[int]
    target: eqx.AbstractVar[int]

    @abc.abstractmethod
    def __call__(self, g: Float[Array, "*source"]) -> Float[Array, "*target"]:
        """Return what the source layer sends to the target layer."""


class DenseConnection(AbstractConnection):
    """``W_ts g_s``, a matrix from one layer to another.

    Args:
        weight: Rows for the target layer's units, columns for the source layer's.
        source: Index of the layer that sends.
        target: Index of the layer that receives; the same index means lateral connections.

    Raises:
        ValueError: If ``weight`` is no finite matrix, or an index no whole number.

    Source: Example 1.
    """

    weight: Float[Array, "target source"] = eqx.field(converter=functools.partial(real_array, "weight"))
    source: int = eqx.field(static=True, converter=functools.partial(count, "source"))
    target: int = eqx.field(static=True, converter=functools.partial(count, "target"))

    def __check_init__(self) -> None:
        _check_axes("weight", self.weight, ("target", "source"))

    def __call__(self, g: Float[Array, "*source"]) -> Float[Array, "target"]:
        """Return ``W g``."""
        return self.weight @ g.reshape(-1)


class ConvolutionConnection(AbstractConnection):
    """``x_{h,w,c} = Σ_{i,j,o} w_{i,j,o,c} y_{h+i,w+j,o}``, with zeros beyond the border.

    Args:
        kernel: Height, width, channels of the source, channels of the target.
        source: Index of the layer that sends.
        target: Index of the layer that receives; the same index means lateral connections.
        stride: Step in both directions.

    Raises:
        ValueError: If ``kernel`` is not finite or has no four axes, an index is no whole number, or the stride none of
            at least 1.

    Source: Appendix E.1.2, eq. 47.
    """

    kernel: Float[Array, "height width channels_in channels_out"] = eqx.field(
        converter=functools.partial(real_array, "kernel")
    )
    source: int = eqx.field(static=True, converter=functools.partial(count, "source"))
    target: int = eqx.field(static=True, converter=functools.partial(count, "target"))
    stride: int = eqx.field(static=True, default=1, converter=functools.partial(count, "stride", least=1))

    def __check_init__(self) -> None:
        _check_axes("kernel", self.kernel, ("height", "width", "channels_in", "channels_out"))

    def __call__(self, g: Float[Array, "h w channels_in"]) -> Float[Array, "h2 w2 channels_out"]:
        """Return the cross-correlation of ``g`` with the kernel."""
        strides = (self.stride, self.stride)
        layout = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(g[None], self.kernel, strides, "SAME", dimension_numbers=layout)[
            0
        ]


def _check_axes(name: str, values: Float[Array, "..."], axes: tuple[str, ...]) -> None:
    if values.ndim != len(axes):
        raise ValueError(f"{name} must have the axes {', '.join(axes)}, but has shape {values.shape}")
    check_finite(name, values)


class LayeredSynapses(AbstractSynapses):
    """Layers with feedforward connections, their transposes as feedback, and lateral connections.

    ``(W g)_k = Σ_{c: s→k} C_c g_s + Σ_{c: k→t} C_cᵀ g_t``; a lateral connection enters as ``½ (C + Cᵀ)``. The map is
    symmetric by construction, whatever the connections.

    Args:
        shapes: The shape of every layer: ``(n,)``, or ``(height, width, channels)`` for convolutions. The state
            is the layers' units one after the other.
        connections: Dense or convolutional.

    Raises:
        ValueError: If a shape is no tuple of whole numbers, a connection is none, names a layer that is not there, or
            its shapes do not fit.

    Source: Example 1, Appendix E.1.
    """

    connections: tuple[AbstractConnection, ...]
    shapes: tuple[tuple[int, ...], ...] = eqx.field(static=True)
    symmetric: bool = eqx.field(static=True, default=True, init=False)

    def __init__(self, shapes: Sequence[tuple[int, ...]], connections: Sequence[AbstractConnection]) -> None:
        self.shapes = tuple(counts(f"shapes[{layer}]", shape) for layer, shape in enumerate(shapes))
        self.connections = tuple(connections)
        for number, connection in enumerate(self.connections):
            if not isinstance(connection, AbstractConnection):
                raise ValueError(
                    f"connections[{number}] must be a DenseConnection or another, but is a {type(connection).__name__}"
                )
            for end in (connection.source, connection.target):
                if not 0 <= end < len(self.shapes):
                    raise ValueError(
                        f"connections[{number}] names layer {end}, but there are {len(self.shapes)} layers"
                    )
            source = jax.ShapeDtypeStruct(self.shapes[connection.source], jnp.result_type(float))
            try:
                sent = math.prod(jax.eval_shape(connection, source).shape)
            except (TypeError, ValueError) as error:  # jax's own, of either kind
                raise ValueError(
                    f"connections[{number}] does not fit its source layer {source.shape}"
                ) from error
            if sent != math.prod(self.shapes[connection.target]):
                wanted = self.shapes[connection.target]
                raise ValueError(f"connections[{number}] must send shape {wanted}, but sends {sent} values")

    @property
    def size(self) -> int:
        """The number of units of all layers."""
        return sum(self.sizes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of units of each layer."""
        return tuple(math.prod(shape) for shape in self.shapes)

    def split(self, x: Float[Array, "N"]) -> list[Float[Array, "..."]]:
        """Cut a state into its layers, each in its shape."""
        ends = np.cumsum(self.sizes)[:-1].tolist()
        return [part.reshape(shape) for part, shape in zip(jnp.split(x, ends), self.shapes, strict=True)]

    def __call__(self, g: Float[Array, "N"]) -> Float[Array, "N"]:
        """Return ``W g``."""
        layers = self.split(g)
        received = [jnp.zeros_like(layer) for layer in layers]
        for connection in self.connections:
            source, target = connection.source, connection.target
            forward, transpose = jax.vjp(connection, layers[source])
            (feedback,) = transpose(layers[target].reshape(forward.shape))
            share = 0.5 if source == target else 1.0
            received[target] += share * forward.reshape(self.shapes[target])
            received[source] += share * feedback
        return jnp.concatenate([layer.reshape(-1) for layer in received])
