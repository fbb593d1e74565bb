import io
import json
import zipfile

import jax.numpy as jnp
import numpy as np
import pytest

from hkam.checkpoints import Checkpoint, CheckpointError, Progress

VALUES = {"weight": jnp.asarray([1.0, 2.0]), "count": jnp.asarray(3)}


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / "new" / "run.npz", "seed 0")


def test_what_was_saved_comes_back(checkpoint):
    assert checkpoint.load(VALUES) is None
    checkpoint.save(Progress(VALUES, [0.5, 0.25], [{"update": 0, "kappa": 0.01}]))
    values, losses, records = checkpoint.load(VALUES)
    assert all(
        np.array_equal(values[name], VALUES[name]) and values[name].dtype == VALUES[name].dtype
        for name in VALUES
    )
    assert (losses, records) == ([0.5, 0.25], [{"update": 0, "kappa": 0.01}])
    assert [path.name for path in checkpoint.path.parent.iterdir()] == ["run.npz"]


def test_the_checkpoint_of_another_run_is_refused(checkpoint):
    checkpoint.save(Progress(VALUES, [], []))
    with pytest.raises(CheckpointError, match="belongs to another run, 'seed 0', and not to 'seed 1'"):
        Checkpoint(checkpoint.path, "seed 1").load(VALUES)


@pytest.mark.parametrize(
    "other", [{"weight": jnp.zeros(3), "count": jnp.asarray(3)}, {"weight": jnp.zeros(2)}]
)
def test_arrays_that_do_not_fit_are_refused(checkpoint, other):
    checkpoint.save(Progress(VALUES, [], []))
    with pytest.raises(CheckpointError, match="do not fit what is to be trained"):
        checkpoint.load(other)


@pytest.mark.parametrize(
    "damage", [lambda whole: b"", lambda whole: b"not an archive", lambda whole: whole[:-30]]
)
def test_a_damaged_file_is_one_clear_error(checkpoint, damage):
    checkpoint.save(Progress(VALUES, [], []))
    checkpoint.path.write_bytes(damage(checkpoint.path.read_bytes()))
    with pytest.raises(CheckpointError, match="is not a checkpoint that can be read"):
        checkpoint.load(VALUES)


def test_there_must_be_updates_between_savings(tmp_path):
    with pytest.raises(ValueError, match="every must be at least 1, but is 0"):
        Checkpoint(tmp_path / "run.npz", "", every=0)


def saved(checkpoint, *, compressed=False, **changes):
    """A checkpoint of which some arrays are others, or are missing."""
    checkpoint.save(Progress(VALUES, [0.5], [{"update": 0}]))
    with np.load(checkpoint.path) as file:
        arrays = dict(file) | changes
    save = np.savez_compressed if compressed else np.savez
    with checkpoint.path.open("wb") as file:
        save(file, **{name: value for name, value in arrays.items() if value is not None})


@pytest.mark.parametrize(
    "changes",
    [
        {"run": None},
        {"losses": None},
        {"losses": np.zeros(())},
        {"losses": np.array(["a"])},
        {"losses": np.zeros(2, complex)},
        {"leaf_0": None},
        {"records": np.asarray("{")},
        {"records": np.asarray("{}")},
        {"records": np.asarray("[1]")},
        {"records": np.asarray("[" * 100_000)},
        {"records": np.asarray("[" + "1" * 5000 + "]")},
        {"records": np.zeros(3)},
        {"compressed": True},
    ],
)
def test_parts_that_are_no_progress_are_one_clear_error(checkpoint, changes):
    saved(checkpoint, **changes)
    with pytest.raises(CheckpointError, match="is not a checkpoint that can be read") as caught:
        checkpoint.load(VALUES)
    assert len(str(caught.value)) < 1000


def zipped(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def npy(described):
    return b"\x93NUMPY\x01\x00" + len(described).to_bytes(2, "little") + described.encode("latin1")


@pytest.mark.parametrize(
    "whole",
    [
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}") + bytes(8),
        zipped({}),
        zipped({"run.npy": b"text"}),
        zipped({"run.npy": b"text", "losses.npy": b"text", "records.npy": b"[]", "leaf_0.npy": b"text"}),
        zipped({"run.npy": npy("{'descr': '|O', 'fortran_order': False, 'shape': ()}") + bytes(8)}),
        zipped({"run.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2**50,)}")}),
        zipped({"run.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1125899906842624,)}")}),
        zipped({"run.npy": npy("(" * 300 + ")" * 300)}),
        zipped({"run.npy": npy("{'descr': " + "'" * 3)}),
        zipped({"run.npy": npy("{'descr': '<U1', 'fortran_order': False, 'shape': ()}")[:20]}),
    ],
)
def test_a_file_of_something_else_is_one_clear_error(checkpoint, whole):
    checkpoint.path.parent.mkdir()
    checkpoint.path.write_bytes(whole)
    with pytest.raises(CheckpointError, match="is not a checkpoint that can be read"):
        checkpoint.load(VALUES)


def test_parts_that_share_their_bytes_are_refused(checkpoint):
    saved(checkpoint)
    content = checkpoint.path.read_bytes()
    start, end = content.index(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    entries = content[start:end] * 50
    tail = bytearray(content[end:])
    count = int.from_bytes(tail[8:10], "little") * 50
    tail[8:16] = count.to_bytes(2, "little") * 2 + len(entries).to_bytes(4, "little")
    checkpoint.path.write_bytes(content[:start] + entries + bytes(tail))
    with pytest.raises(CheckpointError, match="larger than the file"):
        checkpoint.load(VALUES)


def test_another_run_of_a_million_letters_is_told_shortly(checkpoint):
    saved(checkpoint, run=np.asarray("r" * 1_000_000))
    with pytest.raises(CheckpointError, match=r"belongs to another run, 'r+…'") as caught:
        checkpoint.load(VALUES)
    assert len(str(caught.value)) < 1000


def test_records_that_json_wrote_come_back(checkpoint):
    saved(checkpoint, records=np.asarray(json.dumps([{"a": float("nan")}, {}])))
    progress = checkpoint.load(VALUES)
    assert progress is not None
    assert len(progress.records) == 2
