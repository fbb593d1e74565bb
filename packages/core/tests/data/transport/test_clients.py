import sys

import pytest

from amcore.data.errors import DataError
from amcore.data.transport import clients
from amcore.data.transport.clients import download

CLIENTS = {"npm": "npm", "debian": "apt-get", "pypi": "python"}
KINDS = list(CLIENTS)


@pytest.fixture
def space(tmp_path):
    folder = tmp_path / "space"
    folder.mkdir()
    return folder


@pytest.fixture
def fake(install, monkeypatch):
    """Install a fake client for a kind of source; pip is run by a fake interpreter."""

    def fake(kind, script):
        path = install(CLIENTS[kind], script)
        if kind == "pypi":
            monkeypatch.setattr(sys, "executable", str(path))

    return fake


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_that_the_client_leaves_is_the_archive(kind, fake, space, declare):
    fake(kind, "printf content > parcel; echo noise >&2")
    assert download(declare(b"content", kind), space).read_bytes() == b"content"


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("npm", ["pack parcel@1.0 "]),
        ("pypi", ["-m pip download --no-deps --only-binary=:all: ", " parcel==1.0"]),
        ("debian", ["download ", " parcel=1.0"]),
    ],
)
def test_exactly_the_declared_version_is_asked_for(kind, wanted, fake, space, declare):
    fake(kind, 'printf "%s" "$*" > parcel')
    asked = download(declare(b"content", kind), space).read_text()
    assert all(part in asked for part in wanted)


def test_a_source_distribution_is_asked_for_by_its_archive_s_name(fake, space, declare):
    fake("pypi", 'printf "%s" "$*" > parcel')
    source = declare(b"content", "pypi", archive="parcel-1.0.tar.gz")
    assert "--no-binary=:all:" in download(source, space).read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_temporary_files_stay_in_the_folder(kind, fake, space, declare):
    fake(kind, 'printf "%s" "$TMPDIR" > parcel')
    assert download(declare(b"content", kind), space).read_text().startswith(str(space))


@pytest.mark.parametrize("kind", ["npm", "debian"])
def test_a_missing_client_is_named(kind, install, space, declare):
    with pytest.raises(DataError, match=f"{CLIENTS[kind]} is not installed"):
        download(declare(b"content", kind), space)


def test_an_interpreter_without_pip_is_named(monkeypatch, space, declare):
    monkeypatch.setattr(clients, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip is not installed"):
        download(declare(b"content", "pypi"), space)


@pytest.mark.parametrize("kind", KINDS)
def test_a_failing_client_is_quoted(kind, fake, space, declare):
    fake(kind, "echo starting; echo 'E: no such host' >&2; exit 7")
    with pytest.raises(DataError, match=r"ended with status 7 \(E: no such host\)"):
        download(declare(b"content", kind), space)


def test_a_silent_failure_is_told(fake, space, declare):
    fake("npm", "exit 1")
    with pytest.raises(DataError, match="it said nothing"):
        download(declare(b"content"), space)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "said", ["ENOSPC: no space left on device, write", "[Errno 28] No space left on device"]
)
def test_a_full_disk_is_recognised(kind, said, fake, space, declare):
    fake(kind, f"echo '{said}' >&2; exit 1")
    with pytest.raises(OSError, match="No space left"):
        download(declare(b"content", kind), space)


@pytest.mark.parametrize(("script", "count"), [("true", 0), ("touch a b", 2)])
def test_anything_but_one_file_is_an_error(script, count, fake, space, declare):
    fake("npm", script)
    with pytest.raises(DataError, match=f"left {count} files"):
        download(declare(b"content"), space)


def test_old_package_lists_are_renewed_in_the_folder_without_root(fake, space, declare):
    fake(
        "debian",
        """
        case "$*" in
            *State::Lists*update*) touch ../renewed ;;
            *State::Lists*download*) test -f ../renewed && printf content > parcel ;;
            *) echo 'E: Version 1.0 was not found'; exit 100 ;;
        esac
        """,
    )
    assert download(declare(b"content", "debian"), space).read_bytes() == b"content"


def test_a_slow_client_is_waited_for(fake, space, declare, monkeypatch):
    monkeypatch.setattr(clients, "_SECONDS_BETWEEN_LOOKS", 0.01)
    fake("npm", "printf con > parcel; sleep 0.1; printf tent >> parcel")
    assert download(declare(b"content"), space).read_bytes() == b"content"
