import json
import pickle
import struct

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import hkam
from hkam.digits.classifier import classifier_memory
from hkam.digits.finetuning import EditedClassifier
from hkam.digits.starts import LearnedStart, ShownStart
from hkam.digits.weights import (
    WeightFileError,
    load_classifier,
    load_edited,
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
    with pytest.raises(WeightFileError, match=r"must hold a classifier .*it holds 'edited classifier'"):
        load_classifier(tmp_path / "edited")
    with pytest.raises(WeightFileError, match=r"must hold a edited classifier .*it holds 'classifier'"):
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
        with pytest.raises(WeightFileError, match="it is no safetensors file, or a damaged one"):
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
        ({"bias": np.full(9, np.nan, whole["bias"].dtype)}, "its tensor .bias. holds NaN or Inf"),
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


def restored(path, tensors, **description):
    """Write tensors as a file of the given description."""
    kind = description.pop("kind", "classifier")
    said = json.dumps({"card": "", **description})
    save_file(tensors, path, {"format": "hkam-1", "kind": kind, "description": said})
    return path


@pytest.fixture
def parts(tmp_path, classifier, edited):
    """The tensors and the description of an edited classifier."""
    from safetensors import safe_open

    save_edited(tmp_path / "edited", edited, card="")
    with safe_open(tmp_path / "edited", "numpy") as file:
        described = json.loads(file.metadata()["description"])
    return load_file(tmp_path / "edited"), described | {"kind": "edited classifier"}


@pytest.fixture
def single_precision():
    jax.config.update("jax_enable_x64", False)
    yield
    jax.config.update("jax_enable_x64", True)


@pytest.mark.usefixtures("single_precision")
@pytest.mark.parametrize("name", ["bias", "upper_triangle"])
def test_numbers_that_single_precision_cannot_hold_are_refused(tmp_path, classifier, name):
    save_classifier(tmp_path / "whole", classifier, card="")
    whole = {key: value.astype(np.float64) for key, value in load_file(tmp_path / "whole").items()}
    assert load_classifier(restored(tmp_path / "file", whole)).bias.dtype == jnp.float32
    whole[name] = np.full_like(whole[name], 1e300)
    with pytest.raises(WeightFileError, match=f"numbers in {name} that are too large for float32"):
        load_classifier(restored(tmp_path / "file", whole))


@pytest.mark.usefixtures("single_precision")
@pytest.mark.parametrize("name", ["linear", "rectified", "strength", "start"])
def test_no_part_of_an_edited_classifier_becomes_infinite(tmp_path, classifier, parts, name):
    tensors, described = parts
    name = name if name != "start" else next(key for key in tensors if key.startswith("start."))
    tensors[name] = np.full(tensors[name].shape, -1e300)
    with pytest.raises(WeightFileError, match="too large for float32"):
        load_edited(restored(tmp_path / "file", tensors, **described), classifier)


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.bool_, np.complex64])
def test_weights_are_floating_numbers(tmp_path, classifier, dtype):
    save_classifier(tmp_path / "whole", classifier, card="")
    whole = load_file(tmp_path / "whole")
    with pytest.raises(WeightFileError, match="must hold floating numbers in bias"):
        load_classifier(restored(tmp_path / "file", whole | {"bias": np.zeros(9, dtype)}))
    with pytest.raises(WeightFileError, match=r"of the triangle's type float64, but holds .* float16"):
        load_classifier(restored(tmp_path / "file", whole | {"bias": np.zeros(9, np.float16)}))


@pytest.mark.parametrize(
    "change",
    [
        {"bias": np.zeros(())},
        {"bias": np.zeros((9, 1))},
        {"bias": np.zeros(0)},
        {"upper_triangle": np.zeros(())},
        {"upper_triangle": np.zeros((45, 1))},
    ],
)
def test_a_classifier_of_other_shapes_is_refused(tmp_path, classifier, change):
    save_classifier(tmp_path / "whole", classifier, card="")
    with pytest.raises(WeightFileError, match=r"a triangle that does not fit|biases in one row"):
        load_classifier(restored(tmp_path / "file", load_file(tmp_path / "whole") | change))


@pytest.mark.parametrize(
    "change",
    [
        {"edges": np.zeros((3, 2))},
        {"edges": np.full((18, 2), 2**64 - 1, np.uint64)},
        {"edges": np.array([[0, -1]] * 18)},
        {"edges": np.array([[0, 9]] * 18)},
        {"edges": np.zeros((18, 2), np.uint16)},
        {"edges": np.zeros(36, np.uint16)},
        {"linear": np.zeros(17)},
        {"rectified": np.zeros((18, 1))},
        {"strength": np.zeros(1)},
        {"omega": np.ones((3, 3))},
        {"omega": np.zeros((4, 4))},
        {"omega": np.full((3, 3), 1.7e308)},
        {"start.rows": np.ones((8, 3))},
        {"start.rows": np.ones(9)},
        {"start.others": np.ones((3, 3))},
        {"start.directions": np.ones((4, 3))},
        {"start.more": np.ones(1)},
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused(tmp_path, classifier, parts, change):
    tensors, described = parts
    with pytest.raises(WeightFileError, match="parts that do not fit each other"):
        load_edited(restored(tmp_path / "file", tensors | change, **described), classifier)


@pytest.mark.parametrize("start", [None, 1, [], {}, "other", "s" * 1_000_000])
def test_an_unknown_start_is_refused(tmp_path, classifier, parts, start):
    tensors, described = parts
    with pytest.raises(WeightFileError, match="names an unknown start") as caught:
        load_edited(restored(tmp_path / "file", tensors, **described | {"start": start}), classifier)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("description", [None, "", "[]", "1", "[" * 100_000, "1" * 5000, "{}", '{"card": 1}'])
def test_a_malformed_description_is_one_error(tmp_path, classifier, description):
    metadata = {"format": "hkam-1", "kind": "edited classifier", "description": description}
    save_file({}, tmp_path / "file", {key: value for key, value in metadata.items() if value is not None})
    for read in (read_card, lambda path: load_edited(path, classifier)):
        with pytest.raises(WeightFileError):
            read(tmp_path / "file")


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F8_E8M0", "F4", "I128", ""])
def test_a_type_that_numpy_lacks_is_one_error(tmp_path, dtype):
    head = {
        "__metadata__": {"format": "hkam-1", "kind": "classifier", "description": "{}"},
        "bias": {"dtype": dtype, "shape": [2], "data_offsets": [0, {"BF16": 4, "F4": 1}.get(dtype, 2)]},
    }
    text = json.dumps(head).encode()
    (tmp_path / "file").write_bytes(
        struct.pack("<Q", len(text)) + text + bytes(head["bias"]["data_offsets"][1])
    )
    with pytest.raises(
        WeightFileError, match=r"it is no safetensors file, or a damaged one|lacks the tensors"
    ):
        load_classifier(tmp_path / "file")
