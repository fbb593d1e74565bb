import numpy as np
import pytest
from safetensors.numpy import save_file

from amcore.weight_files import WeightFileError, read_weights, write_weights


def fault(name, tensor):
    return None if np.isfinite(tensor).all() else "holds NaN or Inf"


def read(path, kind="memory", form="own-1"):
    return read_weights(path, kind=kind, format=form, framework="numpy", fault=fault)


@pytest.fixture
def path(tmp_path):
    tensors = {"a": np.arange(3.0), "b": np.ones((2, 2), np.float32)}
    write_weights(
        tmp_path / "w", tensors, kind="memory", format="own-1", description={"card": "# Own"}, save=save_file
    )
    return tmp_path / "w"


def test_what_is_written_is_read(path):
    tensors, description = read(path)
    assert description == {"card": "# Own"}
    assert tensors["a"].tolist() == [0, 1, 2]
    assert tensors["b"].dtype == np.float32
    assert read(path, kind=None)[1] == description


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"kind": "network"},
            "must hold a network in the format 'own-1', but .* 'memory' in the format 'own-1'",
        ),
        ({"form": "own-2"}, "must hold a memory in the format 'own-2', but .* in the format 'own-1'"),
    ],
)
def test_another_kind_or_format_is_named(path, options, sentence):
    with pytest.raises(WeightFileError, match=sentence):
        read(path, **options)


def test_no_file_is_no_damage(tmp_path):
    with pytest.raises(FileNotFoundError, match="path must be a weight file, but there is none"):
        read(tmp_path / "none")


@pytest.mark.parametrize("cut", [0, 1, 8, 20, 60])
def test_a_cut_file_is_refused(path, cut):
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(WeightFileError, match="nothing was loaded"):
        read(path)


def test_faults_of_tensors_and_descriptions_are_told(tmp_path):
    metadata = {"format": "own-1", "kind": "memory", "description": "{}"}
    save_file({"a": np.array([np.nan])}, tmp_path / "nan", metadata)
    with pytest.raises(WeightFileError, match="its tensor 'a' holds NaN or Inf"):
        read(tmp_path / "nan")
    for description, sentence in (("[1]", "is no table"), ("{", "cannot be read")):
        save_file({}, tmp_path / "bad", metadata | {"description": description})
        with pytest.raises(WeightFileError, match=f"its description {sentence}"):
            read(tmp_path / "bad")
