"""Statements of the paper that cannot hold as printed, each with a number beside that of the corrected one.

The equations are those of Fanaskov and Oseledets, "Binding threshold units with artificial oscillatory neurons". One
slip is not here because no number can show it: §6 speaks of D = 2 and 3 where its tables have D = 4 and 6, and the
sizes of Table 4, as rounded there, fit all four. D counts rotational degrees of freedom: rows have D + 1 columns.
Nor is a convention: eq. 18 has the forces of Example 2's energy with R and S of the other sign, and its own energy is
not printed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hkam.analysis.deep_evidence import equation_45, equation_46, equation_51, missing_couplings
from hkam.analysis.evidence_parts import Errors, moving_state, relative, symmetric
from hkam.couplings import AbstractCoupling, GatingCoupling, LowRankCoupling, PairCoupling
from hkam.encoding import encode_scalars
from hkam.graphs import complete_graph
from hkam.hopfield import HopfieldMemory
from hkam.hopfield_kuramoto import HopfieldKuramotoMemory
from hkam.interactions import LinearInteraction, NoInteraction
from hkam.kuramoto import KuramotoMemory
from hkam.lagrangians import ReLULagrangian, TanhLagrangian
from hkam.sphere import random_unit_rows, tangent
from hkam.states import HopfieldKuramotoState, HopfieldState
from hkam.synapses import DenseSynapses

__all__ = ["NETWORKS", "Erratum", "errata"]

NETWORKS = 8


@dataclass(frozen=True)
class Erratum:
    """One misprint or missing condition, and its evidence.

    Args:
        key: Short name.
        place: Where in the paper.
        printed: The printed formula, in TeX.
        corrected: The right one, in TeX.
        quantity: What the two numbers are, each the largest over `NETWORKS` random networks and states; zero means that
            the formula is right.
        printed_error: The number for the printed formula.
        corrected_error: The number for the corrected one.
    """

    key: str
    place: str
    printed: str
    corrected: str
    quantity: str
    printed_error: float
    corrected_error: float


def errata(*, key: PRNGKeyArray) -> list[Erratum]:
    """Measure every misprint on small random networks.

    Args:
        key: Random key of the networks and states.

    Returns:
        The errata, in the order of the paper.
    """
    keys = jax.random.split(key, len(_ERRATA))
    return [
        Erratum(*words, *_largest(measure, subkey))
        for (measure, words), subkey in zip(_ERRATA, keys, strict=True)
    ]


def _largest(measure: Callable[[PRNGKeyArray], Errors], key: PRNGKeyArray) -> tuple[float, float]:
    # A wrong rate may come out right at one state by chance.
    printed, corrected = zip(*map(jax.jit(measure), jax.random.split(key, NETWORKS)), strict=True)
    return float(max(printed)), float(max(corrected))


def _tiny_joint(key: PRNGKeyArray, n: int = 5) -> tuple[HopfieldKuramotoMemory, HopfieldKuramotoState]:
    keys = jax.random.split(key, 5)
    hopfield = HopfieldMemory(
        TanhLagrangian(), DenseSynapses(symmetric(keys[0], n)), jax.random.normal(keys[1], (n,))
    )
    coupling = GatingCoupling(DenseSynapses(symmetric(keys[2], n)))
    memory = HopfieldKuramotoMemory(hopfield, KuramotoMemory(NoInteraction()), coupling)
    state = HopfieldKuramotoState(jax.random.normal(keys[3], (n,)), random_unit_rows(n, 3, key=keys[4]))
    return memory, state


def _rate_along(
    memory: HopfieldKuramotoMemory, state: HopfieldKuramotoState, velocity: HopfieldKuramotoState
) -> Float[Array, ""]:
    slope = jax.grad(memory.energy)(state)
    return jnp.vdot(slope.x, velocity.x) + jnp.vdot(slope.mu, velocity.mu)


def _section_2(key: PRNGKeyArray) -> Errors:
    keys = jax.random.split(key, 2)
    weight, mu = symmetric(keys[0], 5), random_unit_rows(5, 3, key=keys[1])

    def stretch(rows: Float[Array, "N D1"]) -> Float[Array, ""]:
        """Return how fast eq. 3 changes the rows' squared lengths, relative to how fast it moves them."""
        force = weight @ rows
        velocity = force - rows * jnp.sum(rows * force, axis=1, keepdims=True)
        return jnp.linalg.norm(jnp.sum(rows * velocity, axis=1)) / jnp.linalg.norm(velocity)

    return stretch(2 * mu), stretch(mu)


