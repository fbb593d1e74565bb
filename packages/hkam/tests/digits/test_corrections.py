import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import hkam
from hkam.analysis import order_parameter
from hkam.digits.classifier import classifier_memory
from hkam.digits.corrections import (
    correction,
    effective_rank,
    follow_oscillators,
    oscillator_corrections,
    start_table,
)
from hkam.digits.finetuning import EditedClassifier
from hkam.digits.solvers import fixed_step
from hkam.digits.starts import LearnedStart


def test_the_correction_is_the_gram_matrix_and_has_its_eigenvalues(draw):
    mu, strength = draw.rows(9, 3), jnp.asarray(0.2)
    matrix, eigenvalues = correction(mu, strength)
    assert np.allclose(matrix, [[0.2 * float(a @ b) for b in mu] for a in mu])
    assert np.allclose(np.linalg.eigvalsh(matrix)[::-1][:3], eigenvalues)
    assert np.isclose(eigenvalues.sum(), 0.2 * 9)  # unit rows: the trace is κ N


def test_the_effective_rank_counts_equal_eigenvalues():
    assert float(effective_rank(jnp.asarray([2.0, 2.0, 0.0]))) == pytest.approx(2)
    assert float(effective_rank(jnp.asarray([3.0, 0.0, 0.0]))) == pytest.approx(1)


def test_coherence_is_one_for_equal_oscillators_and_small_for_random_ones(draw):
    assert float(order_parameter(jnp.tile(draw.rows(1, 4), (50, 1)))) == pytest.approx(1)
    assert float(order_parameter(draw.rows(2000, 4))) < 0.1


def test_oscillators_are_followed_from_their_start_on_the_sphere(draw):
    classifier = classifier_memory(4, hidden=3, classes=2, key=jax.random.key(0))
    start = LearnedStart(draw.normal(9, 3))
    network = EditedClassifier.around(classifier, hkam.watts_strogatz_graph(9, 4, seed=0), start)
    paths = follow_oscillators(network, draw.random.uniform(size=(2, 4)), times=np.asarray([0.0, 1.0]))
    assert paths.shape == (2, 2, 9, 3)
    assert np.allclose(paths[:, 0], start(2, None))
    assert np.allclose(np.linalg.norm(paths, axis=-1), 1, atol=1e-5)
    assert not np.allclose(paths[:, 0], paths[:, 1])


@pytest.mark.parametrize("eigenvalues", [[0.0, 0.0], [0.0, 2.0], [1e38, 1e38], []])
def test_the_effective_rank_and_its_slope_are_finite(eigenvalues):
    values = jnp.asarray(eigenvalues, jnp.float32)
    wanted = sum(value > 0 for value in eigenvalues)
    assert np.isclose(effective_rank(values), wanted)
    assert np.isfinite(jax.grad(effective_rank)(values)).all()


def test_opposite_oscillators_and_none_have_coherence_zero_with_a_finite_slope():
    mu = jnp.asarray([[1.0, 0.0], [-1.0, 0.0]])
    assert float(order_parameter(mu)) == 0
    assert np.isfinite(jax.grad(order_parameter)(mu)).all()
    assert order_parameter(jnp.zeros((3, 0, 2))).tolist() == [0, 0, 0]


def test_corrections_take_plain_numbers_and_half_precision(without_shape_checks, draw):
    mu = draw.rows(5, 2)
    assert np.allclose(correction(np.asarray(mu).tolist(), 2).matrix, 2 * mu @ mu.T)
    half = correction(mu.astype(jnp.bfloat16), 1.0)
    assert np.allclose(half.eigenvalues, correction(mu, 1.0).eigenvalues, rtol=0.02)
    with pytest.raises(ValueError, match=r"mu must have shape \(N, D\+1\), but has \(2,\)"):
        correction([1.0, 0.0], 1.0)


def test_corrections_have_the_rank_of_the_oscillators_and_their_table(
    small_classifier, untrained_edits, small_digits
):
    images, labels = small_digits
    found = oscillator_corrections(untrained_edits, images, labels, solve=fixed_step(3), number=3)
    assert {values.shape for values in found.eigenvalues.values()} == {(5,)}
    assert found.oscillators["a"].shape == (2, small_classifier.size, 5)
    strength = float(untrained_edits["a"].coupling.strength)
    for values in found.eigenvalues.values():
        assert values.sum() == pytest.approx(
            strength * small_classifier.size, rel=1e-5
        )  # the trace of κ μ μᵀ
    assert found.table["coherence"].between(0, 1).all()
    made = pd.DataFrame(
        {"task": ["swap", "associative swap"], "start": ["learned", "coherent"]}, index=["a", "b"]
    )
    accuracies = pd.DataFrame({"edit": ["b", "a"], "adaptive test": [95.0, 90.0]})
    table = start_table(made, found.table, accuracies)
    assert table["start"].tolist() == ["learned μ(0)", "coherent"]
    assert table["test accuracy, %"].tolist() == [90, 95]
