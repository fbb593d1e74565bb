import gzip
import io
import lzma
import shutil
import stat
import struct
import subprocess
import tarfile
import zipfile

import pytest

from amcore.data.errors import DataError
from amcore.data.transport import _members, _streams
from amcore.data.transport.archives import decompress, unpack

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
    monkeypatch.setattr(_members.shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="install dpkg"):
        unpack(zstd_deb, tmp_path / "out", ["usr/*"])


@pytest.fixture
def refused(tmp_path):
    """Unpack bytes, see the error, and see that nothing came out beside the folder."""

    def refused(content, said, patterns=("*",)):
        path = tmp_path / "archive"
        path.write_bytes(content)
        (tmp_path / "out").mkdir(exist_ok=True)
        with pytest.raises(DataError, match=said):
            unpack(path, tmp_path / "out", patterns)
        assert {entry.name for entry in tmp_path.iterdir()} <= {"archive", "out", "cache"}

    return refused


@pytest.fixture
def taken(tmp_path):
    """Unpack bytes, and give what came out."""

    def taken(content, patterns=("*",)):
        (tmp_path / "archive").write_bytes(content)
        unpack(tmp_path / "archive", tmp_path / "out", patterns)
        return contents(tmp_path / "out")

    return taken


def header(name, content=b"", *, form=tarfile.USTAR_FORMAT, **fields):
    """A member of a tar with whatever is in its header."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(form) + content + bytes(-len(content) % tarfile.BLOCKSIZE)


END = bytes(2 * tarfile.BLOCKSIZE)


def zipped_with(**fields):
    """A zip of one member of which the entries of both lists say something else."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("file", b"content")
    content = bytearray(buffer.getvalue())
    central = content.index(b"PK\x01\x02")
    for field, value in fields.items():
        place, form = {"flags": (6, "<H"), "method": (8, "<H"), "version": (4, "<H")}[field]
        struct.pack_into(form, content, place, value)
        struct.pack_into(form, content, central + place + 2, value)
    return bytes(content)


# What it is


def test_a_tar_that_holds_a_zip_is_the_tar(pack, taken):
    inner = pack("whl", {"inside": b"x"})
    assert taken(pack("tgz", {"a": b"1", "z.zip": inner})) == {"a": b"1", "z.zip": inner}


@pytest.mark.parametrize("name", ["PK\x03\x04", "!<arch>\n", "BZh", "7z\xbc", "Rar!\x1a\x07", "MSCF"])
def test_a_tar_whose_first_name_looks_like_another_archive_is_a_tar(taken, name):
    assert taken(header(name, b"1") + END) == {name: b"1"}


def test_a_zip_behind_a_program_is_a_zip(pack, taken):
    assert taken(b"#!/bin/sh\nexit\n" + pack("whl", {"a": b"1"})) == {"a": b"1"}


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        (b"Rar!\x1a\x07\x01\x00", "is a RAR archive"),
        (b"\x28\xb5\x2f\xfd", "is compressed with zstd"),
        (b"MSCF", "is a cabinet archive"),
        (b"PK\x07\x08", "is a part of a zip that was split"),
    ],
)
def test_an_archive_that_cannot_be_read_is_named(pack, refused, first, said):
    refused(first + bytes(600), said)
    # A zip at its end makes it no zip.
    refused(first + bytes(600) + pack("whl", {"a": b"1"}), said)


def test_an_empty_zip_holds_nothing_that_matches(pack, refused):
    refused(pack("whl", {}), "holds nothing that matches")


# Zips


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"flags": 0x1}, r"is encrypted \('file'\)"),
        ({"method": 9}, r"compresses 'file' with Deflate64 \(number 9\)"),
        ({"method": 93}, r"with Zstandard \(number 93\)"),
        ({"method": 99}, r"with AES \(number 99\)"),
        ({"method": 7}, r"with an unknown method \(number 7\)"),
        ({"flags": 0x20}, "is damaged"),
        ({"flags": 0x41}, "is encrypted"),
        ({"version": 99}, "is damaged"),
    ],
)
def test_a_zip_of_another_making_is_one_error(refused, fields, said):
    refused(zipped_with(**fields), said)


def zipped_mode(mode, content, name="odd"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, content)
        archive.writestr("file", b"content")
    return buffer.getvalue()


def test_odd_members_of_a_zip_are_told_apart(taken, refused):
    assert taken(zipped_mode(stat.S_IFLNK | 0o777, b"file")) == {"file": b"content"}
    refused(zipped_mode(stat.S_IFLNK | 0o777, b"/etc/passwd"), "a symbolic link to '/etc/passwd'")
    refused(zipped_mode(stat.S_IFIFO | 0o600, b""), "a device or pipe")
    refused(zipped_mode(stat.S_IFDIR | 0o700, b"hidden"), "a folder with content")
    refused(
        zipped_mode(stat.S_IFREG, b"", "a@b").replace(b"a@b", b"a\0b"),
        r"'a\\x00b', which is no name for a file",
    )


