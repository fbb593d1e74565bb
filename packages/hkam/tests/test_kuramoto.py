import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import kuramoto


def test_the_field_is_the_generalised_kuramoto_equation(draw):
    graph = hkam.complete_graph(4)
    w, omega, mu = draw.normal(graph.edge_count), draw.skew(4, 3, 3), draw.rows(4, 3)
    memory = hkam.KuramotoMemory(hkam.LinearInteraction(w, graph), omega)
    rows, weights, turns = np.asarray(mu), np.asarray(graph.dense(w)), np.asarray(omega)
    wanted = [
        turns[i] @ rows[i] + (np.eye(3) - np.outer(rows[i], rows[i])) @ (weights[i] @ rows) for i in range(4)
    ]
    assert np.allclose(memory.vector_field(0.0, hkam.KuramotoState(mu)).mu, wanted)


def test_rows_stay_unit_and_their_length_has_no_effect(draw):
    graph = hkam.complete_graph(4)
    memory = hkam.KuramotoMemory(
        hkam.LinearInteraction(draw.normal(graph.edge_count), graph), draw.skew(3, 3)
    )
    mu = draw.rows(4, 3)
    velocity = memory.vector_field(0.0, hkam.KuramotoState(mu)).mu
    assert np.allclose(np.sum(np.asarray(velocity * mu), axis=1), 0, atol=1e-12)
    assert np.allclose(memory.vector_field(0.0, hkam.KuramotoState(1.1 * mu)).mu, velocity)


def test_one_dimension_is_the_model_of_phases(draw):
    graph = hkam.watts_strogatz_graph(5, 4, seed=0)
    w, frequencies, phi = draw.normal(graph.edge_count), draw.normal(5), draw.normal(5)
    rotations = kuramoto.frequencies_to_rotations(frequencies)
    on_circle = hkam.KuramotoMemory(hkam.LinearInteraction(w, graph), rotations)
    of_phases = hkam.PhaseKuramotoMemory(w, graph, frequencies)

    @jax.jit
    def both(phi):
        mu = hkam.phases_to_vectors(phi)
        speed = of_phases.vector_field(0.0, hkam.PhaseState(phi)).phi
        moved = jax.jvp(hkam.phases_to_vectors, (phi,), (speed,))[1]
        return (moved, of_phases.energy(hkam.PhaseState(phi))), (
            on_circle.vector_field(0.0, hkam.KuramotoState(mu)).mu,
            on_circle.energy(hkam.KuramotoState(mu)),
        )

    for one, other in zip(*both(phi), strict=True):
        assert np.allclose(one, other, atol=1e-12)
    circle = hkam.recall(on_circle, hkam.KuramotoState(hkam.phases_to_vectors(phi)), 3.0).state
    line = hkam.recall(of_phases, hkam.PhaseState(phi), 3.0).state
    assert np.allclose(circle.mu, hkam.phases_to_vectors(line.phi), atol=5e-3)


def test_phases_and_vectors_are_two_writings_of_one_thing(draw):
    phi = jnp.asarray(draw.random.uniform(-np.pi, np.pi, size=(2, 3)))
    assert np.allclose(hkam.vectors_to_phases(hkam.phases_to_vectors(phi)), phi)


def test_equal_frequencies_only_shift_phases(draw):
    graph = hkam.complete_graph(3)
    w, phi = draw.normal(3), hkam.PhaseState(draw.normal(3))
    still, turning = (hkam.PhaseKuramotoMemory(w, graph, jnp.asarray(f)) for f in (0.0, 2.0))
    assert np.allclose(turning.vector_field(0.0, phi).phi, still.vector_field(0.0, phi).phi + 2)
    assert np.allclose(
        turning.without_rotation().vector_field(0.0, phi).phi, still.vector_field(0.0, phi).phi
    )
    assert turning.rotation is None


def test_training_keeps_omega_skew(draw):
    omega, mu = draw.skew(3, 3), hkam.KuramotoState(draw.rows(4, 3))

    def loss(omega):
        return jnp.sum(hkam.KuramotoMemory(hkam.NoInteraction(), omega).vector_field(0.0, mu).mu ** 3)

    slope = jax.jit(jax.grad(loss))(omega)
    assert np.allclose(slope, -np.asarray(slope).T)
    assert np.abs(np.asarray(slope)).max() > 0


def test_bad_rotations_and_states_are_refused(without_shape_checks, draw):
    graph = hkam.complete_graph(3)
    interaction = hkam.LinearInteraction(draw.normal(3), graph)
    with pytest.raises(ValueError, match=r"omega must be skew-symmetric, but .* reaches 2"):
        hkam.KuramotoMemory(interaction, jnp.asarray(np.eye(2)))
    with pytest.raises(ValueError, match="omega must be finite"):
        hkam.KuramotoMemory(interaction, jnp.asarray(np.full((2, 2), np.nan)))
    memory = hkam.KuramotoMemory(interaction, draw.skew(3, 2, 2))
    for mu, message in (
        (np.eye(2), r"state.mu must have shape \(3, 2\), but has \(2, 2\)"),
        (np.eye(3), r"state.mu must have shape \(3, 2\), but has \(3, 3\)"),
        (np.ones((3, 2)), r"state.mu must have unit rows, but row \(0,\) has length 1.414"),
        (np.zeros((3, 2)), "has length 0"),
        (np.ones(3), r"state.mu must have shape \(N, D\+1\), but has \(3,\)"),
    ):
        with pytest.raises(ValueError, match=message):
            memory.check_state(hkam.KuramotoState(jnp.asarray(mu)))
    with pytest.raises(ValueError, match="a rotating frame needs one Ω"):
        _ = memory.rotation
    phases = hkam.PhaseKuramotoMemory(draw.normal(3), graph)
    with pytest.raises(ValueError, match=r"state.phi must have shape \(3,\), but has \(2,\)"):
        phases.check_state(hkam.PhaseState(jnp.asarray(np.zeros(2))))
    with pytest.raises(ValueError, match=r"frequencies must have shape \(3,\)"):
        hkam.PhaseKuramotoMemory(draw.normal(3), graph, draw.normal(2))
