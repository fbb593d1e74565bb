import hashlib
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.errors import DataError
from amcore.data.transport.checksums import SUMS, damaged, write_sums
from amcore.files import sha256


@given(content=st.binary(max_size=300))
def test_sha256_is_that_of_the_bytes(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "content"
    path.write_bytes(content)
    assert sha256(path) == hashlib.sha256(content).hexdigest()


@pytest.fixture
def folder(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    write_sums(tmp_path, ["b", "a"])
    return tmp_path


def test_untouched_files_are_not_damaged(folder):
    assert damaged(folder) == []


def test_changed_and_missing_files_are_named(folder):
    (folder / "a").write_text("other")
    (folder / "b").unlink()
    assert damaged(folder) == ["a", "b"]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_the_list_is_what_sha256sum_checks(folder):
    assert subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=folder).returncode == 0


def test_a_folder_without_a_list_was_never_prepared(tmp_path):
    with pytest.raises(DataError, match="prepare it again"):
        damaged(tmp_path)


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"\xff\xfe\n"])
def test_a_broken_list_is_an_error(tmp_path, content):
    (tmp_path / SUMS).write_bytes(content)
    with pytest.raises(DataError, match="no list of checksums"):
        damaged(tmp_path)