def test_members_of_a_zip_that_share_their_bytes_are_refused(refused):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", bytes(1000))
    content = buffer.getvalue()
    start = content.index(b"PK\x01\x02")
    entry, end = content[start : content.index(b"PK\x05\x06")], bytearray(content[-22:])
    struct.pack_into("<HHI", end, 8, 3, 3, 3 * len(entry))
    refused(content[:start] + 3 * entry + bytes(end), "holds 'a' within the bytes of another member")


# Tars


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (tarfile.LNKTYPE, "a hard link"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.BLKTYPE, "a device"),
        (tarfile.FIFOTYPE, "a pipe"),
        (b"Z", "a member of an unknown kind"),
    ],
)
def test_only_regular_files_can_be_asked_for(taken, refused, kind, said):
    content = header("file", b"1") + header("odd", type=kind, linkname="file") + END
    refused(content, f"holds 'odd', {said}; only regular files")
    assert taken(content, ["fil*"]) == {"file": b"1"}


@pytest.mark.parametrize("sparse", [True, False])
def test_a_sparse_file_is_refused(refused, sparse):
    if sparse:
        content = header("odd", type=tarfile.GNUTYPE_SPARSE, form=tarfile.GNU_FORMAT)
    else:
        content = header("odd", b"1", form=tarfile.PAX_FORMAT, pax_headers={"GNU.sparse.map": "0,1"})
    refused(content + END, "sparse file")


def link(name, to):
    return header(name, type=tarfile.SYMTYPE, linkname=to)


def test_a_link_to_a_file_that_is_taken_is_a_second_name_of_it(taken):
    links = link("d/a", "b") + link("d/b", "../c") + link("e", "./d/../d/a")
    assert taken(links + header("c", b"1") + END) == {"c": b"1"}


@pytest.mark.parametrize(
    "links",
    [
        link("a", "/etc/passwd"),
        link("a", "../c"),
        link("a", "nowhere"),
        link("a", ""),
        link("a", "a"),
        link("a", "b") + link("b", "a"),
        link("a", "b") + link("b", "a") + link("d", "a"),
        link("a", "skipped"),
    ],
)
def test_a_link_to_anything_else_is_refused(refused, links):
    files = header("skipped", b"2") + header("c", b"1")
    refused(
        links + files + END, r"a symbolic link to '.*', which is not among the files taken", ["c", "[abd]"]
    )


def test_a_long_chain_of_links_is_followed(taken):
    chain = b"".join(link(str(i), str(i + 1)) for i in range(1500))
    assert taken(gzip.compress(chain + header("1500", b"1") + END)) == {"1500": b"1"}


def test_two_tars_in_one_are_refused(refused):
    refused((header("a", b"1") + END) * 2, "goes on after the end")


def test_a_tar_without_its_end_is_damaged(refused):
    refused(header("a", b"1"), "damaged")


@pytest.mark.parametrize(
    "record",
    [
        b"99 path=b\n",
        b"nonsense",
        b"0 a=b\n",
        b"10 path=bbb",
        b"9 a bbbb\n",
        b"6 a=b\n6 a=b",
        b"1" * 100,
        b"9999999999999 a=b\n",
    ],
)
def test_damage_in_an_extended_header_is_not_the_end(refused, record):
    extended = header("x", record, type=tarfile.XHDTYPE)
    refused(header("a", b"1") + extended + header("b", b"2") + END, "damaged", ["a"])


@pytest.mark.parametrize("size", [8**11 - 1, 10**12, 2**62, 2**80, -1, -(2**40)])
@pytest.mark.parametrize("extended", [True, False])
def test_a_member_of_absurd_size_is_refused_though_it_is_not_asked_for(refused, size, extended):
    fields = {"pax_headers": {"size": str(size)}} if extended else {"size": size}
    form = tarfile.PAX_FORMAT if extended else tarfile.GNU_FORMAT
    content = header("skipped", form=form, **fields) + header("a", b"1") + END
    refused(content, "a bomb is refused|damaged", ["a"])


def test_a_record_of_countless_digits_is_refused(refused):
    record = b"500010 a=" + b"1" * 500_000 + b"\n"
    content = header("x", record, type=tarfile.XHDTYPE) + header("a", b"1") + END
    refused(content, "an absurd number")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_headers_of_absurd_length_are_refused(refused, kind):
    records = b"12 k000000=\n" * 150_000
    content = header("x", records, type=kind) + header("a", b"1") + END
    refused(gzip.compress(content, 1, mtime=0), "its headers claim 1800000 bytes")


def test_global_headers_of_small_archives_are_read(taken):
    record = b"52 comment=" + b"0" * 40 + b"\n"
    assert taken(header("pax_global_header", record, type=tarfile.XGLTYPE) + header("a", b"1") + END) == {
        "a": b"1"
    }


# Debian packages


