import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam

N, COLUMNS = 5, 3
TIGHT = diffrax.PIDController(rtol=1e-9, atol=1e-9)
FIXED = {"solver": diffrax.Heun(), "controller": diffrax.ConstantStepSize(), "first_step": 0.25}


def joint(draw, dtype=np.float64):
    graph = hkam.watts_strogatz_graph(N, 2, seed=0)
    weight = draw.symmetric(N).astype(dtype)
    threshold = hkam.HopfieldMemory(
        hkam.TanhLagrangian(), hkam.DenseSynapses(weight), draw.normal(N, dtype=dtype)
    )
    edges = (draw.normal(graph.edge_count, dtype=dtype) for _ in range(2))
    omega = 3 * draw.skew(COLUMNS, COLUMNS).astype(dtype)
    return hkam.low_rank_memory(threshold, *edges, graph, strength=jnp.asarray(0.3, dtype), omega=omega)


def cue(draw, *batch, dtype=np.float64):
    return hkam.HopfieldKuramotoState(
        draw.normal(*batch, N, dtype=dtype), draw.rows(*batch, N, COLUMNS, dtype=dtype)
    )


def follow(memory, state, t1=1.0, **options):
    return eqx.filter_jit(lambda m, s: hkam.recall(m, s, t1, **options))(memory, state)


def close(one, other, tolerance=1e-6):
    return all(
        np.allclose(a, b, atol=tolerance)
        for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    )


def test_the_rotating_frame_gives_the_direct_solution(draw):
    memory, state, times = joint(draw), cue(draw), jnp.asarray([0.0, 0.7, 2.0])
    direct = follow(memory, state, 2.0, times=times, controller=TIGHT)
    frame = follow(memory, state, 2.0, times=times, controller=TIGHT, rotating_frame=True)
    assert close(direct.state, frame.state)
    assert close(direct.trajectory, frame.trajectory)
    assert close(jax.tree.map(lambda leaf: leaf[0], frame.trajectory), state)
    assert np.isclose(direct.speed, frame.speed, atol=1e-6)


def test_the_measured_energy_along_a_trajectory_falls_at_the_closed_form_rate(draw):
    memory, moment = joint(draw), 1e-3
    times = 0.5 + moment * jnp.asarray([-2.0, -1.0, 0.0, 1.0, 2.0])
    path = follow(memory, cue(draw), 1.0, times=times, controller=TIGHT, solver=diffrax.Dopri8()).trajectory
    energies = np.asarray(jax.jit(jax.vmap(memory.energy))(path))
    measured = energies @ np.array([1, -8, 0, 8, -1]) / (12 * moment)
    rate = memory.energy_rate(jax.tree.map(lambda leaf: leaf[2], path))
    assert rate < 0
    assert abs(measured - rate) < 1e-6 * max(1, abs(rate))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_stay_unit_over_long_times_with_coarse_steps(draw, dtype):
    memory, state = joint(draw, dtype), cue(draw, dtype=dtype)
    end = follow(memory, state, 500.0, times=jnp.asarray([3.14, 250.0, 499.0], dtype))
    assert end.state.mu.dtype == dtype
    for mu in (end.state.mu, end.trajectory.mu):
        assert np.abs(np.linalg.norm(mu, axis=-1) - 1).max() < 1e-5


def test_a_recall_that_comes_to_rest_says_so_and_stops_early(draw):
    memory = joint(draw).without_rotation()
    end = follow(
        memory, cue(draw), 1000.0, controller=TIGHT, stop_when_steady=True, times=jnp.asarray([0.0, 999.0])
    )
    assert end.converged
    assert end.message.startswith("steady")
    assert end.time < 1000
    assert end.speed < 1e-3
    assert close(jax.tree.map(lambda leaf: leaf[1], end.trajectory), end.state)
    assert float(memory.energy_rate(end.state)) == pytest.approx(0, abs=1e-5)


def test_a_rotating_steady_state_counts_as_steady(draw):
    end = follow(joint(draw), cue(draw), 1000.0, controller=TIGHT, stop_when_steady=True, rotating_frame=True)
    assert end.converged


def test_phases_that_turn_together_are_steady_and_phases_that_drift_apart_are_not(draw):
    graph = hkam.complete_graph(3)
    weight, phases = jnp.asarray(np.ones(3)), hkam.PhaseState(draw.normal(3))
    together = hkam.PhaseKuramotoMemory(weight, graph, jnp.asarray(2.0))
    apart = hkam.PhaseKuramotoMemory(weight, graph, jnp.asarray([-20.0, 0.0, 20.0]))
    assert follow(together, phases, 20.0, **FIXED | {"first_step": 0.05}).converged
    assert not follow(apart, phases, 20.0, **FIXED | {"first_step": 0.05}).converged


def test_a_short_recall_is_still_moving(draw):
    end = follow(joint(draw), cue(draw), 0.1)
    assert not end.converged
    assert end.message.startswith("moving")
    assert end.time == 0.1


def test_a_used_up_step_limit_is_a_status_and_the_state_is_the_last_one_reached(draw):
    end = follow(joint(draw), cue(draw), 100.0, max_steps=3, times=jnp.asarray([0.005, 50.0]))
    assert end.message.startswith("step limit")
    assert end.time < 100
    assert int(end.steps) == 3
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((end.state, end.trajectory)))


