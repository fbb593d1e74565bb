"""Synchronisation on spheres: oscillators that each rotate in their own way, in any dimension."""

import functools
import math
from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float, PRNGKeyArray

from hkam._arrays import count, real_array, wide
from hkam.analysis.synchronisation import order_parameter, second_half
from hkam.interactions import AbstractInteraction
from hkam.kuramoto import KuramotoMemory
from hkam.memory import check_finite, check_shape
from hkam.sphere import random_unit_rows
from hkam.states import KuramotoState

__all__ = [
    "MeanFieldInteraction",
    "random_rotations",
    "sphere_curve",
    "sphere_transitions",
    "transition_table",
    "weak_coupling_order",
]


class MeanFieldInteraction(AbstractInteraction):
    """Oscillators that all attract each other equally, in time linear in their number.

    ``E_K = −½ (K/N) |Σ_i μ_i|² = −½ K N r²``; the force on each is ``K/N Σ_j μ_j``.

    Args:
        coupling: ``K``.

    Raises:
        ValueError: If the coupling is not one finite number.

    Source: "Binding threshold units with artificial oscillatory neurons", eq. 3 with ``w_ij = K/N``.
    """

    coupling: Float[Array, ""] = eqx.field(converter=functools.partial(real_array, "coupling"))
    invariant: bool = eqx.field(static=True, default=True, init=False)

    def __check_init__(self) -> None:
        check_shape("coupling", self.coupling, ())
        check_finite("coupling", self.coupling)

    def energy(self, mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return ``E_K``."""
        rows, coupling = wide(mu, self.coupling)
        return -0.5 * coupling * jnp.sum(jnp.sum(rows, axis=0) ** 2) / rows.shape[0]


def random_rotations(n: int, dimensions: int, *, key: PRNGKeyArray) -> Float[Array, "N D1 D1"]:
    """Draw skew-symmetric matrices with independent normal entries of variance one.

    Args:
        n: Number of oscillators N.
        dimensions: Columns, D + 1.
        key: Random key.

    Returns:
        ``Ω_i``, in radians per time.
    """
    square = jax.random.normal(key, (count("n", n), *[count("dimensions", dimensions, least=1)] * 2))
    upper = jnp.triu(square, k=1)
    return upper - upper.mT


def weak_coupling_order(dimensions: int) -> float:
    """Return the order parameter that infinitely many oscillators keep at the weakest coupling.

    A rotation in an odd number of dimensions leaves an axis ``±a_i`` where it is. However weak the coupling, an
    oscillator comes to rest there, on the side of the others' mean, and with axes uniform on the sphere
    ``r = E |a_iᵀ e| = Γ(n/2) / (√π Γ((n+1)/2))`` in ``n = D + 1`` dimensions. In an even number there is no such axis.

    Args:
        dimensions: Columns, D + 1.

    Returns:
        ``r``; zero in an even number of dimensions.
    """
    n = count("dimensions", dimensions, least=1)
    return math.gamma(n / 2) / (math.sqrt(math.pi) * math.gamma((n + 1) / 2)) if n % 2 else 0.0


def sphere_curve(
    couplings: Float[Array, "K"],
    omega: Float[Array, "N D1 D1"],
    mu: Float[Array, "N D1"],
    *,
    t1: float = 100.0,
    step: float = 0.05,
    samples: int = 100,
) -> Float[Array, "K"]:
    """Measure the order parameter against the coupling.

    Args:
        couplings: Values of ``K`` to try.
        omega: ``Ω_i`` in radians per time.
        mu: Where the oscillators start, unit rows.
        t1: How long to run.
        step: The solver's fixed step, short against the rotations.
        samples: Times in the second half over which to average.

    Returns:
        The time-averaged order parameter for each coupling.
    """

    def measure(coupling: Float[Array, ""]) -> Float[Array, ""]:
        memory = KuramotoMemory(MeanFieldInteraction(coupling), omega)
        path = second_half(memory, KuramotoState(mu), t1, step=step, samples=samples)
        return jnp.mean(order_parameter(path.mu))

    return jax.vmap(measure)(couplings)


def sphere_transitions(
    oscillators: int,
    dimensions: Iterable[int],
    couplings: Float[np.ndarray, "K"],
    seeds: Iterable[int],
    *,
    duration: float = 100.0,
    step: float = 0.05,
) -> pd.DataFrame:
    """Measure the order parameter against the coupling in several dimensions, from scattered and from equal starts.

    Args:
        oscillators: N.
        dimensions: Columns, D + 1.
        couplings: Values of ``K``.
        seeds: Of rotations and scattered starts.
        duration: How long to run.
        step: The solver's.

    Returns:
        Columns ``D``, ``start`` (``scattered`` or ``equal``), ``coupling``, ``seed`` and ``value``.
    """
    wanted = list(seeds)
    values = jnp.asarray(couplings, jnp.float32)
    curve = eqx.filter_jit(functools.partial(sphere_curve, t1=duration, step=step))
    rows = []
    for columns in dimensions:
        for seed in wanted:
            turn, scatter = jax.random.split(jax.random.key(seed))
            omega = random_rotations(oscillators, columns, key=turn)
            equal = jnp.tile(jnp.eye(columns)[0], (oscillators, 1))
            starts = {"scattered": random_unit_rows(oscillators, columns, key=scatter), "equal": equal}
            for start, mu in starts.items():
                rows += [
                    {"D": columns - 1, "start": start, "coupling": float(k), "seed": seed, "value": float(r)}
                    for k, r in zip(values, curve(values, omega, mu), strict=True)
                ]
    return pd.DataFrame(rows)


def transition_table(measured: pd.DataFrame, oscillators: int) -> pd.DataFrame:
    """Say for each dimension how synchronisation begins.

    Args:
        measured: As from `sphere_transitions`.
        oscillators: N.

    Returns:
        Columns ``D``, ``weakest`` (the order parameter at the weakest coupling, from equal starts), ``expected`` (that
        of `weak_coupling_order`), ``chance`` (of unrelated oscillators, ``1 / √N``), ``apart`` (the largest distance
        between the two starts) and ``where`` (the coupling at which it is), of means over seeds.
    """
    mean: Any = measured.groupby(["D", "start", "coupling"])["value"].mean()
    rows = []
    for d in sorted(measured["D"].unique()):
        equal, scattered = mean[d, "equal"], mean[d, "scattered"]
        apart = (equal - scattered).abs()
        rows.append(
            {
                "D": int(d),
                "weakest": equal.iloc[0],
                "expected": weak_coupling_order(int(d) + 1),
                "chance": oscillators**-0.5,
                "apart": apart.max(),
                "where": apart.idxmax(),
            }
        )
    return pd.DataFrame(rows)
