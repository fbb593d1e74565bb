import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from checkouts import ROOT
from recovery import _LOOKING, release_stale_lock, runs_jobs
from snakemake.cli import get_argument_parser

CODE = """
import pathlib, sys
sys.path.insert(0, {path!r})
from recovery import release_stale_lock
print(release_stale_lock(pathlib.Path({folder!r})), flush=True)
sys.stdin.read()
"""


@contextmanager
def run(folder: Path) -> Iterator[bool]:
    """A run that lives for the block; gives whether it removed locks when it started."""
    code = CODE.format(path=str(ROOT / "workflows"), folder=str(folder))
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as living:
        assert living.stdout is not None
        yield living.stdout.readline() == "True\n"
        living.kill()


def locked(folder: Path) -> Path:
    lock = folder / "locks" / "0.input.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("some/file\n")
    return lock


def test_the_locks_of_a_dead_run_are_removed(tmp_path: Path):
    lock = locked(tmp_path)
    with run(tmp_path) as removed:
        assert removed
        assert not lock.exists()
        assert lock.parent.is_dir()
    with run(tmp_path) as removed:
        assert not removed


def test_the_locks_of_a_living_run_are_left_alone(tmp_path: Path):
    with run(tmp_path):
        lock = locked(tmp_path)
        with run(tmp_path) as removed:
            assert not removed
            assert lock.exists()
    with run(tmp_path) as removed:
        assert removed


def test_a_run_that_began_beside_another_keeps_its_locks_when_that_one_ends(tmp_path: Path):
    first = ExitStack()
    first.enter_context(run(tmp_path))
    with run(tmp_path) as removed:
        assert not removed
        lock = locked(tmp_path)
        first.close()
        with run(tmp_path) as removed:
            assert not removed
            assert lock.exists()


def refusing(*arguments: object) -> int:
    raise OSError(errno.ENOSYS, "Function not implemented")


def test_where_files_cannot_be_locked_nothing_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lock = locked(tmp_path)
    monkeypatch.setattr(fcntl, "flock", refusing)
    assert not release_stale_lock(tmp_path)
    assert lock.exists()


def test_where_nothing_can_be_written_nothing_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert not release_stale_lock(Path("/proc/none"))
    lock = locked(tmp_path)
    monkeypatch.setattr(os, "open", refusing)
    assert not release_stale_lock(tmp_path)
    assert lock.exists()


def test_the_guard_of_another_user_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A file that may be read and not written to, in a folder that users share."""
    opened = os.open

    def read_only(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, flags, mode)

    with run(tmp_path):
        lock = locked(tmp_path)
        monkeypatch.setattr(os, "open", read_only)
        assert not release_stale_lock(tmp_path)
    # This process takes part from now on, as long as it lives: the next one finds it alive.
    with run(tmp_path) as removed:
        assert not removed
        assert lock.exists()


def test_a_lock_that_cannot_be_removed_is_left_to_snakemake(tmp_path: Path):
    (tmp_path / "locks" / "0.input.lock").mkdir(parents=True)
    with run(tmp_path) as removed:
        assert not removed


def test_what_only_looks_is_an_option_of_snakemake():
    assert set(_LOOKING) <= set(vars(get_argument_parser().parse_args([])))


LOOKING = [
    "-n",
    "--dry-run all",
    "--lint",
    "--lint json",
    "--summary",
    "-D",
    "--dag",
    "--rulegraph",
    "--list",
]
LOOKING += ["--list-rules", "--report a.html", "--cores 2 -n a.csv", "--configfile a.yaml --dryrun"]
RUNNING = [
    "",
    "--cores all",
    "-c2 -- all",
    "--touch",
    "--unlock",
    "--until lint",
    "--cores 1 summary",
    "--unknown",
]


@pytest.mark.parametrize("program", ["/usr/bin/snakemake", "/usr/lib/snakemake/__main__.py"])
def test_only_what_runs_jobs_takes_part(program: str):
    assert not any(runs_jobs([program, *line.split()]) for line in LOOKING)
    assert all(runs_jobs([program, *line.split()]) for line in RUNNING)


def test_another_program_may_run_jobs_through_the_interface():
    assert all(runs_jobs(["pytest", *line.split()]) for line in LOOKING + RUNNING)