@pytest.mark.parametrize(("options", "status"), [(FIXED, "not finite"), ({"max_steps": 50}, "step limit")])
def test_a_state_that_runs_away_is_a_status_never_a_silent_nan(options, status):
    quartic = hkam.FunctionLagrangian(lambda x: jnp.sum(x**4))
    memory = hkam.HopfieldMemory(
        quartic, hkam.DenseSynapses(jnp.asarray(5 * np.eye(2))), jnp.asarray(np.zeros(2))
    )
    end = follow(memory, hkam.HopfieldState(jnp.asarray([3.0, 3.0])), 10.0, **options)
    assert end.message.startswith(status)


def test_a_bad_cue_is_an_error_where_its_values_are_known_and_a_status_where_not(draw):
    memory, state = joint(draw), cue(draw)
    for bad in (
        hkam.HopfieldKuramotoState(state.x, 2 * state.mu),
        hkam.HopfieldKuramotoState(state.x, 0 * state.mu),
        hkam.HopfieldKuramotoState(state.x.at[0].set(np.nan), state.mu),
    ):
        with pytest.raises(ValueError, match=r"must have unit rows|must be finite"):
            hkam.recall(memory, bad)
        assert follow(memory, bad).message.startswith("bad cue")


def test_vmap_gives_each_state_its_own_solution(draw):
    memory, states = joint(draw), cue(draw, 3)
    together = jax.jit(jax.vmap(lambda s: hkam.recall(memory, s)))(states)
    assert together.status.shape == (3,)
    single = follow(memory, jax.tree.map(lambda leaf: leaf[1], states))
    assert close(jax.tree.map(lambda leaf: leaf[1], together.state), single.state, 1e-12)


@pytest.mark.parametrize(
    ("options", "moment", "tolerance"),
    # Where a scalar product crosses the kink of the ReLU, a step of length h is wrong by h² and its derivative by h:
    # the gradient through an adaptive solver is as good as the square root of its tolerance.
    [(FIXED, 1e-5, 1e-7), ({"controller": diffrax.PIDController(rtol=1e-12, atol=1e-12)}, 1e-4, 1e-4)],
)
def test_gradients_through_the_solver_equal_finite_differences(draw, options, moment, tolerance):
    memory, state = joint(draw), cue(draw)

    @eqx.filter_jit
    def loss(model, y):
        return jnp.sum(jnp.sin(hkam.recall(model, y, 1.0, **options).state.x))

    slope_memory = eqx.filter_jit(eqx.filter_grad(loss))(memory, state)
    for where in (
        lambda tree: tree.kuramoto.interaction.linear,
        lambda tree: tree.kuramoto.interaction.rectified,
        lambda tree: tree.hopfield.synapses.weight,
        lambda tree: tree.coupling.strength,
        lambda tree: tree.kuramoto.omega,
    ):
        value, slope = where(memory), np.asarray(where(slope_memory))
        direction = draw.random.normal(size=value.shape)
        if value.ndim == 2 and np.array_equal(value, value.T):
            direction = direction + direction.T  # W stays symmetric, as its gradient keeps it
        ahead, behind = (
            loss(eqx.tree_at(where, memory, value + h * direction), state) for h in (moment, -moment)
        )
        assert abs(float(ahead - behind) / (2 * moment) - np.sum(slope * direction)) < tolerance * max(
            1, np.abs(slope).sum()
        )


def test_other_adjoints_give_the_same_derivatives(draw):
    memory, state = joint(draw), cue(draw)
    options = {
        "solver": diffrax.Heun(),
        "controller": diffrax.ConstantStepSize(),
        "first_step": 0.25,
        "max_steps": 5,
    }

    def loss(strength, adjoint=None):
        model = eqx.tree_at(lambda tree: tree.coupling.strength, memory, strength)
        return jnp.sum(hkam.recall(model, state, 1.0, adjoint=adjoint, **options).state.x)

    strength = memory.coupling.strength
    wanted = jax.jit(jax.grad(loss))(strength)
    one = jnp.ones_like(strength)
    direct, forward = diffrax.DirectAdjoint(), diffrax.ForwardMode()
    assert np.isclose(jax.jit(jax.grad(lambda value: loss(value, direct)))(strength), wanted)
    for adjoint in (direct, forward):
        push = jax.jit(
            lambda value, adjoint=adjoint: jax.jvp(lambda v: loss(v, adjoint), (value,), (one,))[1]
        )
        assert np.isclose(push(strength), wanted)


def test_times_and_steps_must_be_positive(draw):
    memory, state = joint(draw), cue(draw)
    with pytest.raises(ValueError, match="t1 must be positive, but is 0"):
        hkam.recall(memory, state, 0.0)
    with pytest.raises(ValueError, match="first_step must be positive, but is -1"):
        hkam.recall(memory, state, first_step=-1.0)
    for times in ([0.0, 2.0], [0.5, 0.2], [-1.0], [np.nan]):
        with pytest.raises(ValueError, match=r"times must rise and lie between 0 and t1 = 1\.0"):
            hkam.recall(memory, state, times=jnp.asarray(times))


def test_a_rotating_frame_needs_one_rotation(draw):
    memory = hkam.KuramotoMemory(hkam.NoInteraction(), draw.skew(2, 3, 3))
    with pytest.raises(ValueError, match="a rotating frame needs one Ω"):
        hkam.recall(memory, hkam.KuramotoState(draw.rows(2, 3)), rotating_frame=True)
