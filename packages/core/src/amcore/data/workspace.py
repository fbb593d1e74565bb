"""Temporary folders that a killed process leaves behind for the next one to clear."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
    temporary = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=folder))
    lock = os.open(temporary, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield temporary
    finally:
        os.close(lock)
        shutil.rmtree(temporary, ignore_errors=True)


def _remove_if_free(left: Path) -> None:
    try:
        lock = os.open(left, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(lock)
