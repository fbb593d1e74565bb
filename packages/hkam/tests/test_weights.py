import pickle
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import hkam
from hkam.classification import classifier_memory
from hkam.finetuning import EditedClassifier
from hkam.starts import LearnedStart, ShownStart
from hkam.weights import (
    WeightFileError,
    load_classifier,
    load_edited,
    load_pretrained,
    read_card,
    save_classifier,
    save_edited,
)


@pytest.fixture
def classifier():
    return classifier_memory(4, hidden=3, classes=2, key=jax.random.key(0))


@pytest.fixture(params=["learned", "shown"])
def edited(request, draw, classifier):
    shown = request.param == "shown"
    start = (
        ShownStart.incoherent(4, 9, 3, key=jax.random.key(0)) if shown else LearnedStart(draw.normal(9, 3))
    )
    omega = draw.skew(3, 3) if shown else None
    return EditedClassifier.around(classifier, hkam.watts_strogatz_graph(9, 4, seed=0), start, omega=omega)


def same(one, other):
    leaves, others = jax.tree.leaves(one), jax.tree.leaves(other)
    return len(leaves) == len(others) and all(
        np.allclose(a, b, rtol=0, atol=1e-15) for a, b in zip(leaves, others, strict=True)
    )


def test_networks_come_back_with_their_cards(tmp_path, classifier, edited):
    save_classifier(tmp_path / "classifier", classifier, card="# Digits")
    save_edited(tmp_path / "edited", edited, card="# Edited")
    loaded = load_classifier(tmp_path / "classifier")
    assert same(loaded, classifier)
    assert same(load_edited(tmp_path / "edited", loaded), edited)
    assert [read_card(tmp_path / name) for name in ("classifier", "edited")] == ["# Digits", "# Edited"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["classifier", "edited"]


def test_a_file_of_another_kind_or_for_another_classifier_is_refused(tmp_path, classifier, edited):
    save_classifier(tmp_path / "classifier", classifier, card="")
    save_edited(tmp_path / "edited", edited, card="")
    with pytest.raises(WeightFileError, match=r"must hold a classifier .* but holds 'edited classifier'"):
        load_classifier(tmp_path / "edited")
    with pytest.raises(WeightFileError, match=r"must hold an edited classifier .* but holds 'classifier'"):
        load_edited(tmp_path / "classifier", classifier)
    other = classifier_memory(4, hidden=3, classes=2, key=jax.random.key(1))
    with pytest.raises(WeightFileError, match="edits another classifier"):
        load_edited(tmp_path / "edited", other)


def test_pickles_damaged_and_foreign_files_are_refused(tmp_path, classifier):
    (tmp_path / "pickle").write_bytes(pickle.dumps(np.zeros(3)))
    save_file({"bias": np.zeros(3)}, tmp_path / "foreign")
    save_classifier(tmp_path / "cut", classifier, card="")
    (tmp_path / "cut").write_bytes((tmp_path / "cut").read_bytes()[:-8])
    for name in ("pickle", "cut"):
        with pytest.raises(WeightFileError, match="is not a safetensors file, or a damaged one"):
            load_classifier(tmp_path / name)
    with pytest.raises(WeightFileError, match=r"must hold a classifier in the format 'hkam-1'"):
        load_classifier(tmp_path / "foreign")
    with pytest.raises(FileNotFoundError, match="there is none at"):
        load_classifier(tmp_path / "nothing")


def test_tensors_must_be_there_fit_and_be_finite(tmp_path, classifier):
    metadata = {"format": "hkam-1", "kind": "classifier", "description": '{"card": ""}'}
    save_classifier(tmp_path / "whole", classifier, card="")
    whole = load_file(tmp_path / "whole")
    for change, sentence in (
        ({"upper_triangle": whole["upper_triangle"][:-1]}, "a triangle that does not fit 9 units"),
        ({"bias": np.full(9, np.nan, whole["bias"].dtype)}, "NaN or infinite entries in bias"),
    ):
        save_file({**whole, **change}, tmp_path / "changed", metadata)
        with pytest.raises(WeightFileError, match=sentence):
            load_classifier(tmp_path / "changed")
    save_file({"bias": whole["bias"]}, tmp_path / "changed", metadata)
    with pytest.raises(WeightFileError, match=r"lacks the tensors \['upper_triangle'\]"):
        load_classifier(tmp_path / "changed")


def test_only_what_can_be_written_is_accepted(tmp_path):
    tanh = hkam.HopfieldMemory(hkam.TanhLagrangian(), hkam.DenseSynapses(jnp.eye(2)), jnp.zeros(2))
    with pytest.raises(ValueError, match="must have ReLU units and dense synapses"):
        save_classifier(tmp_path / "tanh", tanh, card="")


def test_the_networks_that_come_with_the_package_load_and_have_cards():
    classifier = load_pretrained()
    assert classifier.size == 1094
    assert "| accuracy on MNIST, % |" in read_card("classifier")
    folder = Path(hkam.__file__).parent / "pretrained"
    for path in sorted(folder.glob("*.safetensors")):
        name = path.stem.replace("_", " ")
        if name != "classifier":
            edited = load_pretrained(name)
            assert same(edited.memory.hopfield, classifier)
            assert name in read_card(name)


def test_an_unknown_pretrained_network_is_refused(without_shape_checks):
    with pytest.raises(ValueError, match=r"name must be one of .*classifier.*, but is 'digits'"):
        load_pretrained("digits")