def _joint_mismatch(
    memory: HopfieldKuramotoMemory, state: HopfieldKuramotoState, delta_x: Float[Array, "N"]
) -> Float[Array, ""]:
    """Return how far dE/dt is from eq. 14 if ``Δx`` is as given."""
    velocity = memory.vector_field(0.0, state)
    right = memory.coupling.forces(memory.hopfield.lagrangian.activation(state.x), state.mu)[0]
    given = eqx.tree_at(lambda tree: tree.x, velocity, velocity.x + (delta_x - right) / memory.kappa_h)
    descent = tangent(state.mu, jax.grad(memory.energy)(state).mu)
    gain = memory.hopfield.lagrangian.gain(state.x, given.x)
    wanted = -memory.kappa_h * given.x @ gain - jnp.sum(descent**2) / memory.kappa_k
    return relative(_rate_along(memory, state, given), wanted)


def _example_4(key: PRNGKeyArray) -> Errors:
    memory, state = _tiny_joint(key)
    weights = memory.coupling.synapses.matrix()  # pyright: ignore[reportAttributeAccessIssue]
    g = memory.hopfield.lagrangian.activation(state.x)
    gated = weights * (state.mu @ state.mu.T)
    printed = jnp.sum(gated, axis=1) * g
    return _joint_mismatch(memory, state, printed), _joint_mismatch(memory, state, gated @ g)


def _section_4(key: PRNGKeyArray) -> Errors:
    gated, state = _tiny_joint(key)
    weights = gated.coupling.synapses.matrix()  # pyright: ignore[reportAttributeAccessIssue]
    g = gated.hopfield.lagrangian.activation(state.x)
    meant = -gated.coupling.forces(g, state.mu)[0]

    def mismatch(factor: float) -> Float[Array, ""]:
        energy = PairCoupling(lambda products: 2 * factor * weights * products, lambda s: s).energy
        slope = jax.grad(energy)(g, state.mu)
        return jnp.linalg.norm(slope - meant) / jnp.linalg.norm(meant)

    return mismatch(1.0), mismatch(0.5)


def _theorem_4_1(key: PRNGKeyArray) -> Errors:
    memory, state = _tiny_joint(key)

    def mismatch(synapses: DenseSynapses) -> Float[Array, ""]:
        given = eqx.tree_at(lambda tree: tree.hopfield.synapses, memory, synapses)
        return relative(given.chain_rule_rate(state), given.closed_form_rate(state))

    weight = jax.random.normal(key, (len(state.x), len(state.x)))
    return mismatch(DenseSynapses(weight, symmetric=False)), mismatch(
        DenseSynapses(0.5 * (weight + weight.T))
    )


def _section_6_version(key: PRNGKeyArray) -> Errors:
    n, keys = 5, jax.random.split(key, 4)
    graph = complete_graph(n)
    weight, bias = symmetric(keys[0], n), jax.random.normal(keys[1], (n,))
    linear, state = jax.random.normal(keys[2], (graph.edge_count,)), moving_state(keys[3], n)
    g, products = jax.nn.relu(state.x), state.mu @ state.mu.T
    # Eq. 18 with S = 0, Ω = 0 and κ = 1, written out.
    x = (weight + products) @ g - state.x + bias
    mu = tangent(state.mu, (graph.dense(linear) + g[:, None] * g[None, :]) @ state.mu)

    def difference(
        synapses: Float[Array, "N N"], kuramoto: KuramotoMemory, coupling: AbstractCoupling
    ) -> Array:
        hopfield = HopfieldMemory(ReLULagrangian(), DenseSynapses(synapses), bias)
        got = HopfieldKuramotoMemory(hopfield, kuramoto, coupling).vector_field(0.0, state)
        return jnp.hypot(jnp.linalg.norm(got.x - x), jnp.linalg.norm(got.mu - mu)) / jnp.hypot(
            jnp.linalg.norm(x), jnp.linalg.norm(mu)
        )

    equation_15 = (0 * weight, KuramotoMemory(NoInteraction()), GatingCoupling(DenseSynapses(weight)))
    equation_16 = (weight, KuramotoMemory(LinearInteraction(linear, graph)), LowRankCoupling())
    return difference(*equation_15), difference(*equation_16)


