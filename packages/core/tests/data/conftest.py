import gzip
import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from amcore.data.transport.source import Source, Upstream


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own; no test touches the user's."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("AMCORE_CACHE", str(folder))
    return folder


def _tar(files: dict[str, bytes], mode: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _deb(files: dict[str, bytes], compression: str) -> bytes:
    entries = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": _tar({"./control": b"odd"}, "w:gz"),
        f"data.tar.{compression}": _tar(
            {f"./{name}": content for name, content in files.items()}, f"w:{compression}"
        ),
    }
    parts = [b"!<arch>\n"]
    for name, content in entries.items():
        parts.append(f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(content):<10}`\n".encode())
        parts.append(content + b"\n" * (len(content) % 2))
    return b"".join(parts)


PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "tgz": partial(_tar, mode="w:gz"),
    "tar.xz": partial(_tar, mode="w:xz"),
    "whl": _zip,
    "xz.deb": partial(_deb, compression="xz"),
    "gz.deb": partial(_deb, compression="gz"),
}


@pytest.fixture(scope="session")
def pack() -> Callable[[str, dict[str, bytes]], bytes]:
    """Make an archive of a kind (`tgz`, `tar.xz`, `whl`, `xz.deb`, `gz.deb`) out of names and contents."""
    return lambda kind, files: PACKERS[kind](files)


@pytest.fixture(params=list(PACKERS))
def archive_kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def declare() -> Callable[..., Source]:
    """Declare a source by the bytes of its archive and of its upstream files."""

    def declare(
        content: bytes = b"",
        kind: str = "npm",
        members: tuple[str, ...] = ("*",),
        upstream: dict[str, bytes] | None = None,
        at: str = "http://127.0.0.1:9",
        **changes: object,
    ) -> Source:
        files = tuple(
            Upstream(name.removesuffix(".gz"), f"{at}/{name}", hashlib.sha256(file).hexdigest(), len(file))
            for name, file in (upstream or {}).items()
        )
        described = {
            "name": "parcel",
            "version": "1.0",
            "kind": kind,
            "licence": "MIT",
            "citation": "nobody",
            "upstream": files,
        }
        if kind in ("npm", "pypi", "debian"):
            described |= {
                "archive": {"npm": "parcel-1.0.tgz", "pypi": "parcel-1.0.whl", "debian": "parcel.deb"}[kind],
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "members": members,
            }
        return Source(**(described | changes))

    return declare


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def site(tmp_path: Path):
    """A folder and the address at which a local server shows it."""
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Put a fake client, a shell script, on a PATH that holds no real one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(name: str, script: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        path.chmod(0o755)
        return path

    return install


@pytest.fixture(scope="session")
def zipped() -> Callable[[bytes], bytes]:
    return partial(gzip.compress, mtime=0)


@pytest.fixture(scope="session")
def make_video() -> Callable[..., Path]:
    """Encode a lossless film whose frames are plain greys of the given levels."""
    av = pytest.importorskip("av")
    np = pytest.importorskip("numpy")

    def make_video(path: Path, levels: list[int], width: int = 32, height: int = 16) -> Path:
        with av.open(str(path), "w") as container:
            stream = container.add_stream("ffv1", rate=10)
            stream.width, stream.height, stream.pix_fmt = width, height, "bgr0"
            for level in levels:
                frame = av.VideoFrame.from_ndarray(
                    np.full((height, width, 3), level, np.uint8), format="rgb24"
                )
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return make_video
