import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import hkam
from hkam import analysis


def test_the_mean_field_is_the_complete_graph_up_to_a_constant(draw):
    n, coupling = 6, 1.5
    graph = hkam.complete_graph(n)
    mean = analysis.MeanFieldInteraction(coupling)
    pairs = hkam.LinearInteraction(jnp.full(graph.edge_count, coupling / n), graph)
    mu = draw.rows(n, 4)
    assert np.isclose(mean.energy(mu), pairs.energy(mu) - coupling / 2)
    velocities = [
        hkam.KuramotoMemory(part).vector_field(0.0, hkam.KuramotoState(mu)).mu for part in (mean, pairs)
    ]
    assert np.allclose(*velocities)
    assert np.isclose(mean.energy(mu), -0.5 * coupling * n * float(analysis.order_parameter(mu)) ** 2)


def test_the_mean_field_on_the_circle_is_that_of_phases(draw):
    frequencies, phi = draw.normal(5), draw.normal(5)
    omega = hkam.kuramoto.frequencies_to_rotations(frequencies)
    memory = hkam.KuramotoMemory(analysis.MeanFieldInteraction(0.8), omega)
    mu = hkam.phases_to_vectors(phi)
    velocity = memory.vector_field(0.0, hkam.KuramotoState(mu)).mu
    phases = analysis.MeanFieldKuramotoMemory(jnp.asarray(0.8), frequencies)
    turned = jnp.stack([-mu[:, 1], mu[:, 0]], axis=1)
    assert np.allclose(jnp.sum(velocity * turned, axis=1), phases.vector_field(0.0, hkam.PhaseState(phi)).phi)


def test_random_rotations_are_skew_symmetric_with_entries_of_variance_one():
    omega = np.asarray(analysis.random_rotations(4000, 3, key=jax.random.key(0)))
    assert np.array_equal(omega, -omega.swapaxes(1, 2))
    assert np.allclose(omega[:, 0, 1].std(), 1, atol=0.05)


@pytest.mark.parametrize("dimensions", [1, 3, 5])
def test_what_is_expected_is_the_mean_of_random_axes(draw, dimensions):
    axes = np.asarray(draw.rows(40_000, dimensions))
    assert np.isclose(analysis.weak_coupling_order(dimensions), np.abs(axes[:, 0]).mean(), atol=0.01)


def test_an_even_number_of_dimensions_has_no_axis():
    assert [analysis.weak_coupling_order(n) for n in (2, 4)] == [0, 0]


def test_weakly_coupled_oscillators_agree_in_three_dimensions_and_not_in_two():
    measured = analysis.sphere_transitions(60, [2, 3], np.array([0.5]), [0], duration=40.0, step=0.1)
    mean = measured.groupby("D")["value"].mean()
    assert mean[1] < 0.3
    assert abs(mean[2] - 0.5) < 0.15
    assert set(measured["start"]) == {"scattered", "equal"}


def test_oscillators_with_one_rotation_all_agree(draw):
    omega = jnp.broadcast_to(draw.skew(3, 3), (8, 3, 3))
    r = analysis.sphere_curve(jnp.asarray([2.0]), omega, draw.rows(8, 3), t1=30.0, samples=5)
    assert float(r[0]) == pytest.approx(1, abs=1e-4)


def test_a_table_says_how_it_begins():
    rows = [
        {"D": 2, "start": start, "coupling": k, "seed": 0, "value": value}
        for start, values in (("equal", (0.5, 0.7)), ("scattered", (0.2, 0.7)))
        for k, value in zip((0.1, 1.0), values, strict=True)
    ]
    row = analysis.transition_table(pd.DataFrame(rows), 100).iloc[0]
    assert (row["weakest"], row["chance"], row["where"]) == (0.5, 0.1, 0.1)
    assert (row["expected"], row["apart"]) == pytest.approx((0.5, 0.3))


def test_a_coupling_is_one_finite_number():
    with pytest.raises(ValueError, match="coupling"):
        analysis.MeanFieldInteraction(jnp.ones(2))
    with pytest.raises(ValueError, match="coupling must be finite"):
        analysis.MeanFieldInteraction(float("inf"))