def _equation_19(key: PRNGKeyArray) -> Errors:
    keys = jax.random.split(key, 3)
    bias, state = jax.random.normal(keys[1], (5,)), HopfieldState(jax.random.normal(keys[2], (5,)))
    memory = HopfieldMemory(TanhLagrangian(), DenseSynapses(symmetric(keys[0], 5)), bias)
    slope = jax.grad(memory.energy)(state).x

    def mismatch(velocity: Float[Array, "N"]) -> Float[Array, ""]:
        return relative(slope @ velocity, -velocity @ memory.lagrangian.gain(state.x, velocity))

    velocity = memory.vector_field(0.0, state).x
    return mismatch(velocity - 2 * bias), mismatch(velocity)


def _equation_36(key: PRNGKeyArray) -> Errors:
    values = jax.random.uniform(key, (20,), minval=-1.0, maxval=1.0)
    printed = jnp.stack([values, 1 - values**2], axis=1)
    corrected = encode_scalars(values, 2)

    def excess(rows: Float[Array, "K 2"]) -> Float[Array, ""]:
        return jnp.max(jnp.abs(jnp.linalg.norm(rows, axis=1) - 1))

    return excess(printed), excess(corrected)


def _appendix_c(key: PRNGKeyArray) -> Errors:
    # More oscillators than dimensions, as many, and fewer.
    cases = [(6, 3), (3, 3), (2, 4)]
    errors = [
        _degrees_of_freedom(units, dimension, subkey)
        for (units, dimension), subkey in zip(cases, jax.random.split(key, len(cases)), strict=True)
    ]
    printed, corrected = (jnp.stack(found) for found in zip(*errors, strict=True))
    return jnp.max(printed), jnp.max(corrected)


def _degrees_of_freedom(units: int, dimension: int, key: PRNGKeyArray) -> Errors:
    mu = random_unit_rows(units, dimension + 1, key=key)

    def change(v: Float[Array, "N D1"]) -> Float[Array, "N N"]:
        """Return how the scalar products change as the oscillators move; only a common rotation keeps them."""
        move = tangent(mu, v)
        return move @ mu.T + mu @ move.T

    changes = jax.vmap(change)(jnp.eye(mu.size).reshape(-1, *mu.shape))
    free = 1.0 * jnp.linalg.matrix_rank(changes.reshape(mu.size, -1), rtol=1e-4)
    fewest = min(
        units, dimension
    )  # a common rotation of few oscillators leaves the directions beside them alone
    right = units * dimension - fewest * (2 * dimension - fewest + 1) // 2
    return jnp.abs((units - 1) * dimension - free), jnp.abs(right - free)


