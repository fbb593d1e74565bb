import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import sphere
from hkam.digits.classifier import classifier_memory, pretrain
from hkam.digits.finetuning import (
    EditedClassifier,
    edited_class_units,
    editing_batches,
    fine_tune,
)
from hkam.digits.starts import LearnedStart, ShownStart, shown_values
from hkam.train import Schedule, recall_batch

PIXELS, HIDDEN, COLUMNS = 6, 5, 4
UNITS = PIXELS + HIDDEN + 2


@pytest.fixture
def problem(draw):
    """Two classes of images that a line separates."""
    labels = draw.random.integers(0, 2, size=200)
    images = draw.random.uniform(0, 0.5, size=(200, PIXELS)).astype(np.float32)
    images[np.arange(200), labels] += 0.5
    return images, labels


def edited(draw, start, *, omega=None):
    classifier = classifier_memory(PIXELS, hidden=HIDDEN, classes=2, key=jax.random.key(0))
    network = EditedClassifier.around(
        classifier, hkam.watts_strogatz_graph(UNITS, 4, seed=0), start, omega=omega
    )
    weights = [draw.normal(network.interaction.linear.size) for _ in range(2)]

    def busy(tree):
        return [tree.interaction.linear, tree.interaction.rectified, tree.coupling.strength]

    return eqx.tree_at(busy, network, [*weights, jnp.asarray(0.1)])


def learned(draw):
    return LearnedStart(draw.normal(UNITS, COLUMNS))


def incoherent():
    return ShownStart.incoherent(PIXELS, UNITS, COLUMNS, key=jax.random.key(1))


def test_no_common_rotation_changes_an_answer(draw, problem):
    network, images = edited(draw, learned(draw)), jnp.asarray(problem[0][:5])
    turn = sphere.random_rotation(COLUMNS, key=jax.random.key(2))

    @eqx.filter_jit
    def answer(network, rotation=None):
        return recall_batch(network.memory, network.cue(images, rotation=rotation)).state.x

    assert np.allclose(answer(network), answer(network, turn), atol=1e-10)
    start = network.start(5, None)
    assert np.allclose(network.cue(images, rotation=turn).mu, start @ turn.T)


def test_a_shared_rotation_has_no_gradient(draw, problem):
    images, shown = jnp.asarray(problem[0][:5]), jnp.asarray(draw.random.uniform(-1, 1, size=(5, PIXELS)))
    network = edited(draw, incoherent(), omega=draw.skew(COLUMNS, COLUMNS))

    @eqx.filter_jit
    @eqx.filter_grad
    def slope(network):
        return jnp.sum(
            recall_batch(network.memory, network.cue(images, shown), steps=60).state.x[:, -2:] ** 2
        )

    slopes = slope(network)
    assert float(jnp.abs(slopes.memory.kuramoto.omega).max()) < 1e-3 * float(
        jnp.abs(slopes.interaction.linear).max()
    )


@pytest.mark.parametrize("task", ["swap", "associative swap"])
def test_fine_tuning_edits_the_answers_and_leaves_the_classifier_alone(draw, problem, task):
    images, labels = problem
    schedule = Schedule(updates=60, batch=50, rate=1e-2, halve_every=60)
    classifier, *_ = pretrain(
        classifier_memory(PIXELS, hidden=HIDDEN, classes=2, key=jax.random.key(0)),
        images,
        labels,
        classes=2,
        schedule=schedule,
    )
    associative = task.startswith("associative")
    start = incoherent() if associative else learned(draw)
    before = EditedClassifier.around(classifier, hkam.watts_strogatz_graph(UNITS, 6, seed=0), start)
    assert before.oscillator_weights == 2 * UNITS * 3
    data = list(editing_batches(images, labels, task, size=50, updates=150, seed=0))
    trained, losses, records = fine_tune(
        before,
        data,
        schedule=Schedule(updates=150, rate=3e-2, halve_every=80, warm_up=5),
        trainable=before.trainable(start=not associative),
        interaction_rate=0.8,
        start_rate=0.1,
        strength_rate=0.5,
        classes=2,
        watch=lambda model: {"kappa": float(model.coupling.strength)},
    )
    assert losses[-20:].mean() < 0.7 * losses[:20].mean()
    assert np.array_equal(trained.memory.hopfield.synapses.weight, classifier.synapses.weight)
    assert np.array_equal(trained.memory.hopfield.bias, classifier.bias)
    assert [record["update"] for record in records] == [0, 50, 100, 150]
    assert records[0]["kappa"] == pytest.approx(0.01) != records[-1]["kappa"]
    moved = jax.tree.leaves(jax.tree.map(np.array_equal, trained.start, before.start))
    assert all(moved) if associative else not any(moved)


