"""Temporary folders that a killed process leaves behind for the next one to clear."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def workspace(folder: Path, name: str) -> Iterator[Path]:
    """A temporary folder inside `folder`, so that finished files move out of it by renaming.

    It is locked while in use and removed afterwards. A folder of the same name whose lock is free
    belonged to a process that was killed, and is removed first.

    Args:
        folder: made if absent.
        name: tells the purposes of several temporary folders apart.

    Raises:
        OSError: the folder cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f".{name}.*"):
        _remove_if_free(left)
    temporary, lock = _made_and_locked(folder, f".{name}.")
    try:
        yield temporary
    finally:
        os.close(lock)
        shutil.rmtree(temporary, ignore_errors=True)


def _made_and_locked(folder: Path, prefix: str) -> tuple[Path, int]:
    while True:
        temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
        try:
            lock = os.open(temporary, os.O_RDONLY)
        except FileNotFoundError:
            continue
        # File systems that know no locks make none: nobody can lock the folder there, and nobody removes it.
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        # Before it was locked, another process may have taken it for one that was left behind.
        if temporary.is_dir():
            return temporary, lock
        os.close(lock)


def _remove_if_free(left: Path) -> None:
    try:
        lock = os.open(left, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        pass
    else:
        shutil.rmtree(left, ignore_errors=True)
    finally:
        os.close(lock)
