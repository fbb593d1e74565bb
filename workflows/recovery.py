"""What lets a killed run simply be started again."""

import fcntl
import os
from collections.abc import Sequence
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
    return not any(getattr(found, option) for option in _LOOKING)


def release_stale_lock(folder: Path) -> bool:
    """Remove the workflow locks that a killed run left behind.

    Snakemake's own locks are files, which outlive a process that is killed. Beside them every run shares a lock of
    the operating system, which does not. Whoever gets it alone knows that no other run is alive, and that any lock
    file found is stale. Where another run is alive nothing is touched, and Snakemake says that the folder is in use.

    Args:
        folder: Snakemake's own folder, ``.snakemake``.

    Returns:
        Whether stale locks were removed.
    """
    locks = folder / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    guard = os.open(folder / "workbench.lock", os.O_RDWR | os.O_CREAT, 0o666)
    _held.append(guard)
    removed = False
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    else:
        for lock in locks.iterdir():
            lock.unlink(missing_ok=True)
            removed = True
    # Held alone no longer than the removal: who comes meanwhile waits here, and has locked nothing yet.
    fcntl.flock(guard, fcntl.LOCK_SH)
    return removed
