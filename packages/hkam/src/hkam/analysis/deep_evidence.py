"""The evidence for the misprints of Appendix E: energies of deep networks that do not generate their equations."""

import itertools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hkam.analysis.evidence_parts import FLOOR, Errors, moving_state, relative, symmetric
from hkam.deep import oscillatory_depth_network, relu_network
from hkam.graphs import complete_graph
from hkam.hopfield_kuramoto import HopfieldKuramotoMemory
from hkam.interactions import LinearInteraction
from hkam.sphere import tangent
from hkam.states import HopfieldKuramotoState

__all__ = ["equation_45", "equation_46", "equation_51", "missing_couplings"]


def _layers(
    key: PRNGKeyArray, sizes: tuple[int, ...]
) -> tuple[list[Array], list[Array], list[Array], list[Array]]:
    keys = iter(jax.random.split(key, 4 * len(sizes)))
    between = [jax.random.normal(next(keys), pair) for pair in itertools.pairwise(sizes)]
    lateral = [symmetric(next(keys), size) for size in sizes]
    gates = [symmetric(next(keys), size) for size in sizes]
    return between, lateral, gates, [jax.random.normal(next(keys), (size,)) for size in sizes]


def _blocks(sizes: tuple[int, ...], matrices: list[Array]) -> Float[Array, "N N"]:
    return jax.scipy.linalg.block_diag(
        *(matrix.reshape(size, size) for size, matrix in zip(sizes, matrices, strict=True))
    )


def _descent_mismatch(
    memory: HopfieldKuramotoMemory, state: HopfieldKuramotoState, slope_mu: Float[Array, "N D1"]
) -> Float[Array, ""]:
    """Return how far the projected slope of an energy is from generating the oscillators' equation of motion."""
    velocity = memory.vector_field(0.0, state).mu
    size = jnp.maximum(jnp.linalg.norm(velocity), FLOOR)
    return jnp.linalg.norm(tangent(state.mu, slope_mu) + velocity) / size


def equation_45(key: PRNGKeyArray) -> Errors:
    """Hold the printed condition on the weights, ``W_ijᵀ = W_ij``, against ``W_ijᵀ = W_ji``."""
    keys = jax.random.split(key, 4)
    bias, state = jax.random.normal(keys[0], (8,)), moving_state(keys[1], 8)
    forwards = symmetric(keys[2], 4)

    def energy(x: Float[Array, "N"]) -> Float[Array, ""]:
        g = jax.nn.relu(x)
        return (x - bias) @ g - 0.5 * jnp.sum(g**2) - g[:4] @ forwards @ g[4:]

    def mismatch(backwards: Float[Array, "n n"]) -> Float[Array, ""]:
        g = jax.nn.relu(state.x)
        velocity = jnp.concatenate([forwards @ g[4:], backwards @ g[:4]]) - state.x + bias
        return relative(jax.grad(energy)(state.x) @ velocity, -jnp.sum(velocity**2 * (state.x > 0)))

    return mismatch(symmetric(keys[3], 4)), mismatch(forwards.T)


def missing_couplings(key: PRNGKeyArray) -> Errors:
    """Hold the energy without ``κ_H`` and ``κ_K`` against the one with them, at ``κ_K = 10``."""
    sizes, kappa_k = (3, 4), 10.0
    first, second = jax.random.split(key)
    between, lateral, _, biases = _layers(first, sizes)
    graph = complete_graph(sum(sizes))
    attraction = jax.random.normal(jax.random.fold_in(first, 1), (graph.edge_count,))
    memory = relu_network(
        between, lateral, biases, interaction=LinearInteraction(attraction, graph), kappa_k=kappa_k
    )
    state = moving_state(second, sum(sizes))
    velocity, slope = memory.vector_field(0.0, state), jax.grad(memory.energy)(state)
    alone = jax.grad(lambda mu: memory.kuramoto.interaction.energy(mu))(state.mu)
    wanted = memory.closed_form_rate(state)

    def rate(slope_mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        return jnp.vdot(slope.x, velocity.x) + jnp.vdot(slope_mu, velocity.mu)

    return relative(rate(slope.mu - (kappa_k - 1) * alone), wanted), relative(rate(slope.mu), wanted)


def equation_46(key: PRNGKeyArray) -> Errors:
    """Hold the printed energy of the coupling, a squared norm, against the quadratic form."""
    sizes = (3, 4)
    between, lateral, _, biases = _layers(key, sizes)
    memory, state = relu_network(between, lateral, biases), moving_state(key, sum(sizes))
    gates = _blocks(sizes, lateral)

    def printed(mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        g = jax.nn.relu(state.x)
        return 0.5 * jnp.sum((g[:, None] * g[None, :] * gates * (mu @ mu.T)) ** 2)

    right = jax.grad(memory.energy)(state).mu
    return _descent_mismatch(memory, state, jax.grad(printed)(state.mu)), _descent_mismatch(
        memory, state, right
    )


def equation_51(key: PRNGKeyArray) -> Errors:
    """Hold the printed energy of an oscillatory depth, a squared norm of squares, against the weighted sum."""
    sizes = (3, 4)
    between, lateral, gates, biases = _layers(key, sizes)
    # Closed gates leave the deep term alone.
    memory = oscillatory_depth_network(between, lateral, [0 * gate for gate in gates], biases)
    state = moving_state(key, sum(sizes))

    def printed(mu: Float[Array, "N D1"]) -> Float[Array, ""]:
        products = mu[: sizes[0]] @ mu[sizes[0] :].T
        return 0.25 * jnp.sum((between[0] * jax.nn.relu(products) ** 2) ** 2)

    return _descent_mismatch(memory, state, jax.grad(printed)(state.mu)), _descent_mismatch(
        memory, state, jax.grad(memory.energy)(state).mu
    )
