import errno
import os

import pytest

from amcore.data.errors import DataError, explained


def refused(number, folder):
    with explained("parcel", folder, "go elsewhere"):
        raise OSError(number, os.strerror(number), str(folder / "file"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_with_the_space_left(tmp_path, number):
    with pytest.raises(
        DataError, match=r"parcel: the disk that holds .* is full \(.*\d+ MB free\).*or go elsewhere"
    ):
        refused(number, tmp_path / "not" / "made")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EEXIST])
def test_a_refusal_names_the_file_and_the_folder(tmp_path, number):
    with pytest.raises(
        DataError, match=r"parcel: .*file cannot be written.*writable folder, or go elsewhere"
    ):
        refused(number, tmp_path)


def test_any_other_failure_keeps_its_words(tmp_path):
    with pytest.raises(DataError, match=os.strerror(errno.EIO)):
        refused(errno.EIO, tmp_path)


def test_other_errors_pass_unchanged(tmp_path):
    with pytest.raises(ValueError, match="mine"), explained("parcel", tmp_path, "go elsewhere"):
        raise ValueError("mine")