_ERRATA: tuple[tuple[Callable[[PRNGKeyArray], Errors], tuple[str, str, str, str, str]], ...] = (
    (
        _section_2,
        (
            "constant-length",
            "§2, below eq. 3",
            r"\mu_i^\top \mu_i = \mathrm{const}",
            r"\mu_i^\top \mu_i = \mathrm{const}\ \text{if}\ \mu_i^\top \mu_i = 1",
            "change of lengths relative to the velocity, at length 2 and at length 1",
        ),
    ),
    (
        _section_4,
        (
            "half-in-coupling-energy",
            "§4, before Theorem 4.1",
            r"-\sum_{ij} W_{ij} (\mu_i^\top \mu_j)\, g_i g_j",
            r"-\tfrac12 \sum_{ij} W_{ij} (\mu_i^\top \mu_j)\, g_i g_j",
            "relative difference between the energy's slope and the force of eq. 15",
        ),
    ),
    (
        _theorem_4_1,
        (
            "missing-condition",
            "Theorem 4.1",
            r"G_{ij} = G_{ji},\ \chi_{ij} = \chi_{ji},\ \Lambda \succeq 0,\ \Omega_i = \Omega",
            r"\text{the same, and } W_{ij} = W_{ji},\ E_K = E_K(\{\mu_i^\top \mu_j\})",
            "relative difference between dE/dt and eq. 14, for a random W and for its symmetric part",
        ),
    ),
    (
        _example_4,
        (
            "multiplexing-index",
            "Example 4",
            r"\Delta x_i = \sum_j (\widetilde W_{ij} - W_{ij})\, \mu_i^\top \mu_j\, g(x)_i",
            r"\Delta x_i = \sum_j (\widetilde W_{ij} - W_{ij})\, \mu_i^\top \mu_j\, g(x)_j",
            "relative difference between dE/dt and eq. 14",
        ),
    ),
    (
        _section_6_version,
        (
            "version-of-eq-16",
            "§6, below eq. 18",
            r"\text{eq. 18 is a version of eq. 15}",
            r"\text{eq. 18 is a version of eq. 16}",
            "relative difference between the fields of eq. 18, with S = 0, Ω = 0, κ = 1, and of the equation named",
        ),
    ),
    (
        _equation_19,
        (
            "bias-sign",
            "Appendix A, eq. 19",
            r"\dot x_i = \sum_j W_{ij} g(x)_j - x_j - b_j",
            r"\dot x_i = \sum_j W_{ij} g(x)_j - x_i + b_i",
            "relative difference between dE/dt and eq. 8",
        ),
    ),
    (
        _equation_36,
        (
            "encoding-not-unit",
            "Appendix C, eq. 36",
            r"\mu_{j+1} = (v_j,\ 1 - v_j^2,\ 0, \dots)",
            r"\mu_{j+1} = (v_j,\ \sqrt{1 - v_j^2},\ 0, \dots)",
            "largest distance of a row's length from one",
        ),
    ),
    (
        _appendix_c,
        (
            "degrees-of-freedom",
            "Appendix C",
            r"(N - 1) D",
            r"N D - \tfrac12 m (2 D - m + 1),\ m = \min(N, D)",
            "largest difference from the rank of the map to scalar products; N, D = 6, 3; 3, 3; 2, 4",
        ),
    ),
    (
        equation_45,
        (
            "transposed-weights",
            "Appendix E, eq. 45, 50",
            r"W_{ij}^\top = W_{ij}",
            r"W_{ij}^\top = W_{ji}",
            "relative difference between dE/dt and eq. 14, for layers of one size",
        ),
    ),
    (
        equation_46,
        (
            "quartic-coupling-energy",
            "Appendix E, eq. 46, 49, 51",
            r"+\tfrac12 \sum_i \| g_i g_i^\top \odot S_i \odot \mathcal G(\mu_i, \mu_i) \|_F^2",
            r"-\tfrac12 \sum_i g_i^\top (S_i \odot \mathcal G(\mu_i, \mu_i))\, g_i",
            "relative difference between the energy's projected slope and eq. 45",
        ),
    ),
    (
        missing_couplings,
        (
            "missing-couplings",
            "Appendix E, eq. 46, 49, 51",
            r"E_{HK} = E_H + E_K + \Delta E_{HK}",
            r"E_{HK} = \kappa_H E_H + \kappa_K E_K + \Delta E_{HK}",
            "relative difference between dE/dt and eq. 14, for κ_H = 1 and κ_K = 10",
        ),
    ),
    (
        equation_51,
        (
            "deep-oscillatory-energy",
            "Appendix E.2, eq. 51",
            r"\tfrac14 \sum_i \| W_{i,i+1} \odot \mathrm{ReLU}^2(\mathcal G(\mu_i, \mu_{i+1})) \|_F^2",
            r"\tfrac12 \sum_i \sum_{ab} (W_{i,i+1})_{ab}\, \mathrm{ReLU}(\mathcal G(\mu_i, \mu_{i+1})_{ab})^2",
            "relative difference between the energy's projected slope and eq. 50",
        ),
    ),
)