def test_each_group_moves_at_its_own_rate(draw, problem):
    """Lion's first step is its rate times a sign."""
    before = EditedClassifier.around(
        classifier_memory(PIXELS, hidden=HIDDEN, classes=2, key=jax.random.key(0)),
        hkam.watts_strogatz_graph(UNITS, 4, seed=0),
        learned(draw),
    )
    trained, *_ = fine_tune(
        before,
        editing_batches(*problem, "swap", size=50, updates=1, seed=0),
        schedule=Schedule(updates=1, rate=1e-3),
        trainable=before.trainable(start=True),
        interaction_rate=0.5,
        start_rate=3.0,
        strength_rate=0.25,
        classes=2,
    )

    def step(part):
        return max(
            float(jnp.abs(after - first).max())
            for after, first in zip(
                jax.tree.leaves(part(trained)), jax.tree.leaves(part(before)), strict=True
            )
        )

    assert step(lambda tree: tree.interaction.linear) == pytest.approx(0.5e-3, rel=0.01)
    assert step(lambda tree: tree.start) == pytest.approx(3e-3, rel=0.01)
    assert step(lambda tree: tree.coupling.strength) == pytest.approx(0.25e-3, rel=0.01)


def test_what_is_not_trainable_stays(draw, problem):
    images, labels = problem
    before = edited(draw, learned(draw))
    only_strength = eqx.tree_at(
        lambda tree: tree.coupling.strength, jax.tree.map(lambda _: False, before), replace=True
    )
    data = editing_batches(images, labels, "swap", size=10, updates=2, seed=0)
    trained, *_ = fine_tune(
        before, data, schedule=Schedule(updates=2), trainable=only_strength, start_rate=10.0, classes=2
    )
    assert eqx.tree_equal(trained.interaction, before.interaction)
    assert eqx.tree_equal(trained.start, before.start)
    assert float(trained.coupling.strength) != float(before.coupling.strength)


def test_the_paper_counts_two_weights_an_edge(draw):
    graph = hkam.watts_strogatz_graph(UNITS, 4, seed=0)
    network = edited(draw, learned(draw))
    assert network.oscillator_weights == 2 * graph.edge_count == UNITS * 4


def test_units_are_put_together_in_order(draw, problem):
    images = problem[0][:5]
    shown = shown_values(problem[0][5:10])
    network = edited(draw, incoherent())
    options = {"solve": recall_batch, "classes": 2}
    whole, parts = (edited_class_units(network, images, shown, batch=batch, **options) for batch in (5, 2))
    assert np.allclose(whole, parts)
    assert not np.allclose(whole, edited_class_units(network, images, shown[::-1].copy(), batch=5, **options))
    with pytest.raises(ValueError, match="images must not be empty"):
        edited_class_units(network, images[:0], **options)


def test_batches_carry_the_tasks_labels_and_their_own_cues(problem):
    images, labels = problem
    first, again = (
        list(editing_batches(images, labels, "associative swap", size=20, updates=2, seed=0, rotate=3))
        for _ in range(2)
    )
    assert all(
        np.array_equal(one, other)
        for one, other in zip(jax.tree.leaves(first), jax.tree.leaves(again), strict=True)
    )
    assert not np.array_equal(first[0].shown, first[1].shown)
    assert not np.array_equal(first[0].rotation, first[1].rotation)
    truth = first[0].images[:, 1] > first[0].images[:, 0]
    cue = first[0].shown[:, 1] > first[0].shown[:, 0]
    assert np.mean(first[0].labels == (truth ^ cue)) > 0.7
    plain = next(editing_batches(images, labels, "conflation", size=20, updates=1, seed=0))
    assert plain.shown is None
    assert plain.rotation is None
    assert not np.asarray(plain.labels).any()


def test_a_start_that_needs_an_image_a_sample_says_so(draw, problem, without_shape_checks):
    network = edited(draw, incoherent())
    with pytest.raises(ValueError, match=r"shown must have shape \(2, 6\), but is nothing"):
        network.cue(jnp.asarray(problem[0][:2]))
    with pytest.raises(ValueError, match=r"shown must have shape \(2, 6\), but is shape \(1, 6\)"):
        network.cue(jnp.asarray(problem[0][:2]), jnp.zeros((1, PIXELS)))


def test_a_graph_of_another_size_than_the_classifier_is_refused(draw):
    classifier = classifier_memory(PIXELS, hidden=HIDDEN, classes=2, key=jax.random.key(0))
    with pytest.raises(ValueError, match="graph must have one node per unit, 13, but has 4"):
        EditedClassifier.around(classifier, hkam.complete_graph(4), learned(draw))
