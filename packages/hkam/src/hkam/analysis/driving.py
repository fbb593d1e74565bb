"""Driving oscillators out of a minimum of their energy by rotating each in its own way."""

import functools
from collections.abc import Iterable
from typing import NamedTuple

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float

from hkam.analysis.spheres import random_rotations
from hkam.dynamics import recall
from hkam.interactions import AbstractInteraction
from hkam.kuramoto import KuramotoMemory
from hkam.multiplexing import multiplexing_cue, multiplexing_memory
from hkam.states import KuramotoState

__all__ = ["DRIVES", "Driven", "drive", "driven_groups", "driven_out"]

_GROUP = 6
_NOISE = 0.1
_CONTROLLER = diffrax.PIDController(rtol=1e-5, atol=1e-7)

DRIVES = ("each its own Ω", "one Ω for all")
"""Who is rotated how while the drive is on."""


class Driven(NamedTuple):
    """What a drive did.

    Args:
        times: When.
        energies: ``E_K`` at these times.
        mu: The oscillators at the end.
    """

    times: Float[Array, "T"]
    energies: Float[Array, "T"]
    mu: Float[Array, "N D1"]


def drive(
    interaction: AbstractInteraction,
    mu: Float[Array, "N D1"],
    omega: Float[Array, "*N D1 D1"],
    *,
    on: float = 10.0,
    off: float = 30.0,
    samples: int = 60,
) -> Driven:
    """Rotate oscillators for a while, and let them come to rest without rotation.

    Args:
        interaction: ``E_K``.
        mu: Where they start, unit rows.
        omega: ``Ω``, shared or one each, switched on at time 0.
        on: How long.
        off: How long they have to come to rest.
        samples: Times to look at, in each of the two.
    """
    rest = KuramotoMemory(interaction)
    turning, resting = jnp.linspace(0, on, samples), jnp.linspace(0, off, samples)
    turned = recall(
        KuramotoMemory(interaction, omega),
        KuramotoState(mu),
        on,
        times=turning,
        controller=_CONTROLLER,
        max_steps=None,
    )
    rested = recall(rest, turned.state, off, times=resting, controller=_CONTROLLER, max_steps=None)
    energies = [jax.vmap(rest.energy)(path.trajectory) for path in (turned, rested)]
    return Driven(jnp.concatenate([turning, on + resting]), jnp.concatenate(energies), rested.state.mu)


def driven_groups(dimensions: int, strength: float, kind: str, *, seed: int) -> Driven:
    """Drive two groups of oscillators, orthogonal to each other, that lie near a minimum of Example 4's energy.

    Args:
        dimensions: Columns, D + 1, at least 2.
        strength: Standard deviation of the entries of Ω.
        kind: One of `DRIVES`.
        seed: Of the start and of Ω.

    Raises:
        ValueError: If there is no such drive.

    Source: "Binding threshold units with artificial oscillatory neurons", §3.2 and Example 4.
    """
    if kind not in DRIVES:
        raise ValueError(f"kind must be one of {list(DRIVES)}, but is {kind!r}")
    near, turn = jax.random.split(jax.random.key(seed))
    mu = multiplexing_cue(
        jnp.zeros(2 * _GROUP), _GROUP, aligned=False, dimensions=dimensions, noise=_NOISE, key=near
    ).mu
    omega = strength * random_rotations(2 * _GROUP, dimensions, key=turn)
    if kind == DRIVES[1]:
        omega = jnp.broadcast_to(omega[:1], omega.shape)
    return _drive(_wells(), mu, omega)


def driven_out(dimensions: Iterable[int], strengths: Iterable[float], seeds: Iterable[int]) -> pd.DataFrame:
    """Measure how often a drive leaves two groups in another minimum than the one near which they started.

    Args:
        dimensions: Columns, D + 1.
        strengths: Of the rotation.
        seeds: One start and one set of Ω each.

    Returns:
        Columns ``D``, ``variant`` (one of `DRIVES`), ``strength``, ``seed``, ``value`` (1 if another minimum, else 0)
        and ``rise`` (of the energy, the most that it ever was above an earlier value).
    """
    forces, wanted = list(strengths), list(seeds)
    start = np.kron(np.eye(2), np.ones((_GROUP, _GROUP)))
    rows = []
    for columns in dimensions:
        for kind in DRIVES:
            for strength in forces:
                for seed in wanted:
                    _, energies, mu = driven_groups(columns, strength, kind, seed=seed)
                    path, ends = np.asarray(energies), np.asarray(mu)
                    rows.append(
                        {
                            "D": columns - 1,
                            "variant": kind,
                            "strength": strength,
                            "seed": seed,
                            "value": float((np.abs(ends @ ends.T - start) > 0.5).any()),
                            "rise": float((path - np.minimum.accumulate(path)).max()),
                        }
                    )
    return pd.DataFrame(rows)


@functools.cache
def _wells() -> AbstractInteraction:
    """Return Example 4's energy, once: a program is compiled for every new function that it is made of."""
    closed = jnp.zeros((_GROUP, _GROUP))
    return multiplexing_memory(closed, closed).kuramoto.interaction


_drive = eqx.filter_jit(drive)
