import jax
import numpy as np
import pandas as pd
import pytest

from hkam.digits.classifier import class_units, classifier_memory
from hkam.digits.edits import (
    accuracies_beside_the_paper,
    accuracy_table,
    answers_to_examples,
    best_edits,
    digit_accuracies,
    edit_accuracies,
    exchange_sweep,
    model_sizes,
    oscillator_corrections,
    quoted_edits,
    quoted_exchange,
    start_table,
)
from hkam.digits.exchange import exchange
from hkam.digits.finetuning import EditedClassifier
from hkam.digits.reference import paper_accuracies
from hkam.digits.starts import LearnedStart, ShownStart
from hkam.digits.tasks import edited_labels
from hkam.graphs import watts_strogatz_graph
from hkam.train import recall_batch

PIXELS = 4
CLASSIFIER = classifier_memory(PIXELS, hidden=3, key=jax.random.key(0))
UNITS = CLASSIFIER.size


def solve(memory, cues):
    return recall_batch(memory, cues, steps=3)


def measured(edit, task, test, *, k=150, D=4, start="learned", seed=0):
    """What an edit leaves, its digits read like all."""
    return [
        {
            "dataset": task,
            "k": k,
            "D": D,
            "start": start,
            "seed": seed,
            "weights": 8,
            "updates": 5,
            "edit": edit,
            "metric": metric,
            "variant": variant,
            "split": split,
            "value": value,
        }
        for variant, shift in (("adaptive", 0.0), ("fixed step", 0.5))
        for split, value in (("train", 99.0), ("test", test + shift))
        for metric in ("accuracy", *(f"accuracy of {digit}" for digit in range(10)))
    ]


@pytest.fixture
def measurements():
    return pd.DataFrame(
        [
            *measured("b", "associative swap", 95.0, start="coherent", D=6),
            *measured("a", "swap", 90.0),
            *measured("c", "swap", 91.0, seed=1, k=2),
        ]
    )


@pytest.fixture
def networks(draw):
    graph = watts_strogatz_graph(UNITS, 4, seed=0)
    shown = ShownStart.incoherent(PIXELS, UNITS, 5, key=jax.random.key(1))
    starts = {"a": LearnedStart(draw.normal(UNITS, 5)), "b": shown}
    return {name: EditedClassifier.around(CLASSIFIER, graph, start) for name, start in starts.items()}


@pytest.fixture
def digits(draw):
    return draw.random.uniform(size=(30, PIXELS)).astype(np.float32), np.tile(np.arange(10), 3)


def test_every_edit_is_one_row_in_the_papers_order(measurements):
    wide = edit_accuracies(measurements)
    assert wide["edit"].tolist() == ["c", "a", "b"]
    assert wide["adaptive test"].tolist() == [91, 90, 95]
    assert wide["solver difference"].tolist() == [0.5] * 3
    assert "edit" not in accuracy_table(wide)
    assert quoted_edits(wide)["key"].tolist() == ["swap", "assoc_swap_coherent"]
    assert best_edits(measurements) == {"swap": "c", "associative swap": "b"}


def test_edits_that_the_paper_made_too_stand_beside_its_numbers(measurements):
    reference = paper_accuracies()
    beside = accuracies_beside_the_paper(edit_accuracies(measurements), reference)
    second, third = beside["Table 2"], beside["Table 3"]
    printed = reference.set_index(["table", "row", "column"])["value"]
    assert second["paper, %"].tolist() == [None, printed["Table 2", "k=150 D=4", "swap test accuracy"]]
    wanted = printed["Table 3", "k=150 D=4,6", "associative swap test accuracy"]
    assert third["difference"].tolist() == [pytest.approx(95.0 - wanted)]


def test_the_papers_model_sizes_are_r_s_and_the_first_oscillators():
    sizes = model_sizes(paper_accuracies())
    assert (sizes["rounded"] == sizes["paper"]).all()
    assert (sizes["entries of R and S"] == sizes["k"] * 1094).all()


def test_digits_are_compared_on_the_labels_of_the_task(measurements, digits):
    images, labels = digits
    table = digit_accuracies(measurements, {"swap": "a"}, labels, images, labels).set_index("digit")
    assert table.loc[[0, 1], "before"].tolist() == [0, 0]
    assert (table.loc[2:, "before"] == 100).all()
    assert (table["after"] == 90).all()


def test_examples_are_answered_before_and_after(networks, digits):
    images, labels = digits
    rows = answers_to_examples(
        CLASSIFIER,
        {"swap": networks["a"], "associative swap": networks["b"]},
        images,
        labels,
        solve=solve,
        each=2,
    )
    zeros, ones = (np.flatnonzero(labels == digit)[:2] for digit in (0, 1))
    before = class_units(CLASSIFIER, images[[*zeros, *ones]], solve=solve).argmax(axis=1)
    for answers in rows.values():
        assert [one.before for one in answers] == before.tolist()
    plain, cued = rows["swap"], rows["associative swap"]
    assert plain[0].picture.shape == (2, 2)
    assert cued[0].picture.shape == (2, 4)
    wanted = edited_labels(labels[[*zeros, *ones]], "swap")
    assert [one.is_right for one in plain] == [
        one.after == right for one, right in zip(plain, wanted, strict=True)
    ]


def test_corrections_have_the_rank_of_the_oscillators_and_their_table(measurements, networks, digits):
    images, labels = digits
    found = oscillator_corrections(networks, images, labels, solve=solve, number=3)
    assert {values.shape for values in found.eigenvalues.values()} == {(5,)}
    assert found.oscillators["a"].shape == (2, UNITS, 5)
    strength = float(networks["a"].coupling.strength)
    for values in found.eigenvalues.values():
        assert values.sum() == pytest.approx(strength * UNITS, rel=1e-5)  # the trace of κ μ μᵀ
    assert found.table["coherence"].between(0, 1).all()
    made = pd.DataFrame(
        {"task": ["swap", "associative swap"], "start": ["learned", "coherent"]}, index=["a", "b"]
    )
    table = start_table(made, found.table, edit_accuracies(measurements))
    assert table["start"].tolist() == ["learned μ(0)", "coherent"]
    assert table["test accuracy, %"].tolist() == [90, 95]


def test_an_exchange_added_once_answers_as_the_swap_wants(digits):
    images, labels = digits
    exchanged = exchange(CLASSIFIER.synapses.matrix(), UNITS - 10, UNITS - 9)
    sweep = exchange_sweep(CLASSIFIER, exchanged, images, labels, solve=solve).set_index(["added", "times"])
    none, once = sweep.loc[("both", 0.0)], sweep.loc[("both", 1.0)]
    assert once["swap"] == pytest.approx(none["no edit"])
    quoted = quoted_exchange(sweep.reset_index()).set_index("key")["value"]
    assert quoted["swap"] == once["swap"]
    assert quoted["none"] == none["no edit"]
