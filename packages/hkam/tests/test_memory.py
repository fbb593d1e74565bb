"""What holds for every memory: its energy's rate is the closed form, and has the sign the theorems promise."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import analysis, deep

N, COLUMNS = 6, 3
LAGRANGIANS = {
    "identity": hkam.IdentityLagrangian(),
    "relu": hkam.ReLULagrangian(),
    "tanh": hkam.TanhLagrangian(),
    "sigmoid": hkam.SigmoidLagrangian(),
    "softmax": hkam.SoftmaxLagrangian(),
    "own function": hkam.FunctionLagrangian(lambda x: jnp.sum(jnp.cosh(x)), convex=True),
}


def edges(draw, graph):
    return draw.normal(graph.edge_count)


def interactions(draw):
    sparse, dense = hkam.watts_strogatz_graph(N, 2, seed=0), hkam.complete_graph(N)
    return {
        "linear": hkam.LinearInteraction(edges(draw, dense), dense),
        "relu on a graph": hkam.ReLUInteraction(edges(draw, sparse), edges(draw, sparse), sparse),
        "attention": hkam.AttentionInteraction(edges(draw, dense), edges(draw, dense), dense),
        "attention as printed": hkam.AttentionInteraction(
            edges(draw, sparse), edges(draw, sparse), sparse, attractive=False
        ),
        "perceptron": hkam.MLPInteraction(edges(draw, sparse), sparse, width=3, key=jax.random.key(0)),
        "pairs": hkam.PairInteraction(jnp.sin, edges(draw, dense), dense),
        "none": hkam.NoInteraction(),
    }


def couplings(draw):
    weight = draw.symmetric(N)
    return {
        "pairs": hkam.PairCoupling(jnp.sin, lambda s: weight * s**3),
        "gating": hkam.GatingCoupling(hkam.DenseSynapses(weight)),
        "low rank": hkam.LowRankCoupling(0.7),
        "none": hkam.NoCoupling(),
    }


def hopfield(draw, lagrangian="tanh"):
    return hkam.HopfieldMemory(LAGRANGIANS[lagrangian], hkam.DenseSynapses(draw.symmetric(N)), draw.normal(N))


def joint(draw, coupling="gating", interaction="relu on a graph"):
    kuramoto = hkam.KuramotoMemory(interactions(draw)[interaction], draw.skew(COLUMNS, COLUMNS))
    return hkam.HopfieldKuramotoMemory(
        hopfield(draw), kuramoto, couplings(draw)[coupling], kappa_h=0.5, kappa_k=2.0
    )


def layers(draw):
    sizes = (2, 1, 3)
    between = [draw.normal(2, 1), draw.normal(1, 3)]
    lateral, gates = ([draw.symmetric(n) for n in sizes] for _ in range(2))
    return between, lateral, gates, [draw.normal(n) for n in sizes]


def relu_network(draw):
    between, lateral, _, biases = layers(draw)
    interaction = interactions(draw)["relu on a graph"]
    return deep.relu_network(
        between, lateral, biases, interaction=interaction, omega=draw.skew(COLUMNS, COLUMNS)
    )


def softmax_network(draw):
    between, lateral, _, biases = layers(draw)
    return deep.softmax_network(between, lateral, biases, kappa_h=0.5, kappa_k=2.0)


def oscillatory_depth_network(draw):
    return deep.oscillatory_depth_network(*layers(draw), omega=draw.skew(COLUMNS, COLUMNS))


def convolutional_network(draw):
    shapes = [(2, 2, 1), (1, 1, 2)]
    kernels, lateral = [draw.normal(3, 3, 1, 2)], [draw.normal(3, 3, 1, 1), draw.normal(1, 1, 2, 2)]
    return deep.convolutional_network(shapes, kernels, lateral, [draw.normal(1), draw.normal(2)], stride=2)


def small_world(draw):
    graph = hkam.watts_strogatz_graph(N, 4, seed=1)
    omega = draw.skew(COLUMNS, COLUMNS)
    return hkam.low_rank_memory(
        hopfield(draw, "relu"), edges(draw, graph), edges(draw, graph), graph, strength=0.3, omega=omega
    )


def kuramoto(draw, interaction):
    return hkam.KuramotoMemory(interactions(draw)[interaction], draw.skew(COLUMNS, COLUMNS))


def phases(draw):
    graph = hkam.watts_strogatz_graph(N, 4, seed=1)
    return hkam.PhaseKuramotoMemory(edges(draw, graph), graph, jnp.asarray(0.3))


def mean_field(draw):
    return analysis.MeanFieldKuramotoMemory(draw.normal(), jnp.asarray(0.0))


def batched(draw):
    return hkam.BatchedMemory(hopfield(draw))


INTERACTIONS = (
    "linear",
    "relu on a graph",
    "attention",
    "attention as printed",
    "perceptron",
    "pairs",
    "none",
)
COUPLINGS = ("pairs", "gating", "low rank", "none")
DEEP = (relu_network, softmax_network, convolutional_network, oscillatory_depth_network)

MEMORIES = {
    **{f"Hopfield, {name}": (hopfield, name) for name in LAGRANGIANS},
    **{f"Kuramoto, {name}": (kuramoto, name) for name in INTERACTIONS},
    **{f"joint, {name}": (joint, name) for name in COUPLINGS},
    **{build.__name__: (build,) for build in (*DEEP, small_world, phases, mean_field, batched)},
}


def state_of(memory, draw):
    if isinstance(memory, hkam.BatchedMemory):
        return hkam.HopfieldState(draw.normal(2, N))
    if isinstance(memory, hkam.HopfieldMemory):
        return hkam.HopfieldState(draw.normal(N))
    if isinstance(memory, hkam.KuramotoMemory):
        return hkam.KuramotoState(draw.rows(N, COLUMNS))
    if isinstance(memory, hkam.HopfieldKuramotoMemory):
        return hkam.HopfieldKuramotoState(draw.normal(N), draw.rows(N, COLUMNS))
    return hkam.PhaseState(draw.normal(N))


@pytest.mark.parametrize("name", MEMORIES)
def test_the_measured_rate_of_energy_is_the_closed_form_and_never_positive(draw, measured_rate, name):
    build, *options = MEMORIES[name]
    memory = build(draw, *options)
    state = state_of(memory, draw)
    memory.check_state(state)
    assert memory.broken_conditions == ()
    rate, chain = eqx.filter_jit(lambda model, y: (model.energy_rate(y), model.chain_rule_rate(y)))(
        memory, state
    )
    scale = max(1.0, abs(float(rate)))
    assert abs(measured_rate(memory, state) - rate) < 1e-6 * scale
    assert abs(chain - rate) < 1e-10 * scale
    assert rate <= 1e-12


def asymmetric(draw):
    return hkam.HopfieldMemory(
        LAGRANGIANS["identity"], hkam.DenseSynapses(10 * draw.skew(N, N), symmetric=False), draw.normal(N)
    )


def not_convex(draw):
    lagrangian = hkam.FunctionLagrangian(lambda x: jnp.sum(jnp.cos(x)))
    return hkam.HopfieldMemory(lagrangian, hkam.DenseSynapses(draw.symmetric(N)), draw.normal(N))


def different_rotations(draw):
    return hkam.KuramotoMemory(interactions(draw)["linear"], 10 * draw.skew(N, COLUMNS, COLUMNS))


class Field(hkam.AbstractInteraction):
    """Oscillators in a field that rotation turns them away from."""

    field: jax.Array
    invariant: bool = eqx.field(static=True, default=False, init=False)

    def energy(self, mu):
        return -jnp.sum(mu @ self.field)


def external_field(draw):
    return hkam.KuramotoMemory(Field(draw.normal(COLUMNS)), 10 * draw.skew(COLUMNS, COLUMNS))


def asymmetric_gate(draw):
    gate = hkam.GatingCoupling(hkam.DenseSynapses(draw.normal(N, N), symmetric=False))
    still = hkam.KuramotoMemory(hkam.NoInteraction())
    return hkam.HopfieldKuramotoMemory(hopfield(draw), still, gate)


def different_frequencies(draw):
    graph = hkam.complete_graph(N)
    return hkam.PhaseKuramotoMemory(jnp.asarray(np.ones(graph.edge_count)), graph, 10 * draw.normal(N))


BROKEN = {
    "W is not symmetric": asymmetric,
    "L is not known to be convex": not_convex,
    "the oscillators' Ω_i differ": different_rotations,
    "E_K depends on more than the scalar products μ_iᵀ μ_j": external_field,
    "the oscillators' frequencies differ": different_frequencies,
}


@pytest.mark.parametrize("condition", BROKEN)
def test_energy_rises_somewhere_in_a_memory_that_breaks_a_condition_and_it_says_so(
    draw, measured_rate, condition
):
    memory = BROKEN[condition](draw)
    assert memory.broken_conditions == (condition,)
    states = [state_of(memory, draw) for _ in range(30)]
    many = jax.tree.map(lambda *leaves: jnp.asarray(np.stack(leaves)), *states)
    with pytest.warns(hkam.NoGuaranteeWarning, match=condition.replace("_", ".")):
        rates = np.asarray(jax.jit(jax.vmap(memory.energy_rate))(many))
    highest = int(rates.argmax())
    assert rates[highest] > 0
    assert abs(measured_rate(memory, states[highest]) - rates[highest]) < 1e-6 * max(1.0, rates[highest])


def test_a_coupling_without_symmetry_gives_no_guarantee(draw):
    assert asymmetric_gate(draw).broken_conditions == ("the coupling is not symmetric",)


def test_without_rotation_even_a_field_lets_energy_only_fall(draw):
    assert hkam.KuramotoMemory(Field(draw.normal(COLUMNS))).broken_conditions == ()
