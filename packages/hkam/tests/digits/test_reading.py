import jax
import numpy as np
import pandas as pd
import pytest

from hkam.digits.classifier import classifier_memory
from hkam.digits.finetuning import EditedClassifier
from hkam.digits.reading import compare_solvers, read_edit, read_tasks, samples_of, tasks_beside_the_paper
from hkam.digits.starts import ShownStart
from hkam.digits.tasks import EDITING_TASKS
from hkam.graphs import watts_strogatz_graph
from hkam.train import recall_batch

PIXELS = 6


@pytest.fixture
def digits(draw):
    images = draw.random.uniform(size=(40, PIXELS)).astype(np.float32)
    return images, np.tile(np.arange(10), 4)


def test_samples_of_a_task_are_spread_over_the_split_and_have_its_labels(digits):
    images, labels = digits
    swapped = samples_of("swap", images, labels, 20, split="test", seed=0)
    assert swapped.shown is None
    assert len(swapped.images) == len(swapped.wanted) == 20
    zeros = swapped.digits == 0
    assert zeros.any()
    assert (swapped.wanted[zeros] == 1).all()
    assert np.array_equal(swapped.images[0], images[0])
    assert np.array_equal(swapped.images[-1], images[-1])


def test_cues_are_a_splits_own_and_decide_what_is_wanted(digits):
    images, labels = digits
    of = {
        split: samples_of("associative conflation", images, labels, 40, split=split, seed=0)
        for split in ("train", "test")
    }
    assert not np.array_equal(of["train"].shown, of["test"].shown)
    ones = of["test"].digits == 1
    assert set(of["test"].wanted[ones]) <= {0, 1}
    assert np.array_equal(of["test"].wanted[~ones], of["test"].digits[~ones])
    with pytest.raises(ValueError, match="split must be one of train, test, but is 'dev'"):
        samples_of("swap", images, labels, 4, split="dev", seed=0)


def test_an_edit_is_read_on_all_digits_and_on_each(digits):
    images, labels = digits
    classifier = classifier_memory(PIXELS, hidden=4, key=jax.random.key(0))
    start = ShownStart.incoherent(PIXELS, classifier.size, 3, key=jax.random.key(1))
    network = EditedClassifier.around(classifier, watts_strogatz_graph(classifier.size, 4, seed=0), start)
    samples = {
        split: samples_of("associative swap", images, labels, 20, split=split, seed=0)
        for split in ("train", "test")
    }
    read = read_edit(
        network, samples, {"fixed step": lambda memory, cues: recall_batch(memory, cues, steps=2)}
    )
    assert set(read["metric"]) == {
        "accuracy",
        *(f"accuracy of {digit}" for digit in set(samples["test"].digits)),
    }
    for _, of_split in read.groupby("split"):
        values, counts = (of_split.set_index("metric")[name] for name in ("value", "n"))
        each = values.index.drop("accuracy")
        assert counts["accuracy"] == counts[each].sum() == 20
        assert values["accuracy"] == pytest.approx((values[each] * counts[each]).sum() / 20)


def test_an_unedited_classifier_is_right_on_a_task_where_the_task_changes_nothing(digits):
    _, labels = digits
    units = {("adaptive", split): np.eye(10)[labels] for split in ("train", "test")}
    rows = read_tasks(units, {"train": labels, "test": labels}, seed=0)
    of_test = rows[rows["split"] == "test"].set_index("dataset")["value"]
    assert of_test["MNIST"] == 100
    assert of_test["swap"] == 80
    assert of_test["conflation"] == 90
    assert 80 <= of_test["associative swap"] <= 100
    reference = pd.DataFrame(
        [
            {"table": "Table 1", "row": labels, "column": f"{split} accuracy", "value": 70.0, "source": ""}
            for labels in ("MNIST", *EDITING_TASKS)
            for split in ("train", "test")
        ]
    )
    table = tasks_beside_the_paper(rows, reference).set_index("labels")
    assert list(table.index) == ["MNIST", *EDITING_TASKS]
    assert table.loc["swap", "test, difference, %"] == 10
    with pytest.raises(ValueError, match="reference must have every accuracy"):
        tasks_beside_the_paper(rows, reference.iloc[1:])


def test_solvers_are_compared_on_the_digits_as_they_are(digits):
    _, labels = digits
    right, wrong = np.eye(10)[labels], np.eye(10)[(labels + 1) % 10]
    half = np.where(np.arange(40)[:, None] < 20, right, wrong)
    units = {
        ("adaptive", "test"): half,
        ("adaptive", "train"): right,
        ("fixed step", "test"): right,
        ("fixed step", "train"): wrong,
    }
    table = compare_solvers(read_tasks(units, {"train": labels, "test": labels}, seed=0))
    assert list(table) == ["split", "adaptive, %", "fixed step, %", "difference, %"]
    assert table.to_numpy().tolist() == [["train", 100, 0, -100], ["test", 50, 100, 50]]
