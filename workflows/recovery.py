"""What lets a killed run simply be started again."""

import fcntl
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from snakemake.cli import get_argument_parser

_held: list[int] = []  # for as long as this process lives

# What Snakemake is asked for instead of running jobs, by the names of its options. None of them locks the folder.
_LOOKING = (
    "archive",
    "containerize",
    "d3dag",
    "dag",
    "detailed_summary",
    "dryrun",
    "filegraph",
    "generate_unit_tests",
    "lint",
    "list_changes",
    "list_conda_envs",
    "list_input_changes",
    "list_params_changes",
    "list_rules",
    "list_target_rules",
    "list_untracked",
    "print_compilation",
    "report",
    "rulegraph",
    "summary",
)


def runs_jobs(command: Sequence[str]) -> bool:
    """Tell whether Snakemake was called to run jobs, and not only to look at what there is.

    Args:
        command: The command line, the program first. What is none of Snakemake's may run jobs through its interface.
    """
    program, *arguments = command
    if "snakemake" not in Path(program).parts[-2:]:
        return True
    found, _ = get_argument_parser().parse_known_args(arguments)
    return not any(getattr(found, option, None) for option in _LOOKING)


def release_stale_lock(folder: Path) -> bool:
    """Remove the workflow locks that a killed run left behind.

    Snakemake's own locks are files, which outlive a process that is killed. Beside them every run shares a lock of
    the operating system, which does not. Whoever gets it alone knows that no other run is alive, and that any lock
    file found is stale. Where another run is alive nothing is touched, and Snakemake says that the folder is in use.
    The same holds where the lock cannot be had, as on file systems that know none.

    Args:
        folder: Snakemake's own folder, ``.snakemake``.

    Returns:
        Whether stale locks were removed.
    """
    locks = folder / "locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
        guard = _opened(folder / "workbench.lock")
    except OSError:
        return False
    _held.append(guard)
    removed = False
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    except OSError:
        return False
    else:
        for lock in locks.glob("*"):
            with suppress(OSError):
                lock.unlink()
                removed = True
    # Held alone no longer than the removal: who comes meanwhile waits here, and has locked nothing yet.
    fcntl.flock(guard, fcntl.LOCK_SH)
    return removed


def _opened(guard: Path) -> int:
    try:
        return os.open(guard, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:  # another user made it
        return os.open(guard, os.O_RDONLY)
