"""Fetching in order: the user's cache, the registry's client, the public upstream; checked before opened."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import platformdirs
import requests

from amcore.data.errors import DataError, explained
from amcore.data.transport import clients
from amcore.data.transport.archives import decompress, unpack
from amcore.data.transport.source import Source, Upstream
from amcore.data.workspace import workspace
from amcore.files import sha256

CACHE_VARIABLE = "AMCORE_CACHE"
_ELSEWHERE = f"name another cache folder in the environment variable {CACHE_VARIABLE}"
_SECONDS_TO_ANSWER = 30
_DIGITS = 16


def cache_folder() -> Path:
    """Where downloads are kept: the environment variable `AMCORE_CACHE`, or the user's cache folder."""
    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("amcore"))


def source_folder(source: Source) -> Path:
    """The folder of one source in the cache."""
    plain = _plain(source.name, ".-_")
    return cache_folder() / f"{source.kind}-{plain}-{_plain(source.version, '.-_+~')}"


def cached(source: Source) -> dict[Path, bool]:
    """The source's downloads that are in the cache, each with whether its checksum is right."""
    wanted = dict(_archive(source) + _upstream(source))
    return {path: _is_right(path, digest) for path, digest in wanted.items() if path.is_file()}


def fetch(source: Source) -> list[Path]:
    """Have a source's archive, or its upstream files, in the cache with the right checksums.

    Args:
        source: of any kind; for `generated` there is nothing to do.

    Returns:
        the one archive, or the upstream files in the source's order.

    Raises:
        DataError: every way to the source failed, or the cache cannot be written. It says what happened on
            each way and what to do. Nothing half-written stays behind.
    """
    if source.kind == "generated":
        return []
    folder = source_folder(source)
    failures = []
    with explained(source.label, folder, _ELSEWHERE):
        for wanted in (_archive(source), _upstream(source)):
            if wanted and all(_is_right(path, digest) for path, digest in wanted):
                return [path for path, _ in wanted]
        for way in (_by_client, _from_upstream):
            try:
                if files := way(source):
                    return files
            except DataError as failure:
                failures.append(str(failure))
    by_hand = f", or put {source.archive} (sha256 {source.sha256}) into {folder}" if source.archive else ""
    raise DataError(
        f"{source.label} could not be fetched: {'; '.join(failures)}. "
        f"See that the network can be reached and try again{by_hand}"
    )


@contextmanager
def opened(source: Source) -> Iterator[Path]:
    """A temporary folder with the source's members under their own paths, fetched if need be.

    Raises:
        DataError: as `fetch`, or the archive cannot be unpacked.
    """
    files = fetch(source)
    folder = source_folder(source)
    with ExitStack() as stack:
        with explained(source.label, folder, _ELSEWHERE):
            members = stack.enter_context(workspace(folder, "unpacked"))
            if files == [path for path, _ in _archive(source)]:
                unpack(files[0], members, source.members)
            else:
                for path, file in zip(files, source.upstream, strict=True):
                    _place(path, members / file.member)
        yield members


def _plain(name: str, allowed: str) -> str:
    """A name without the letters that are none for a folder."""
    return "".join(letter if letter.isalnum() or letter in allowed else "-" for letter in name)


def _archive(source: Source) -> list[tuple[Path, str]]:
    return [(source_folder(source) / source.archive, source.sha256)] if source.archive else []


def _upstream(source: Source) -> list[tuple[Path, str]]:
    """Where upstream's files are kept, in the source's order, and their checksums.

    They go by the last part of their address; if several files would go by the same name, or it is empty, the
    checksum stands before it.
    """
    names = [PurePosixPath(urlsplit(file.url).path).name for file in source.upstream]
    files = {(name.casefold(), file.sha256) for name, file in zip(names, source.upstream, strict=True)}
    count = Counter([source.archive.casefold(), *(name for name, _ in files)])
    folder = source_folder(source)
    return [
        (
            folder / (name if name and count[name.casefold()] == 1 else f"{file.sha256[:_DIGITS]}-{name}"),
            file.sha256,
        )
        for name, file in zip(names, source.upstream, strict=True)
    ]


def _is_right(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path) == digest


def _by_client(source: Source) -> list[Path]:
    for target, digest in _archive(source):
        _obtain(target, digest, source.size, lambda space: clients.download(source, space))
    return [path for path, _ in _archive(source)]


def _from_upstream(source: Source) -> list[Path]:
    for (target, digest), file in zip(_upstream(source), source.upstream, strict=True):
        if not _is_right(target, digest):
            _obtain(target, digest, file.size, lambda space, file=file: _download(file, space))
    return [path for path, _ in _upstream(source)]


def _obtain(target: Path, digest: str, size: int, way: Callable[[Path], Path]) -> None:
    """Move what `way` brings into a temporary folder to `target`, if its checksum is right."""
    with workspace(target.parent, "download") as space:
        arrived = way(space)
        came, came_size = sha256(arrived), arrived.stat().st_size
        if came != digest:
            what = "is truncated" if came_size < size else "has the wrong checksum"
            raise DataError(
                f"{target.name} {what}: {came_size} bytes with sha256 {came} came, "
                f"{size} bytes with sha256 {digest} are wanted"
            )
        arrived.replace(target)


def _download(file: Upstream, space: Path) -> Path:
    target = space / "file"
    try:
        # It brings a progress bar that complains when it is imported in a notebook.
        import pooch

        get = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=_SECONDS_TO_ANSWER)
        get(file.url, str(target), None)
    except requests.RequestException as error:
        status = f" {error.response.status_code}" if error.response is not None else ""
        raise DataError(f"{file.url} could not be read ({type(error).__name__}{status})") from error
    return target


def _place(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz" and target.suffix != ".gz":
        decompress(path, target)
    else:
        shutil.copyfile(path, target)
