"""Lagrangians of units that share an activation: softmax, attention, layer normalisation, pooling."""

import math
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.core import Tracer
from jaxtyping import Array, Float

from hkam._arrays import count, counts, real_array
from hkam.lagrangians.abstract import AbstractLagrangian
from hkam.memory import check_finite, check_shape

__all__ = ["AttentionLagrangian", "LayerNormLagrangian", "PoolingLagrangian", "SoftmaxLagrangian"]


class SoftmaxLagrangian(AbstractLagrangian):
    """``L = log Σ exp x``, ``g = softmax(x)`` over all units.

    Source: Appendix E.1.3.
    """

    convex: bool = eqx.field(static=True, default=True, init=False)

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        return jax.nn.logsumexp(x)


class AttentionLagrangian(AbstractLagrangian):
    """``L = (1/β) Σ_t log Σ_s exp(β x_ts)``, ``g_t = softmax(β x_t)``: every token spreads one unit over its slots.

    The units are scores, the slots of one token next to each other. With synapses ``K`` from a layer of identity units
    ``q`` to the scores, the steady scores are ``K q`` and the layer receives ``Kᵀ softmax(β K q)``: attention whose
    values are its keys, the update of modern Hopfield networks.

    Args:
        slots: How many slots a token has; the units must be a multiple.
        beta: ``β > 0``, the inverse temperature; training must keep it positive.

    Raises:
        ValueError: If ``slots`` is no whole number of at least 1, or ``beta`` not one positive and finite number.

    Source: "Binding threshold units with artificial oscillatory neurons", §4 and Appendix E.1.3, which name attention;
        Krotov & Hopfield, "Large associative memory problem in neurobiology and machine learning", model B.
    """

    slots: int = eqx.field(static=True)
    beta: Float[Array, ""]
    convex: bool = eqx.field(static=True, default=True, init=False)

    def __init__(self, slots: int, *, beta: float | Float[Array, ""] = 1.0) -> None:
        self.slots = count("slots", slots, least=1)
        self.beta = _positive("beta", beta)

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        scores = _rows("slots", self.slots, x)
        return jnp.sum(_soft_maximum(scores, self.beta) + math.log(self.slots) / self.beta)


class LayerNormLagrangian(AbstractLagrangian):
    """``L = γ Σ_t D √(Var(x_t) + ε) + Σ_t δᵀ x_t``, ``g_t = γ (x_t − x̄_t) / √(Var(x_t) + ε) + δ``.

    Args:
        width: How many units are normalised together, ``D``; the units must be a multiple, token after token.
        epsilon: ``ε > 0``, which bounds the gain where all units of a token are equal.
        scale: ``γ > 0``; training must keep it positive.
        shift: ``δ``, one number for all or one per unit of a token.

    Raises:
        ValueError: If ``width`` is no whole number of at least 1, ``epsilon`` or ``scale`` not one positive and finite
            number, or ``shift`` of another shape or not finite.

    Source: the same paper, §4, which names normalisation; Hoover et al., "Energy Transformer", for the function.
    """

    width: int = eqx.field(static=True)
    epsilon: float = eqx.field(static=True)
    scale: Float[Array, ""]
    shift: Float[Array, "*D"]
    convex: bool = eqx.field(static=True, default=True, init=False)

    def __init__(
        self,
        width: int,
        *,
        epsilon: float = 1e-5,
        scale: float | Float[Array, ""] = 1.0,
        shift: float | Float[Array, "*D"] = 0.0,
    ) -> None:
        self.width = count("width", width, least=1)
        self.epsilon = float(_positive("epsilon", epsilon))
        self.scale = _positive("scale", scale)
        self.shift = real_array("shift", shift)
        check_shape("shift", self.shift, (self.width,) if self.shift.ndim else ())
        check_finite("shift", self.shift)

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        tokens = _rows("width", self.width, x)
        centred = tokens - jnp.mean(tokens, axis=-1, keepdims=True)
        # In units of the largest entry squares stay in their type; the unit is a constant to the derivatives.
        unit = jax.lax.stop_gradient(jnp.maximum(jnp.max(jnp.abs(centred), axis=-1, keepdims=True), 1.0))
        variance = jnp.mean((centred / unit) ** 2, axis=-1, keepdims=True)
        deviation = unit * jnp.sqrt(variance + self.epsilon / unit / unit)
        return self.scale * self.width * jnp.sum(deviation) + jnp.sum(self.shift * tokens)


