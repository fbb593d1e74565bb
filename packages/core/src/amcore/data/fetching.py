"""Fetching in order: the user's cache, the registry's client, the public upstream; checked before opened."""

import gzip
import os
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import platformdirs
import requests

from amcore.data import clients
from amcore.data.archives import unpack
from amcore.data.checksums import sha256
from amcore.data.errors import DataError, explained
from amcore.data.source import Source, Upstream
from amcore.data.workspace import workspace

CACHE_VARIABLE = "AMCORE_CACHE"
_ELSEWHERE = f"name another cache folder in the environment variable {CACHE_VARIABLE}"
_SECONDS_TO_ANSWER = 30


def cache_folder() -> Path:
    """Where downloads are kept: the environment variable `AMCORE_CACHE`, or the user's cache folder."""
    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("amcore"))


def source_folder(source: Source) -> Path:
    """The folder of one source in the cache."""
    plain = "".join(letter if letter.isalnum() or letter in ".-_" else "-" for letter in source.name)
    return cache_folder() / f"{source.kind}-{plain}-{source.version.replace(':', '-')}"


def cached(source: Source) -> dict[Path, bool]:
    """The source's downloads that are in the cache, each with whether its checksum is right."""
    wanted = _archive(source) | _upstream(source)
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
            if wanted and all(_is_right(path, digest) for path, digest in wanted.items()):
                return list(wanted)
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
            if files == list(_archive(source)):
                unpack(files[0], members, source.members)
            else:
                for path, file in zip(files, source.upstream, strict=True):
                    _place(path, members / file.member)
        yield members


def _archive(source: Source) -> dict[Path, str]:
    return {source_folder(source) / source.archive: source.sha256} if source.archive else {}


def _upstream(source: Source) -> dict[Path, str]:
    return {source_folder(source) / _file_name(file): file.sha256 for file in source.upstream}


def _is_right(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path) == digest


def _file_name(file: Upstream) -> str:
    return file.url.rsplit("/", 1)[-1]


def _by_client(source: Source) -> list[Path]:
    for target, digest in _archive(source).items():
        _obtain(target, digest, source.size, lambda space: clients.download(source, space))
    return list(_archive(source))


def _from_upstream(source: Source) -> list[Path]:
    for (target, digest), file in zip(_upstream(source).items(), source.upstream, strict=True):
        if not _is_right(target, digest):
            _obtain(target, digest, file.size, lambda space, file=file: _download(file, space))
    return list(_upstream(source))


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
    compressed = path.suffix == ".gz" and target.suffix != ".gz"
    try:
        with (gzip.open if compressed else open)(path, "rb") as content, target.open("wb") as file:
            shutil.copyfileobj(content, file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{path.name} cannot be decompressed ({error}); correct the source's upstream"
        ) from error
