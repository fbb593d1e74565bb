"""Where a result comes from."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_OF_A_HOOK = {
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
}


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from; written as ``run.json`` beside it.

    Args:
        profile: Name of the configuration profile.
        configuration: The experiment's settings, as they were passed.
        seeds: Random seeds in use; empty where nothing is random.
        started: Start, ISO 8601 in UTC.
        finished: End, ISO 8601 in UTC.
        wall_seconds: Time between the two.
        peak_memory_mib: Largest resident memory of the computation.
        threads: Threads that the computation was given.
    """

    profile: str
    configuration: Mapping[str, Any]
    seeds: Sequence[int]
    started: str
    finished: str
    wall_seconds: float
    peak_memory_mib: float
    threads: int

    def write(
        self, folder: str | Path, *, packages: Sequence[str], project: str | Path | None = None
    ) -> None:
        """Write ``run.json``, with the commit, the packages' versions and the machine added.

        Args:
            folder: The experiment's folder.
            packages: Distributions whose versions matter to the result.
            project: The root of the project that made it; see `current_commit`.
        """
        record = {
            **asdict(self),
            "commit": current_commit(project),
            "versions": _versions(packages),
            "machine": _machine(),
        }
        text = json.dumps(record, indent=2, ensure_ascii=False)
        (Path(folder) / "run.json").write_text(f"{text}\n", encoding="utf-8")


def current_commit(project: str | Path | None = None) -> str:
    """The checked-out commit, with ``+`` where tracked files differ from it.

    Args:
        project: The project's root, which must be a repository's: one unpacked inside another repository has none
            of its own. By default the working folder, or any folder above it, of which git tracks files here.

    Returns:
        The commit's first digits; ``unknown`` where there is none, or git is not there or refuses.
    """
    folder = Path.cwd() if project is None else Path(project).resolve()
    try:
        if project is None:
            _git(folder, "ls-files", "--error-unmatch", ".")
        elif not folder.samefile(_git(folder, "rev-parse", "--show-toplevel")):
            return "unknown"
        commit = _git(folder, "rev-parse", "--short=10", "HEAD")
        return f"{commit}+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else commit
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(folder: Path, *arguments: str) -> str:
    # Set for hooks, these would point to another repository than the folder's own.
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", check=True
    ).stdout.strip()


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in sorted(packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _machine() -> dict[str, Any]:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return {"cores": os.cpu_count(), "model": model, "system": platform.system()}
