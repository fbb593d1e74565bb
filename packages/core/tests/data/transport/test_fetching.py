import dataclasses
import errno
import hashlib
import os
from pathlib import Path

import pooch
import pytest

from amcore.data import Upstream
from amcore.data.errors import DataError
from amcore.data.transport import clients
from amcore.data.transport.fetching import cache_folder, cached, fetch, opened, source_folder

FILES = {"data/a": b"first", "data/b": b"second" * 1000}
KINDS = {"npm": "tgz", "pypi": "whl", "debian": "xz.deb"}


@pytest.fixture
def serve(monkeypatch):
    """Let the client bring these bytes, or raise this; counts the calls."""
    calls = []

    def serve(answer):
        def download(source, space):
            calls.append(source)
            if isinstance(answer, Exception):
                raise answer
            path = space / "arrived"
            path.write_bytes(answer)
            return path

        monkeypatch.setattr(clients, "download", download)
        return calls

    return serve


@pytest.fixture
def content(pack):
    return pack("tgz", FILES)


def _of(declare, upstream):
    return dataclasses.replace(declare(kind="url", upstream={"a": b"a"}), upstream=upstream)


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def read(members):
    return {name: (members / name).read_bytes() for name in files_in(members)}


def test_the_cache_is_the_user_s_unless_the_environment_names_another(monkeypatch, cache):
    assert cache_folder() == cache
    monkeypatch.delenv("AMCORE_CACHE")
    assert cache_folder() == Path(pooch.os_cache("amcore"))


def test_scopes_and_epochs_make_plain_folder_names(declare, cache):
    folder = source_folder(declare(b"x", name="@scope/parcel", version="1:0.18"))
    assert folder == cache / "npm--scope-parcel-1-0.18"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_archive_is_fetched_checked_and_opened(kind, pack, declare, serve):
    archive = pack(KINDS[kind], FILES)
    serve(archive)
    with opened(declare(archive, kind)) as members:
        assert read(members) == FILES


def test_url_files_are_fetched_and_decompressed(declare, site, zipped):
    folder, address = site
    upstream = {"plain": b"plain", "packed.gz": zipped(b"packed")}
    for name, content in upstream.items():
        (folder / name).write_bytes(content)
    with opened(declare(kind="url", upstream=upstream, at=address)) as members:
        assert read(members) == {"plain": b"plain", "packed": b"packed"}


@pytest.mark.parametrize(
    "names",
    [
        ("train/data.bin", "test/data.bin"),
        ("a/Data.bin", "b/data.BIN"),
        ("a/x?part=1", "a/x?part=2"),
        ("a/", "b/"),
        ("c/data.bin", "d/data.bin", "e/data.bin", "f/other"),
    ],
)
def test_upstream_files_that_share_a_name_are_kept_apart(declare, names, monkeypatch):
    served = {f"http://127.0.0.1:9/{name}": name.encode() for name in names}

    def download(file, space):
        (space / "file").write_bytes(served[file.url])
        return space / "file"

    monkeypatch.setattr("amcore.data.transport.fetching._download", download)
    members = {f"m{place}": f"http://127.0.0.1:9/{name}" for place, name in enumerate(names)}
    upstream = tuple(
        Upstream(member, url, hashlib.sha256(served[url]).hexdigest(), len(served[url]))
        for member, url in members.items()
    )
    source = _of(declare, upstream)
    for _ in range(2):
        with opened(source) as folder:
            assert read(folder) == {member: served[url] for member, url in members.items()}
    assert len({name.casefold() for name in files_in(source_folder(source))}) == len(names)
    assert all(cached(source).values())


def test_an_upstream_file_named_as_the_archive_is_kept_apart(declare, serve, pack, monkeypatch):
    archive = pack("tgz", {"a": b"1"})
    serve(archive)
    source = declare(archive, upstream={"parcel-1.0.tgz": b"other"})
    fetch(source)
    monkeypatch.setattr(clients, "download", None)
    with opened(source) as folder:
        assert read(folder) == {"a": b"1"}


def test_two_members_may_be_the_same_bytes_of_one_address(declare, site):
    folder, address = site
    (folder / "a").write_bytes(b"same")
    digest = hashlib.sha256(b"same").hexdigest()
    twice = tuple(Upstream(member, f"{address}/a", digest, 4) for member in ("x/a", "y/a"))
    source = _of(declare, twice)
    with opened(source) as members:
        assert read(members) == {"x/a": b"same", "y/a": b"same"}
    assert files_in(source_folder(source)) == ["a"]


def test_names_and_versions_never_lead_out_of_the_cache(declare, cache):
    for name, version in (("../../x", "1"), ("x", "../../1"), ("..", ".."), ("a/b", "1/2")):
        assert source_folder(declare(b"x", name=name, version=version)).parent == cache


def test_generated_data_needs_no_fetching(declare, cache):
    assert fetch(declare(kind="generated")) == []
    assert not cache.exists()


def test_the_second_time_comes_from_the_cache(content, declare, serve):
    calls = serve(content)
    source = declare(content)
    assert fetch(source) == fetch(source) == [source_folder(source) / source.archive]
    assert len(calls) == 1


def test_a_damaged_archive_in_the_cache_is_fetched_again(content, declare, serve):
    calls = serve(content)
    source = declare(content)
    (path,) = fetch(source)
    path.write_bytes(content[:-1])
    assert cached(source) == {path: False}
    assert fetch(source) == [path]
    assert cached(source) == {path: True}
    assert len(calls) == 2


