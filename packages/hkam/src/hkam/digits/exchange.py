"""The change of synapses by which two units change places, in two parts: what an edit needs without oscillators."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from hkam._arrays import real_array
from hkam.hopfield import HopfieldMemory
from hkam.memory import check_shape
from hkam.sphere import row_lengths
from hkam.synapses import DenseSynapses

__all__ = ["Exchange", "exchange", "with_added_synapses"]


class Exchange(NamedTuple):
    """The change ``P W Pᵀ − W`` of the synapses, ``P`` exchanging two units, as a sum of two parts of rank one.

    Args:
        eigenvalue: ``λ``; the change has the eigenvalues ``λ`` and ``−λ``, and no other but zero.
        positive: The part with the eigenvalue ``λ``.
        negative: The part with the eigenvalue ``−λ``.
    """

    eigenvalue: Float[Array, ""]
    positive: Float[Array, "N N"]
    negative: Float[Array, "N N"]


def exchange(weight: Float[ArrayLike, "N N"], first: int, second: int) -> Exchange:
    """Return the change by which two units take each other's synapses.

    With ``u = e_a − e_b``, and ``v`` the difference of the two units' synapses with all others and half that of their
    synapses with themselves, the change is ``u vᵀ + v uᵀ``. As ``u ⟂ v``, its eigenvalues are ``±|u||v|`` and its
    eigenvectors ``(û ± v̂)/√2``.

    Args:
        weight: Symmetric synapses ``W``.
        first: The unit ``a``.
        second: The unit ``b``, another one.

    Returns:
        The change in two parts. If the units have the same synapses, both are zero.

    Raises:
        ValueError: If the units are not two different units of ``W``, or ``W`` is no square matrix.

    Source: own derivation; "Binding threshold units with artificial oscillatory neurons", eq. 17 is the form
    ``κ μ μᵀ`` that it is compared with.
    """
    weight = real_array("weight", weight)
    if weight.ndim != 2 or weight.shape[0] != weight.shape[1]:
        raise ValueError(f"weight must be square, but has shape {weight.shape}")
    size = len(weight)
    whole = all(isinstance(unit, int | np.integer) for unit in (first, second))
    if not whole or first == second or not (0 <= first < size and 0 <= second < size):
        raise ValueError(f"the units must be two of 0 to {size - 1}, but are {first} and {second}")

    u = jnp.zeros(size, weight.dtype).at[first].set(1.0).at[second].set(-1.0)
    own = 0.5 * (weight[second, second] - weight[first, first])
    v = (weight[second] - weight[first]).at[first].set(own).at[second].set(own)
    length = row_lengths(v)
    direction = jnp.where(length > 0, v / jnp.where(length > 0, length, 1.0), 0.0)
    eigenvalue = jnp.sqrt(2.0) * length

    def part(sign: float) -> Float[Array, "N N"]:
        eigenvector = (u / jnp.sqrt(2.0) + sign * direction) / jnp.sqrt(2.0)
        return sign * eigenvalue * jnp.outer(eigenvector, eigenvector)

    return Exchange(eigenvalue, part(1.0), part(-1.0))


def with_added_synapses(memory: HopfieldMemory, change: Float[ArrayLike, "N N"]) -> HopfieldMemory:
    """Return a memory with dense synapses to which a matrix is added.

    Args:
        memory: The memory, with `hkam.DenseSynapses`.
        change: What to add.

    Raises:
        ValueError: If the memory's synapses are not dense, or the change is no matrix of their shape.
    """
    if not isinstance(memory.synapses, DenseSynapses):
        raise ValueError(f"memory must have DenseSynapses, but has {type(memory.synapses).__name__}")
    added = real_array("change", change)
    check_shape("change", added, memory.synapses.weight.shape)
    return eqx.tree_at(lambda tree: tree.synapses.weight, memory, replace_fn=lambda weight: weight + added)
