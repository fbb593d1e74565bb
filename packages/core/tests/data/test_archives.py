import io
import shutil
import subprocess
import tarfile

import pytest

from amcore.data import archives
from amcore.data.archives import unpack
from amcore.data.errors import DataError

FILES = {"package/data/one": b"1" * 70_000, "package/data/deep/two": b"", "package/readme": b"read me"}


@pytest.fixture
def archive(tmp_path, pack, archive_kind):
    path = tmp_path / "archive"
    path.write_bytes(pack(archive_kind, FILES))
    return path


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_comes_out_as_it_went_in(archive, tmp_path):
    unpack(archive, tmp_path / "out", ["*"])
    assert contents(tmp_path / "out") == FILES


def test_only_matching_members_come_out(archive, tmp_path):
    written = unpack(archive, tmp_path / "out", ["package/data/*"])
    assert contents(tmp_path / "out") == {name: FILES[name] for name in FILES if "data" in name}
    assert sorted(written) == sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_a_pattern_that_matches_nothing_is_an_error(archive, tmp_path):
    with pytest.raises(DataError, match=r"'\*\.idx'"):
        unpack(archive, tmp_path / "out", ["*", "*.idx"])


@pytest.mark.parametrize("name", ["../escaped", "a/../../escaped", "..\\escaped", "C:/escaped", "/escaped"])
def test_a_path_that_leads_out_is_refused(pack, tmp_path, archive_kind, name):
    path = tmp_path / "archive"
    # Debian members begin with "./", after which nothing is absolute.
    name = name if "deb" not in archive_kind else f"../{name}"
    path.write_bytes(pack(archive_kind, {name: b"evil"}))
    with pytest.raises(DataError, match="leads out"):
        unpack(path, tmp_path / "deep" / "out", ["*"])
    assert not list(tmp_path.rglob("escaped"))


def test_links_are_not_taken(tmp_path):
    path = tmp_path / "archive"
    with tarfile.open(path, "w:gz") as opened:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            link = tarfile.TarInfo(f"link{kind.decode()}")
            link.type, link.linkname = kind, "/etc/passwd"
            opened.addfile(link)
        info = tarfile.TarInfo("file")
        opened.addfile(info, io.BytesIO())
    assert [written.name for written in unpack(path, tmp_path / "out", ["*"])] == ["file"]


def test_a_truncated_archive_is_damaged(archive, tmp_path):
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(DataError, match="damaged"):
        unpack(archive, tmp_path / "out", ["*"])


@pytest.mark.parametrize("content", [b"", b"neither tar nor zip", b"!<arch>\n"])
def test_something_else_is_damaged(tmp_path, content):
    path = tmp_path / "archive"
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        unpack(path, tmp_path / "out", ["*"])


@pytest.fixture
def zstd_deb(tmp_path):
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")
    root = tmp_path / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(
        "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: n <n@n.org>\nDescription: d\n"
    )
    (root / "usr").mkdir()
    (root / "usr" / "file").write_text("content")
    command = ["dpkg-deb", "-Zzstd", "--root-owner-group", "--build", root, tmp_path / "p.deb"]
    subprocess.run(command, check=True, capture_output=True)
    return tmp_path / "p.deb"


def test_zstd_is_opened_by_dpkg_deb(zstd_deb, tmp_path):
    unpack(zstd_deb, tmp_path / "out", ["usr/*"])
    assert contents(tmp_path / "out") == {"usr/file": b"content"}


def test_zstd_without_dpkg_deb_says_what_to_install(zstd_deb, tmp_path, monkeypatch):
    monkeypatch.setattr(archives.shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="install dpkg"):
        unpack(zstd_deb, tmp_path / "out", ["usr/*"])
