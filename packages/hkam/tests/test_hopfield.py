import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hkam import (
    DenseSynapses,
    FunctionLagrangian,
    HopfieldMemory,
    HopfieldState,
    IdentityLagrangian,
    NoGuaranteeWarning,
    ReLULagrangian,
    SigmoidLagrangian,
    SoftmaxLagrangian,
    TanhLagrangian,
    outer_product_synapses,
)

LAGRANGIANS = [IdentityLagrangian, ReLULagrangian, TanhLagrangian, SigmoidLagrangian, SoftmaxLagrangian]


def memory(lagrangian, key, size=8, *, symmetric=True, scale=0.5):
    weight_key, bias_key = jax.random.split(key)
    weight = scale * jax.random.normal(weight_key, (size, size)) / jnp.sqrt(size)
    weight = (weight + weight.T) / 2 if symmetric else weight
    return HopfieldMemory(
        lagrangian, DenseSynapses(weight, symmetric=symmetric), jax.random.normal(bias_key, (size,))
    )


def state(key, size=8):
    return HopfieldState(2 * jax.random.normal(jax.random.fold_in(key, 7), (size,)))


@pytest.mark.parametrize("kind", LAGRANGIANS)
def test_the_closed_form_rate_is_the_chain_rule_and_never_positive(kind, key):
    network, here = memory(kind(), key), state(key)
    assert network.broken_conditions == ()
    np.testing.assert_allclose(network.energy_rate(here), network.chain_rule_rate(here), atol=1e-6)
    assert network.energy_rate(here) <= 0


@pytest.mark.parametrize("kind", LAGRANGIANS)
def test_the_measured_rate_is_the_closed_form(kind, key):
    network, here = memory(kind(), key), state(key)
    velocity, step = network.vector_field(0.0, here).x, 1e-5
    ahead, behind = (network.energy(HopfieldState(here.x + sign * step * velocity)) for sign in (1, -1))
    np.testing.assert_allclose((ahead - behind) / (2 * step), network.energy_rate(here), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", LAGRANGIANS)
def test_the_energy_never_rises_along_a_trajectory(kind, key):
    network = memory(kind(), key)
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(network.vector_field),
        diffrax.Tsit5(),
        0.0,
        10.0,
        1e-2,
        state(key),
        saveat=diffrax.SaveAt(ts=jnp.linspace(0, 10, 50)),
        stepsize_controller=diffrax.PIDController(rtol=1e-8, atol=1e-10),
    )
    energies = jax.vmap(network.energy)(solution.ys)
    assert jnp.diff(energies).max() <= 1e-8
    assert energies[-1] < energies[0]


def test_asymmetric_weights_are_taken_only_explicitly_and_void_the_guarantee(key):
    weight = jax.random.normal(key, (4, 4))
    with pytest.raises(ValueError, match=r"must be symmetric.*symmetric=False"):
        DenseSynapses(weight)
    network = memory(TanhLagrangian(), key, symmetric=False)
    with pytest.warns(NoGuaranteeWarning, match="W is not symmetric"):
        rate = network.energy_rate(state(key))
    np.testing.assert_allclose(rate, network.chain_rule_rate(state(key)))


def test_energy_rises_where_the_lagrangian_is_not_convex(key):
    network = memory(FunctionLagrangian(lambda x: -jnp.sum(x**2) / 2), key)
    with pytest.warns(NoGuaranteeWarning, match="not known to be convex"):
        assert network.energy_rate(state(key)) > 0


def test_permuting_the_units_permutes_the_dynamics(key):
    network, here = memory(TanhLagrangian(), key), state(key)
    order = jax.random.permutation(key, 8)
    moved = HopfieldMemory(
        network.lagrangian, DenseSynapses(network.synapses.matrix()[order][:, order]), network.bias[order]
    )
    there = HopfieldState(here.x[order])
    np.testing.assert_allclose(moved.energy(there), network.energy(here), atol=1e-12)
    np.testing.assert_allclose(
        moved.vector_field(0, there).x, network.vector_field(0, here).x[order], atol=1e-12
    )


def test_stored_patterns_attract(key):
    patterns = jnp.sign(jax.random.normal(key, (2, 64)))
    network = HopfieldMemory(
        TanhLagrangian(), DenseSynapses(4 * outer_product_synapses(patterns)), jnp.zeros(64)
    )
    damaged = patterns.at[:, :10].multiply(-1)
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, y, args: jax.vmap(network.vector_field, (None, 0))(t, y)),
        diffrax.Tsit5(),
        0.0,
        20.0,
        1e-2,
        HopfieldState(damaged),
        stepsize_controller=diffrax.PIDController(rtol=1e-5, atol=1e-7),
    )
    np.testing.assert_array_equal(jnp.sign(solution.ys.x[-1]), patterns)


@pytest.mark.parametrize(
    ("weight", "bias", "message"),
    [
        (np.zeros((2, 3)), np.zeros(2), "must be square"),
        (np.full((2, 2), np.nan), np.zeros(2), "weight must be finite"),
        (np.zeros((2, 2)), np.zeros(3), r"bias must have shape \(2,\), but has \(3,\)"),
        (np.zeros((2, 2)), np.array([0, np.inf]), "bias must be finite"),
    ],
)
def test_what_is_no_memory_is_refused(weight, bias, message):
    with pytest.raises(ValueError, match=message):
        HopfieldMemory(TanhLagrangian(), DenseSynapses(jnp.asarray(weight)), jnp.asarray(bias))


def test_a_state_that_does_not_fit_is_refused(key):
    network = memory(TanhLagrangian(), key)
    with pytest.raises(ValueError, match=r"state\.x must have shape \(8,\)"):
        network.check_state(HopfieldState(jnp.zeros(3)))
    with pytest.raises(ValueError, match=r"state\.x must be finite"):
        network.check_state(HopfieldState(jnp.full(8, jnp.nan)))
