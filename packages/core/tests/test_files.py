import hashlib

import pytest

from amcore.files import checked_file, sha256, written_whole


def test_a_file_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "new/a.npy"
    with written_whole(target) as partial:
        partial.write_text("half")
        assert partial.suffix == ".npy"
        assert not target.exists()
    assert target.read_text() == "half"
    assert list(target.parent.iterdir()) == [target]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail():
        with written_whole(target) as partial:
            partial.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_is_held_against_its_checksum(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"numbers")
    right = hashlib.sha256(b"numbers").hexdigest()
    assert sha256(path) == right
    assert checked_file(path, right) == path
    path.write_bytes(b"others")
    with pytest.raises(
        ValueError, match=rf"weights\.bin must be the file with the SHA-256 {right}, but .* has"
    ):
        checked_file(path, right)


def test_a_file_can_be_read_by_whoever_can_read_its_folder(tmp_path):
    for mode in (0o755, 0o700):
        tmp_path.chmod(mode)
        with written_whole(tmp_path / "file") as partial:
            partial.touch(mode=0o600)
        assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600 | mode & 0o444
