import errno
import os
import signal
import subprocess
import sys

import filelock
import pytest

from amcore.data.workspace import workspace

HELD = """
import sys, time
from pathlib import Path
from amcore.data.workspace import workspace
with workspace(Path(sys.argv[1]), "job") as space:
    (space / "half").write_text("half")
    print("held", flush=True)
    time.sleep(60)
"""


def test_it_is_there_inside_and_gone_afterwards(tmp_path):
    with workspace(tmp_path / "new", "job") as space:
        (space / "file").write_text("x")
        assert space.parent == tmp_path / "new"
    assert list((tmp_path / "new").iterdir()) == []


def test_it_is_gone_after_an_error(tmp_path):
    with pytest.raises(ValueError, match="mine"), workspace(tmp_path, "job"):
        raise ValueError("mine")
    assert list(tmp_path.iterdir()) == []


def test_one_in_use_is_left_alone(tmp_path):
    with workspace(tmp_path, "job") as first, workspace(tmp_path, "job") as second:
        assert first != second
        assert first.is_dir()
        assert second.is_dir()


def test_what_a_killed_process_left_is_cleared(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HELD, tmp_path], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        os.kill(process.pid, signal.SIGKILL)
    assert len(list(tmp_path.iterdir())) == 2
    with workspace(tmp_path, "job") as space:
        assert sorted(tmp_path.iterdir()) == [space, space.with_name(f"{space.name}.lock")]
    assert list(tmp_path.iterdir()) == []


def test_it_is_locked_before_it_is_there(tmp_path, monkeypatch):
    """Another process may look at any moment: it must find no folder whose lock is free."""
    acquire, seen = filelock.FileLock.acquire, []

    def watched(lock, *arguments, **options):
        held = acquire(lock, *arguments, **options)
        seen.append([path for path in tmp_path.iterdir() if path.is_dir()])
        return held

    monkeypatch.setattr(filelock.FileLock, "acquire", watched)
    with workspace(tmp_path, "job") as space:
        assert seen == [[]]
        with workspace(tmp_path, "job"):  # another one, which clears what it finds unlocked
            assert space.is_dir()


@pytest.mark.parametrize("error", [NotImplementedError(), OSError(errno.ENOLCK, "No locks available")])
def test_without_locks_nothing_is_cleared(tmp_path, monkeypatch, error):
    def none(lock, *arguments, **options):
        raise error

    monkeypatch.setattr(filelock.FileLock, "acquire", none)
    (tmp_path / ".job.left").mkdir()
    (tmp_path / ".job.left.lock").touch()
    with workspace(tmp_path, "job") as space:
        assert space.is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".job.left", ".job.left.lock"]


def test_other_names_and_files_are_left_alone(tmp_path):
    (tmp_path / ".other.x").mkdir()
    (tmp_path / "job").mkdir()
    with workspace(tmp_path, "job"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.x", "job"]


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="file"), workspace(tmp_path / "file", "job"):
        pass
