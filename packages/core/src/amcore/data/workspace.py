"""Temporary folders that a killed process leaves behind for the next one to clear."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

# What filelock raises where the file system knows no locks. Of a folder that cannot be written to, the making of the
# temporary one tells.
_WITHOUT_LOCKS = (NotImplementedError, OSError)


@contextmanager
def workspace(folder: Path, name: str) -> Iterator[Path]:
    """Make a temporary folder inside `folder`, so that finished files move out of it by renaming.

    A locked file stands beside it while it is in use, and both are removed afterwards. A folder of the same name whose
    lock is free belonged to a process that was killed, and is removed first. On file systems that know no locks
    nobody can tell, and nothing is removed.

    Args:
        folder: Made if absent.
        name: Tells the purposes of several temporary folders apart.

    Yields:
        The temporary folder.

    Raises:
        OSError: If the folder cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f".{name}.*.lock"):
        _remove_if_free(left)
    temporary = folder / f".{name}.{secrets.token_hex(8)}"
    lock = FileLock(_lock_of(temporary))
    # The lock is held before there is a folder: what others find unlocked is of a process that is gone.
    with suppress(*_WITHOUT_LOCKS):
        lock.acquire()
    try:
        temporary.mkdir()
        yield temporary
    finally:
        _remove(temporary, lock)


def _lock_of(temporary: Path) -> Path:
    return temporary.with_name(f"{temporary.name}.lock")


def _remove_if_free(path: Path) -> None:
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except (*_WITHOUT_LOCKS, Timeout):
        return
    _remove(path.with_name(path.name.removesuffix(".lock")), lock)


def _remove(temporary: Path, lock: FileLock) -> None:
    shutil.rmtree(temporary, ignore_errors=True)
    with suppress(OSError):  # systems that let no open file be removed
        _lock_of(temporary).unlink()
    lock.release()
    with suppress(OSError):
        _lock_of(temporary).unlink()
