"""What lets a killed run simply be started again."""

import shutil
from pathlib import Path

from filelock import FileLock, Timeout

_held: list[FileLock] = []  # for as long as this process lives


def release_stale_lock(folder: Path) -> bool:
    """Remove the workflow locks that a killed run left behind.

    Snakemake's own locks are files, which outlive a process that is killed. Beside them this process
    holds a lock of the operating system, which does not: whoever gets it knows that no other run is
    alive, and that any lock file found is stale. Where another run is alive nothing is touched, and
    Snakemake says that the folder is in use.

    Args:
        folder: Snakemake's own folder, ``.snakemake``.

    Returns:
        Whether stale locks were removed.
    """
    folder.mkdir(exist_ok=True)
    guard = FileLock(folder / "workbench.lock")
    try:
        guard.acquire(timeout=0)
    except Timeout:
        return False
    _held.append(guard)
    stale = folder / "locks"
    found = stale.is_dir() and any(stale.iterdir())
    shutil.rmtree(stale, ignore_errors=True)
    # Snakemake made the folder before it read the Snakefile, and counts on it.
    stale.mkdir(exist_ok=True)
    return found
