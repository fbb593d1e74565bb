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
