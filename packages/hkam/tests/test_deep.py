"""Each deep network is the joint model with the block weights it stands for; its layers' equations are the paper's."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
import scipy.special

import hkam
from hkam.deep import convolutional_network, oscillatory_depth_network, relu_network, softmax_network

SIZES, COLUMNS = (2, 3, 2), 3
N = sum(SIZES)
STARTS = np.cumsum([0, *SIZES])
KAPPAS = {"kappa_h": 0.5, "kappa_k": 2.0}


def layers(draw):
    between = [draw.normal(2, 3), draw.normal(3, 2)]
    lateral, gates = ([draw.symmetric(n) for n in SIZES] for _ in range(2))
    return between, lateral, gates, [draw.normal(n) for n in SIZES]


def cue(draw, n=N):
    return hkam.HopfieldKuramotoState(draw.normal(n), draw.rows(n, COLUMNS))


def off_diagonal(between):
    corner = np.zeros((N, N))
    for layer, block in enumerate(between):
        corner[STARTS[layer] : STARTS[layer + 1], STARTS[layer + 1] : STARTS[layer + 2]] = block
    return corner + corner.T


def diagonal(blocks):
    return scipy.linalg.block_diag(*map(np.asarray, blocks))


@eqx.filter_jit
def field_and_energy(memory, state):
    return memory.vector_field(0.0, state), memory.energy(state)


def same(memory, joint, state):
    (one, energy), (other, other_energy) = field_and_energy(memory, state), field_and_energy(joint, state)
    return np.allclose(one.x, other.x) and np.allclose(one.mu, other.mu) and np.allclose(energy, other_energy)


def block_joint(lagrangian, synapses, gate, biases, interaction, omega):
    threshold = hkam.HopfieldMemory(
        lagrangian, hkam.DenseSynapses(jnp.asarray(synapses)), jnp.concatenate(biases)
    )
    coupling = hkam.GatingCoupling(hkam.DenseSynapses(jnp.asarray(gate)))
    return hkam.HopfieldKuramotoMemory(threshold, hkam.KuramotoMemory(interaction, omega), coupling, **KAPPAS)


def layered_softmax():
    return hkam.LayeredLagrangian([hkam.SoftmaxLagrangian()] * 3, SIZES)


@pytest.mark.parametrize(
    ("build", "lagrangian"),
    [(relu_network, hkam.ReLULagrangian), (softmax_network, layered_softmax)],
)
def test_a_dense_network_is_the_joint_model_with_block_weights(draw, build, lagrangian):
    between, lateral, _, biases = layers(draw)
    graph, omega = hkam.complete_graph(N), draw.skew(COLUMNS, COLUMNS)
    interaction = hkam.LinearInteraction(draw.normal(graph.edge_count), graph)
    deep = build(between, lateral, biases, interaction=interaction, omega=omega, **KAPPAS)
    joint = block_joint(lagrangian(), off_diagonal(between), diagonal(lateral), biases, interaction, omega)
    assert same(deep, joint, cue(draw))


def test_the_oscillatory_depth_network_is_the_joint_model_with_block_weights(draw):
    between, lateral, gates, biases = layers(draw)
    omega, graph = draw.skew(COLUMNS, COLUMNS), hkam.complete_graph(N)
    rectified = -graph.edge_values(jnp.asarray(off_diagonal(between)))
    interaction = hkam.ReLUInteraction(0 * rectified, rectified, graph)
    deep = oscillatory_depth_network(between, lateral, gates, biases, omega=omega, **KAPPAS)
    joint = block_joint(hkam.ReLULagrangian(), diagonal(lateral), diagonal(gates), biases, interaction, omega)
    assert same(deep, joint, cue(draw))


def test_the_convolutional_network_is_the_joint_model_with_the_matrices_of_its_convolutions(draw):
    shapes = [(3, 2, 1), (3, 2, 2)]
    kernels, lateral = [draw.normal(3, 3, 1, 2)], [draw.normal(3, 3, 1, 1), draw.normal(1, 1, 2, 2)]
    biases = [draw.normal(1), draw.normal(2)]
    deep = convolutional_network(shapes, kernels, lateral, biases, **KAPPAS)
    joint = block_joint(
        hkam.ReLULagrangian(),
        deep.hopfield.synapses.matrix(),
        deep.coupling.synapses.matrix(),
        [jnp.asarray(np.tile(b, 6)) for b in biases],
        hkam.NoInteraction(),
        None,
    )
    state = cue(draw, 18)
    assert same(deep, joint, state)


def test_the_layers_obey_the_printed_equations(draw):
    between, lateral, _, biases = layers(draw)
    state = cue(draw)
    networks = {relu_network: lambda x: np.maximum(x, 0), softmax_network: scipy.special.softmax}
    for build, activate in networks.items():
        got, _ = field_and_energy(build(between, lateral, biases, **KAPPAS), state)
        x, mu = (np.split(np.asarray(leaf), STARTS[1:-1]) for leaf in (state.x, state.mu))
        g = [activate(part) for part in x]
        gram = [rows @ rows.T for rows in mu]
        gate = np.asarray(lateral[1])
        wanted = between[1] @ g[2] + between[0].T @ g[0] - x[1] + biases[1] + (gate * gram[1]) @ g[1] / 0.5
        assert np.allclose(got.x[2:5], wanted)
        force = (np.outer(g[1], g[1]) * gate) @ mu[1] / 2.0
        assert np.allclose(got.mu[2:5], force - np.sum(force * mu[1], axis=1, keepdims=True) * mu[1])


def test_the_oscillatory_depth_obeys_the_printed_equation(draw):
    between, lateral, gates, biases = layers(draw)
    state = cue(draw)
    got, _ = field_and_energy(oscillatory_depth_network(between, lateral, gates, biases, **KAPPAS), state)
    x, mu = (np.split(np.asarray(leaf), STARTS[1:-1]) for leaf in (state.x, state.mu))
    g = np.maximum(x[1], 0)
    force = (np.outer(g, g) * np.asarray(gates[1])) @ mu[1] / 2.0
    for weight, neighbour in ((np.asarray(between[0]).T, mu[0]), (np.asarray(between[1]), mu[2])):
        force -= (weight * np.maximum(mu[1] @ neighbour.T, 0)) @ neighbour
    assert np.allclose(got.mu[2:5], force - np.sum(force * mu[1], axis=1, keepdims=True) * mu[1])


def test_one_layer_is_a_network_too(draw):
    deep = relu_network([], [draw.symmetric(2)], [draw.normal(2)])
    assert field_and_energy(deep, cue(draw, 2))[0].x.shape == (2,)


def test_layers_that_do_not_fit_are_refused(draw):
    between, lateral, gates, biases = layers(draw)
    with pytest.raises(ValueError, match="weights must have 2 entries for 3 layers, but has 1"):
        relu_network(between[:1], lateral, biases)
    with pytest.raises(ValueError, match=r"lateral\[1\]: weight must be symmetric"):
        softmax_network(between, [lateral[0], draw.normal(3, 3), lateral[2]], biases)
    with pytest.raises(ValueError, match=r"weights\[0\] must have shape \(2, 3\), but has \(3, 2\)"):
        oscillatory_depth_network(between[::-1], lateral, gates, biases)
    with pytest.raises(ValueError, match=r"connections\[0\] does not fit its source layer \(3,\)"):
        relu_network(between[::-1], lateral, biases)