@pytest.mark.parametrize("size", [b"-60", b"-1", b"", b"ten", b"1_0", b"+5", b"9999999999"])
def test_a_size_that_is_none_ends_in_an_error(pack, refused, size):
    content = pack("xz.deb", FILES)
    refused(content[:56] + size.ljust(10) + content[66:], "damaged")


def test_an_entry_without_its_mark_is_damaged(pack, refused):
    content = pack("xz.deb", FILES)
    refused(content[:66] + b"??" + content[68:], "the header of 'debian-binary' is none of an ar archive")


# Names


@pytest.mark.parametrize("name", ["a" * 256, "b/" * 1100 + "c", ".", "a\0b"])
def test_a_name_that_no_file_can_have_is_refused(refused, name):
    extended = header("x", b"", pax_headers={"path": name}, form=tarfile.PAX_FORMAT)
    refused(extended + END, "no name for a file")


@pytest.mark.parametrize("pair", [("a", "a"), ("a", "A"), ("Straße", "STRASSE"), ("a", "a/b"), ("a/b", "A")])
@pytest.mark.parametrize("linked", [True, False])
def test_two_members_for_one_place_are_refused(refused, pair, linked):
    first, second = pair
    files = header("c", b"0") + header(first, b"1", form=tarfile.GNU_FORMAT)
    other = link(second, "c") if linked else header(second, b"2")
    refused(files + other + END, "which cannot stand side by side")


def test_a_colon_is_a_letter_like_others(taken):
    files = {"12:30.txt": b"1", "d/C:x": b"2", "é 日本.txt": b"3"}
    members = b"".join(header(name, content, form=tarfile.PAX_FORMAT) for name, content in files.items())
    assert taken(members + END) == files


# Bombs


@pytest.fixture
def small_budget(monkeypatch):
    monkeypatch.setattr(_streams, "_BYTES_ALWAYS", 100_000)
    monkeypatch.setattr(_members, "_MEMBERS_ALWAYS", 10)


@pytest.mark.usefixtures("small_budget")
def test_an_archive_that_makes_much_of_little_is_refused(pack, archive_kind, refused):
    content = pack(archive_kind, {"a": bytes(1_000_000)})
    # The tests' wheels are not compressed.
    if archive_kind == "whl":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a", bytes(1_000_000))
        content = buffer.getvalue()
    refused(content, r"archive makes over \d+ bytes of \d+; such a bomb is refused")
    # What is skipped takes time as well.
    refused(content, "such a bomb is refused", ["b"])


@pytest.mark.usefixtures("small_budget")
def test_an_archive_of_countless_members_is_refused(refused):
    content = b"".join(header(str(place)) for place in range(1000)) + END
    refused(gzip.compress(content, mtime=0), r"holds over \d+ members in so few bytes")


@pytest.mark.usefixtures("small_budget")
def test_a_zip_that_lies_about_its_size_is_refused(refused):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(1_000_000))
    content = buffer.getvalue()
    refused(content.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 50)), "damaged")


# Single files


def test_a_gzip_file_comes_out_whole(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"1", mtime=0) + gzip.compress(b"2"))
    decompress(tmp_path / "a.gz", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"12"


@pytest.mark.usefixtures("small_budget")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no gzip file"),
        (b"BZh91AY", "is no gzip file"),
        (gzip.compress(b"1" * 100, mtime=0)[:-1], "damaged"),
        (gzip.compress(b"1", mtime=0)[:-8] + bytes(8), "damaged"),
        (gzip.compress(b"1", mtime=0) + b"more", "damaged"),
        (b"\x1f\x8b\x07" + bytes(20), "damaged"),
        (gzip.compress(bytes(1_000_000)), "such a bomb is refused"),
    ],
)
def test_what_is_no_whole_gzip_file_is_refused(tmp_path, content, said):
    (tmp_path / "a.gz").write_bytes(content)
    with pytest.raises(DataError, match=said):
        decompress(tmp_path / "a.gz", tmp_path / "a")


def test_countless_empty_streams_are_read(taken):
    assert taken(lzma.compress(b"") * 30_000 + lzma.compress(header("a", b"1") + END)) == {"a": b"1"}


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_streams_one_behind_the_other_are_read_as_one(size):
    padded = lzma.compress(b"first") + b"\0" * 8 + lzma.compress(b"") + lzma.compress(b"second") + b"\0" * 4
    stream, read = _streams.Unxz(io.BytesIO(padded)), b""
    while part := stream.read(size):
        assert len(part) <= size
        read += part
    assert read == b"firstsecond"
    assert stream.read(size) == b""
    assert _streams.Unxz(io.BytesIO(b"")).read(size) == b""


def test_strict_headers_read_only_from_what_can_look_ahead():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as packed:
        packed.addfile(tarfile.TarInfo("a"))
    file.seek(0)
    with pytest.raises(TypeError, match="tarfile must read a _Forward, but reads a BytesIO"):
        tarfile.TarFile(fileobj=file, tarinfo=_members._StrictHeader)