def test_a_file_put_there_by_hand_is_taken(content, declare, serve):
    calls = serve(DataError("npm is not installed"))
    source = declare(content)
    source_folder(source).mkdir(parents=True)
    (source_folder(source) / source.archive).write_bytes(content)
    with opened(source) as members:
        assert read(members) == FILES
    assert calls == []


def test_nothing_but_the_archive_stays_in_the_cache(content, declare, serve, cache):
    serve(content)
    source = declare(content)
    with opened(source):
        pass
    assert files_in(cache) == [f"{source_folder(source).name}/{source.archive}"]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[: len(content) // 2], "is truncated"),
        (lambda content: b"", "is truncated"),
        (lambda content: content[:-1] + b"x", "has the wrong checksum"),
        (lambda content: content + b"x", "has the wrong checksum"),
    ],
)
def test_a_wrong_archive_is_one_error_and_a_clean_retry(damage, said, content, declare, serve, cache):
    source = declare(content)
    serve(damage(content))
    with pytest.raises(DataError, match=rf"parcel 1\.0 could not be fetched: .*{said}.*try again"):
        fetch(source)
    assert files_in(cache) == []
    serve(content)
    with opened(source) as members:
        assert read(members) == FILES


def test_a_missing_client_without_upstream_says_how_to_do_it_by_hand(content, declare, serve, cache):
    serve(DataError("npm is not installed"))
    source = declare(content)
    with pytest.raises(DataError) as caught:
        fetch(source)
    for said in (
        source.label,
        "npm is not installed",
        source.archive,
        source.sha256,
        str(source_folder(source)),
    ):
        assert said in str(caught.value)
    assert files_in(cache) == []


def test_a_failing_client_is_replaced_by_upstream(content, declare, serve, site, zipped):
    folder, address = site
    calls = serve(DataError("npm is not installed"))
    upstream = {"data/a": FILES["data/a"], "data/b.gz": zipped(FILES["data/b"])}
    (folder / "data").mkdir()
    for name, file in upstream.items():
        (folder / name).write_bytes(file)
    source = declare(content, upstream=upstream, at=address)
    for _ in range(2):
        with opened(source) as members:
            assert read(members) == FILES
    assert len(calls) == 1


def test_a_damaged_upstream_file_is_an_error_and_is_not_kept(declare, site, cache):
    folder, address = site
    (folder / "a").write_bytes(b"tampered")
    source = declare(kind="url", upstream={"a": b"original"}, at=address)
    with pytest.raises(DataError, match=r"a has the wrong checksum: 8 bytes"):
        fetch(source)
    assert files_in(cache) == []
    (folder / "a").write_bytes(b"original")
    assert [path.read_bytes() for path in fetch(source)] == [b"original"]


def test_a_damaged_upstream_file_in_the_cache_is_fetched_again(declare, site):
    folder, address = site
    (folder / "a").write_bytes(b"original")
    source = declare(kind="url", upstream={"a": b"original"}, at=address)
    (path,) = fetch(source)
    path.write_bytes(b"orig")
    assert fetch(source) == [path]
    assert path.read_bytes() == b"original"


def test_a_missing_upstream_file_is_named(declare, site):
    _, address = site
    source = declare(kind="url", upstream={"a": b"original"}, at=address)
    with pytest.raises(DataError, match=rf"{address}/a could not be read \(HTTPError 404\)"):
        fetch(source)


def test_no_network_is_one_error_that_names_every_way(content, declare, serve, cache):
    serve(DataError("npm ended with status 1 (getaddrinfo EAI_AGAIN)"))
    source = declare(content, upstream={"a": b"original"})
    with pytest.raises(DataError, match=r"EAI_AGAIN.*127\.0\.0\.1:9/a could not be read.*network"):
        fetch(source)
    assert files_in(cache) == []


def test_upstream_that_is_no_gzip_is_told(declare, site):
    folder, address = site
    (folder / "a.gz").write_bytes(b"plain")
    source = declare(kind="url", upstream={"a.gz": b"plain"}, at=address)
    with pytest.raises(DataError, match=r"a\.gz cannot be decompressed"), opened(source):
        pass


def test_a_full_disk_while_downloading_is_one_error(content, declare, serve, cache):
    serve(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    source = declare(content, upstream={"a": b"original"})
    with pytest.raises(DataError, match=r"parcel 1\.0: the disk .* is full .* AMCORE_CACHE"):
        fetch(source)
    assert files_in(cache) == []


def test_a_full_disk_while_unpacking_is_one_error(content, declare, serve, cache, monkeypatch):
    serve(content)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    source = declare(content)
    monkeypatch.setattr("amcore.data.transport.archives._write", full)
    with pytest.raises(DataError, match="is full"), opened(source):
        pass
    assert files_in(cache) == [f"{source_folder(source).name}/{source.archive}"]


def test_a_file_in_the_place_of_the_cache_is_one_error(content, declare, serve, cache):
    serve(content)
    cache.write_text("in the way")
    with pytest.raises(DataError, match=r"parcel 1\.0: .*cannot be written.*AMCORE_CACHE"):
        fetch(declare(content))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_without_permission_is_one_error(content, declare, serve, cache):
    serve(content)
    cache.mkdir(mode=0o500)
    with pytest.raises(DataError, match="cannot be written"):
        fetch(declare(content))


def test_errors_of_the_caller_pass_unchanged(content, declare, serve):
    serve(content)
    with pytest.raises(OSError, match="mine"), opened(declare(content)):
        raise OSError("mine")


def test_a_failure_to_write_a_download_is_not_taken_for_the_network(declare, site, monkeypatch):
    folder, address = site
    (folder / "a").write_bytes(b"original")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", full)
    with pytest.raises(DataError, match="is full"):
        fetch(declare(kind="url", upstream={"a": b"original"}, at=address))
