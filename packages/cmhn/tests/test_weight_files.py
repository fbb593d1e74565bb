import json
import struct

import pytest
import torch

from cmhn import weight_files
from cmhn.weight_files import WeightFileError, read_weights, write_weights


def test_tensors_and_description_come_back(tmp_path):
    written = {"a": torch.arange(3.0), "b": torch.tensor(2, dtype=torch.int64)}
    write_weights(tmp_path / "file", "kind", written, {"widths": {"z": 1, "a": 2}})
    tensors, description = read_weights(tmp_path / "file", "kind")
    assert torch.equal(tensors["a"], written["a"])
    assert torch.equal(tensors["b"], written["b"])
    assert list(description["widths"].items()) == [("z", 1), ("a", 2)]


def test_what_was_read_stays_when_the_file_is_written_over(tmp_path):
    write_weights(tmp_path / "file", "kind", {"a": torch.ones(1000)}, {})
    read = read_weights(tmp_path / "file", "kind")[0]["a"]
    (tmp_path / "file").write_bytes(b"\xff" * 5000)
    assert torch.equal(read, torch.ones(1000))


def test_another_kind_is_refused(tmp_path):
    write_weights(tmp_path / "file", "kind", {}, {})
    with pytest.raises(
        WeightFileError, match=r"must hold a other in the format 'cmhn-1', but .* nothing was loaded"
    ):
        read_weights(tmp_path / "file", "other")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    write_weights(tmp_path / "file", "kind", {"a": torch.ones(1)}, {})

    def disk_full(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(weight_files, "save_file", disk_full)
    with pytest.raises(OSError, match=r"no space left"):
        write_weights(tmp_path / "file", "kind", {"a": torch.zeros(1)}, {})
    assert read_weights(tmp_path / "file", "kind")[0]["a"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def raw(path, tensors, content=b"", **metadata):
    """A file whose header says anything."""
    said = {"format": "cmhn-1", "kind": "kind", "description": "{}"} | metadata
    head = json.dumps({"__metadata__": {k: v for k, v in said.items() if v is not None}, **tensors}).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + content)
    return path


def entry(dtype, shape, end, start=0):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


@pytest.mark.parametrize(
    ("dtype", "width"),
    [
        ("F8_E4M3", 1),
        ("F8_E5M2", 1),
        ("F8_E4M3FNUZ", 1),
        ("F8_E8M0", 1),
        ("U16", 2),
        ("U32", 4),
        ("U64", 8),
        ("F4", 1),
        ("F128", 16),
        ("", 4),
        (None, 4),
    ],
)
def test_a_type_that_is_not_written_is_not_read(tmp_path, dtype, width):
    path = raw(tmp_path / "file", {"a": entry(dtype, [1], width)}, bytes(width))
    with pytest.raises(
        WeightFileError, match=r"must hold a kind in the format 'cmhn-1', but .* nothing was loaded"
    ):
        read_weights(path, "kind")


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.uint16, torch.complex128])
def test_a_type_that_is_not_read_is_not_written(tmp_path, dtype):
    with pytest.raises(TypeError, match=rf"'a' is of {dtype}"):
        write_weights(tmp_path / "file", "kind", {"a": torch.zeros(2).to(dtype)}, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "dtype",
    [
        "float64",
        "float32",
        "float16",
        "bfloat16",
        "complex64",
        "int64",
        "int32",
        "int16",
        "int8",
        "uint8",
        "bool",
    ],
)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (2, 3)])
def test_every_type_that_is_written_comes_back(tmp_path, dtype, shape):
    written = torch.ones(shape).to(getattr(torch, dtype))
    write_weights(tmp_path / "file", "kind", {"a": written}, {})
    (read,) = read_weights(tmp_path / "file", "kind")[0].values()
    assert read.dtype == written.dtype
    assert torch.equal(read, written)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16, torch.complex64])
def test_what_is_not_finite_is_refused_in_every_type(tmp_path, value, dtype):
    write_weights(tmp_path / "file", "kind", {"a": torch.tensor([0, value]).to(dtype)}, {})
    with pytest.raises(WeightFileError, match="its tensor 'a' holds NaN or Inf"):
        read_weights(tmp_path / "file", "kind")


@pytest.mark.parametrize(
    "description",
    [None, "", "{", "[]", "1", "null", '"text"', "[" * 100_000, '{"a":' * 100_000, "1" * 5000],
)
def test_a_malformed_description_is_one_error(tmp_path, description):
    with pytest.raises(WeightFileError, match=r"its description (is|cannot)") as caught:
        read_weights(raw(tmp_path / "file", {}, description=description), "kind")
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "head",
    [
        {"a": entry("F32", [1], 8)},
        {"a": entry("F32", [-1], 4)},
        {"a": entry("F32", [2**63, 2**63], 4)},
        {"a": entry("F32", [2**62, 4], 0)},
        {"a": entry("F32", [0, 2**62, 4], 0)},
        {"a": entry("F32", [1.5], 4)},
        {"a": entry("F32", ["1"], 4)},
        {"a": entry("F32", [1], 2**64)},
        {"a": entry("F32", [1], 0, start=4)},
        {"a": entry("F32", [1], 4), "b": entry("F32", [1], 4)},
        {"a": {"dtype": "F32"}},
        {"a": None},
        {"a": []},
    ],
)
def test_a_malformed_header_is_one_error(tmp_path, head):
    with pytest.raises(WeightFileError, match="nothing was loaded"):
        read_weights(raw(tmp_path / "file", head, bytes(4)), "kind")


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**63, 2**64 - 1])
def test_a_header_of_absurd_length_is_one_error(tmp_path, length):
    (tmp_path / "file").write_bytes(struct.pack("<Q", length) + b"{}" + bytes(100))
    with pytest.raises(WeightFileError, match="nothing was loaded"):
        read_weights(tmp_path / "file", "kind")


def test_words_of_a_million_letters_are_not_repeated(tmp_path):
    path = raw(tmp_path / "file", {}, kind="k" * 1_000_000)
    with pytest.raises(WeightFileError) as caught:
        read_weights(path, "kind")
    assert len(str(caught.value)) < 1000