class PoolingLagrangian(AbstractLagrangian):
    """``L = ½ Σ_w ReLU(m_w)²`` with the soft maximum ``m_w = (1/β) log mean_{i∈w} exp(β x_i)`` of every window.

    ``g_i = ReLU(m_w) softmax(β x_w)_i``: the activations of a window sum up to its rectified pooled value, which
    synapses of equal weight hand to the next layer, and feedback goes to the units that made it. The limit β → ∞ is the
    maximum, β → 0 the mean. The paper names pooling without a formula; this one is convex and pools what ReLU units
    would send.

    Args:
        shape: Sides of the layer, such as ``(height, width, channels)``.
        window: Sides of a window, which must divide the layer's: ``(2, 2, 1)`` pools squares of four units.
        beta: ``β > 0``; training must keep it positive.

    Raises:
        ValueError: If a side is no whole number of at least 1, the window does not tile the layer, or ``beta`` is not
            one positive and finite number.

    Source: the same paper, §4.
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    window: tuple[int, ...] = eqx.field(static=True)
    beta: Float[Array, ""]
    convex: bool = eqx.field(static=True, default=True, init=False)

    def __init__(
        self, shape: Sequence[int], window: Sequence[int], *, beta: float | Float[Array, ""] = 1.0
    ) -> None:
        self.shape, self.window = counts("shape", shape, least=1), counts("window", window, least=1)
        self.beta = _positive("beta", beta)
        pairs = zip(self.shape, self.window, strict=False)
        if len(self.shape) != len(self.window) or any(side % part for side, part in pairs):
            raise ValueError(f"window must divide the sides {self.shape}, but is {self.window}")

    def __call__(self, x: Float[Array, "N"]) -> Float[Array, ""]:
        """Return ``L(x)``."""
        return 0.5 * jnp.sum(jax.nn.relu(self.pooled(x)) ** 2)

    def pooled(self, x: Float[Array, "N"]) -> Float[Array, "windows"]:
        """Return the soft maximum ``m_w`` of every window.

        Args:
            x: States of the layer's units.

        Raises:
            ValueError: If there are more or fewer units than the layer has.
        """
        check_shape("x", x, (math.prod(self.shape),))
        sides = [
            part for side, part in zip(self.shape, self.window, strict=True) for part in (side // part, part)
        ]
        inner, axes = tuple(range(1, len(sides), 2)), tuple(range(0, len(sides), 2))
        windows = x.reshape(sides).transpose(*axes, *inner).reshape(-1, math.prod(self.window))
        return _soft_maximum(windows, self.beta)


def _soft_maximum(rows: Float[Array, "rows columns"], beta: Float[Array, ""]) -> Float[Array, "rows"]:
    """Return ``(1/β) log mean exp(β x)`` of each row: between its mean and its maximum."""
    top = jax.lax.stop_gradient(jnp.max(rows, axis=-1, keepdims=True))
    below = jnp.mean(jnp.expm1(beta * (rows - top)), axis=-1)
    return top[:, 0] + jnp.log1p(below) / beta


def _rows(name: str, width: int, x: Float[Array, "N"]) -> Float[Array, "rows width"]:
    if x.shape[0] % width:
        raise ValueError(f"{name} must divide the number of units, {x.shape[0]}, but is {width}")
    return x.reshape(-1, width)


def _positive(name: str, value: float | Float[Array, ""]) -> Float[Array, ""]:
    number = real_array(name, value)
    check_shape(name, number, ())
    if not isinstance(number, Tracer) and not 0 < float(number) < float("inf"):
        raise ValueError(f"{name} must be positive and finite, but is {float(number)}")
    return number
