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


def test_another_kind_is_refused(tmp_path):
    write_weights(tmp_path / "file", "kind", {}, {})
    with pytest.raises(WeightFileError, match=r"path must be a other saved by cmhn .* nothing was loaded"):
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
