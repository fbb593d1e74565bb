import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import analysis, kuramoto

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


# --- phases


def ring(draw, frequencies, n=8):
    graph = hkam.watts_strogatz_graph(n, 4, seed=0)
    weight = np.abs(draw.normal(graph.edge_count)) + 0.5
    return hkam.PhaseKuramotoMemory(weight, graph, frequencies)


def order(phi):
    return float(analysis.order_parameter(hkam.phases_to_vectors(phi)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("mean", [0.0, 3.0, 60.0])
@pytest.mark.parametrize("t1", [20.0, 300.0])
def test_a_common_frequency_does_not_change_the_phases_differences(dtype, mean, t1):
    frequencies = np.asarray([mean - 0.5, mean + 0.5], dtype)
    memory = hkam.PhaseKuramotoMemory(np.ones(1, dtype), hkam.complete_graph(2), frequencies)
    locked = hkam.recall(memory, hkam.PhaseState(np.asarray([0.0, 1.0], dtype)), t1)
    assert locked.converged
    # φ₂ − φ₁ rests where 2 sin(φ₂ − φ₁) = ω₂ − ω₁.
    assert np.isclose(locked.state.phi[1] - locked.state.phi[0], np.arcsin(0.5), atol=1e-3)


@pytest.mark.parametrize("frequency", [0.5, 7.0])
def test_the_frame_of_the_mean_frequency_gives_the_exact_phases(draw, frequency):
    spread = 0.3 * draw.normal(8)
    spread -= spread.mean()
    phi, times = 2 * draw.normal(8), jnp.asarray([0.0, 0.4, 3.0])
    still_memory = ring(draw, spread)
    memory = eqx.tree_at(lambda m: m.frequencies, still_memory, spread + frequency)
    still, turned = (
        hkam.recall(m, hkam.PhaseState(phi), 3.0, times=times, controller=TIGHT)
        for m in (still_memory, memory)
    )
    wanted = still.trajectory.phi + frequency * times[:, None]
    excess = turned.trajectory.phi - wanted
    np.testing.assert_allclose(np.exp(1j * excess), 1.0, atol=1e-9)
    assert turned.steps == still.steps


def test_the_error_of_phases_does_not_depend_on_their_whole_turns(draw):
    memory, phi = ring(draw, 0.2 * draw.normal(8)), 2 * draw.normal(8)
    one, other = (hkam.recall(memory, hkam.PhaseState(phi + 2 * np.pi * turns), 5.0) for turns in (0, 1000))
    np.testing.assert_allclose(one.state.phi + 2000 * np.pi, other.state.phi, atol=1e-6)
    assert one.steps == other.steps


def test_equal_frequencies_given_one_by_one_are_one_frequency(draw):
    phi, memory = 2 * draw.normal(8), ring(draw, 2.0)
    each = eqx.tree_at(lambda m: m.frequencies, memory, jnp.full(8, 2.0))
    assert memory.broken_conditions == each.broken_conditions == ()
    one, other = (hkam.recall(m, hkam.PhaseState(phi), 4.0) for m in (memory, each))
    np.testing.assert_allclose(one.state.phi, other.state.phi, atol=1e-12)


def test_equal_rotations_given_one_by_one_are_one_rotation(draw):
    omega, graph = 3 * draw.skew(COLUMNS, COLUMNS), hkam.watts_strogatz_graph(N, 2, seed=0)
    interaction, state = hkam.LinearInteraction(draw.normal(graph.edge_count), graph), draw.rows(N, COLUMNS)
    shared = hkam.KuramotoMemory(interaction, omega)
    each = hkam.KuramotoMemory(interaction, jnp.stack([omega] * N))
    assert each.broken_conditions == shared.broken_conditions == ()
    one, other = (hkam.recall(m, hkam.KuramotoState(state), rotating_frame=True) for m in (shared, each))
    assert close(one.state, other.state, 1e-9)


def test_locked_vectors_of_different_frequencies_are_steady_and_free_ones_are_not():
    graph = hkam.complete_graph(2)
    for difference, converged in ((1.0, True), (3.0, False)):
        omega = kuramoto.frequencies_to_rotations(jnp.asarray([20.0, 20.0 + difference]))
        memory = hkam.KuramotoMemory(hkam.LinearInteraction(-jnp.ones(1), graph), omega)
        state = hkam.KuramotoState(hkam.phases_to_vectors(jnp.asarray([0.0, 1.0])))
        assert bool(hkam.recall(memory, state, 40.0, controller=TIGHT).converged) is converged


def test_a_batch_of_phases_is_each_alone(draw):
    memory, phi = ring(draw, 3.0 + 0.2 * draw.normal(8)), 2 * draw.normal(3, 8)
    batch = hkam.recall(hkam.BatchedMemory(memory), hkam.PhaseState(phi), 2.0, controller=TIGHT)
    for row in range(3):
        alone = hkam.recall(memory, hkam.PhaseState(phi[row]), 2.0, controller=TIGHT)
        np.testing.assert_allclose(batch.state.phi[row], alone.state.phi, atol=1e-7)


# --- one program, any method


def threshold(scale=0.4, n=3, dtype=jnp.float64):
    synapses = hkam.DenseSynapses(scale * jnp.eye(n, dtype=dtype))
    return hkam.HopfieldMemory(hkam.TanhLagrangian(), synapses, jnp.linspace(-1.0, 1.0, n, dtype=dtype))


@pytest.mark.usefixtures("without_shape_checks")
def test_other_values_use_the_same_program():
    traced = []

    class Counting(hkam.HopfieldMemory):
        def vector_field(self, t, state, args=None):
            traced.append(t)
            return super().vector_field(t, state, args)

    for number in range(4):
        plain = threshold(0.1 * number)
        memory = Counting(plain.lagrangian, plain.synapses, plain.bias + number)
        end = (1, 2.5, np.float32(3.0), jnp.asarray(4.0))[number]
        hkam.recall(memory, hkam.HopfieldState(jnp.full(3, 0.1 * number)), end, steady_speed=0.1 + number)
        if number == 0:
            first = len(traced)
    assert first > 0
    assert len(traced) == first


@pytest.mark.parametrize(
    "solver",
    [diffrax.Kvaerno3(), diffrax.Kvaerno5(), diffrax.Dopri8()],
    ids=lambda solver: type(solver).__name__,
)
def test_implicit_and_other_solvers_reach_the_same_state(draw, solver):
    graph = hkam.watts_strogatz_graph(N, 2, seed=0)
    memory = hkam.KuramotoMemory(hkam.LinearInteraction(draw.normal(graph.edge_count), graph))
    state = hkam.KuramotoState(draw.rows(N, COLUMNS))
    wanted = hkam.recall(memory, state, controller=TIGHT)
    fine = diffrax.PIDController(rtol=1e-7, atol=1e-7)
    found = hkam.recall(memory, state, solver=solver, controller=fine)
    assert close(found.state, wanted.state, 1e-4)
    np.testing.assert_allclose(jnp.linalg.norm(found.state.mu, axis=-1), 1.0, atol=1e-12)


def test_an_implicit_solver_takes_a_stiff_memory_in_fewer_steps():
    stiff = hkam.HopfieldMemory(
        hkam.TanhLagrangian(), hkam.DenseSynapses(jnp.diag(jnp.asarray([-3000.0, 0.5]))), jnp.ones(2)
    )
    state, options = hkam.HopfieldState(jnp.ones(2)), {"t1": 5.0, "max_steps": 20_000}
    explicit, implicit = (
        hkam.recall(stiff, state, **options, solver=s) for s in (diffrax.Tsit5(), diffrax.Kvaerno5())
    )
    assert implicit.steps < explicit.steps / 5
    np.testing.assert_allclose(implicit.state.x, explicit.state.x, atol=5e-3)


def test_the_implicit_adjoint_is_the_derivative_of_the_steady_state():
    def settled(bias, **options):
        memory = eqx.tree_at(lambda m: m.bias, threshold(), bias)
        recall = hkam.recall(memory, hkam.HopfieldState(jnp.zeros(3)), 200.0, controller=TIGHT, **options)
        return jnp.sum(recall.state.x**2)

    bias = jnp.asarray([0.3, -0.2, 0.1])
    implicit = jax.grad(lambda b: settled(b, adjoint=diffrax.ImplicitAdjoint()))(bias)
    np.testing.assert_allclose(implicit, jax.grad(settled)(bias), atol=1e-5)


def test_the_forward_mode_agrees_with_the_reverse_mode():
    def total(bias, **options):
        memory = eqx.tree_at(lambda m: m.bias, threshold(), bias)
        cue = hkam.HopfieldState(jnp.zeros(3))
        return jnp.sum(hkam.recall(memory, cue, 0.5, controller=TIGHT, **options).state.x ** 2)

    bias, along = jnp.asarray([0.3, -0.2, 0.1]), jnp.asarray([1.0, 2.0, -1.0])
    _, forward = jax.jvp(lambda b: total(b, adjoint=diffrax.ForwardMode()), (bias,), (along,))
    np.testing.assert_allclose(forward, jax.grad(total)(bias) @ along, rtol=1e-6)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"adjoint": diffrax.BacksolveAdjoint()}, "adjoint must not be BacksolveAdjoint"),
        (
            {"adjoint": diffrax.ImplicitAdjoint()},
            "adjoint ImplicitAdjoint needs a steady state that stands alone",
        ),
        ({"adjoint": "direct"}, "adjoint must be one of diffrax"),
        ({"solver": "Tsit5"}, "solver must be one of diffrax"),
        ({"controller": 0.1}, "controller must be one of diffrax"),
        ({"solver": diffrax.SemiImplicitEuler()}, "solver must take the equation as a whole"),
        ({"solver": diffrax.KenCarp4()}, "solver must take the equation as a whole"),
        ({"solver": diffrax.Euler()}, "solver Euler estimates no error"),
        (
            {"solver": diffrax.ImplicitEuler(), "controller": diffrax.ConstantStepSize()},
            "solver ImplicitEuler is implicit and takes its tolerance",
        ),
        ({"max_steps": 0}, "max_steps must be a whole number of at least 1"),
        ({"max_steps": 2.5}, "max_steps must be a whole number"),
        ({"t1": [1.0, 2.0]}, "t1 must be one number"),
        ({"t1": float("nan")}, "t1 must be a number"),
        ({"t1": "1"}, "t1 must be an array of real numbers"),
        ({"times": [0.5, 0.2]}, "times must rise"),
        ({"times": 0.5}, "times must be a row of numbers"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(draw, options, message):
    with pytest.raises(ValueError, match=message):
        hkam.recall(joint(draw), cue(draw), **options)


@pytest.mark.usefixtures("without_shape_checks")
def test_lists_and_whole_numbers_are_taken():
    memory = hkam.HopfieldMemory(hkam.TanhLagrangian(), hkam.DenseSynapses([[0, 1], [1, 0]]), [1, 2])
    listed = hkam.recall(memory, hkam.HopfieldState([0, 1]), 2, times=[0, 1, 2])
    arrays = hkam.recall(memory, hkam.HopfieldState(jnp.asarray([0.0, 1.0])), 2.0, times=jnp.arange(3.0))
    np.testing.assert_array_equal(listed.state.x, arrays.state.x)
    np.testing.assert_array_equal(listed.trajectory.x, arrays.trajectory.x)


def test_half_precision_is_followed_in_single_precision():
    memory = threshold(dtype=jnp.float32)
    cue = jnp.asarray([0.5, -0.25, 1.0], jnp.bfloat16)
    half = hkam.recall(memory, hkam.HopfieldState(cue), 2.0)
    single = hkam.recall(memory, hkam.HopfieldState(cue.astype(jnp.float32)), 2.0)
    assert half.state.x.dtype == jnp.float32
    np.testing.assert_array_equal(half.state.x, single.state.x)
