import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from amcore.data.errors import DataError
from amcore.data.formats.arrays import read_array, write_array

ARRAYS = hnp.arrays(
    st.sampled_from([np.dtype(np.uint8), np.dtype(np.float32), np.dtype(np.float64)]),
    hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5),
    elements={"min_value": 0, "max_value": 200},
)


@given(array=ARRAYS, cuts=st.integers(1, 4))
def test_pieces_make_the_file_that_numpy_would_save(tmp_path_factory, array, cuts):
    folder = tmp_path_factory.getbasetemp() / "arrays"
    folder.mkdir(exist_ok=True)
    write_array(folder / "pieces.npy", array.shape, array.dtype, np.array_split(array, cuts))
    np.save(folder / "whole.npy", array)
    assert (folder / "pieces.npy").read_bytes() == (folder / "whole.npy").read_bytes()


def test_an_array_comes_back_memory_mapped_and_read_only(tmp_path):
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    (tmp_path / "set").mkdir()
    write_array(tmp_path / "set" / "a.npy", array.shape, array.dtype, [array])
    mapped = read_array(tmp_path, "set", "a.npy")
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, array)
    with pytest.raises(ValueError, match="read-only"):
        mapped[0] = 0


@pytest.mark.parametrize("rows", [1, 3])
def test_pieces_that_do_not_fill_the_shape_are_refused(tmp_path, rows):
    with pytest.raises(ValueError, match=f"by {2 * (rows - 2)} elements"):
        write_array(tmp_path / "a.npy", (2, 2), np.dtype(np.uint8), [np.zeros((rows, 2), np.uint8)])


def test_pieces_of_another_dtype_are_refused(tmp_path):
    with pytest.raises(ValueError, match="pieces must hold uint8, but hold float64"):
        write_array(tmp_path / "a.npy", (2,), np.dtype(np.uint8), [np.zeros(2)])


def test_a_missing_array_says_how_to_prepare_it(tmp_path):
    with pytest.raises(DataError, match=r"a\.npy is missing; .*fetch mnist --folder"):
        read_array(tmp_path, "mnist", "a.npy")


def headed(described, content=b"", version=(1, 0)):
    """A `.npy` file whose header says anything."""
    text = described.encode("latin1")
    return (
        b"\x93NUMPY"
        + bytes(version)
        + len(text).to_bytes(2 if version == (1, 0) else 4, "little")
        + text
        + content
    )


@pytest.mark.parametrize(
    "content",
    [
        headed("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", bytes(8)),
        headed("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", bytes(4)),
        headed("{'descr': '|V4', 'fortran_order': False, 'shape': (1,)}", bytes(4)),
        headed("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", bytes(4)),
        headed("{'descr': '<f4', 'fortran_order': False, 'shape': (2**62,)}", bytes(4)),
        headed("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}"),
        headed("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904, 4)}"),
        headed("{'descr': '|S0', 'fortran_order': False, 'shape': (9223372036854775808,)}"),
        headed("{'descr': '<f4', 'fortran_order': False, 'shape': 'x'}", bytes(4)),
        headed("{'descr': '\\d', 'fortran_order': False, 'shape': (1,)}", bytes(4)),
        headed("{'descr': 7, 'fortran_order': False, 'shape': (1,)}", bytes(4)),
        headed("{'descr': " + "(" * 5000, bytes(4)),
        headed("(" * 200 + "1" + ")" * 200),
        headed("{'descr': " + "'" * 3, bytes(4)),
        headed("{'descr': '<f4', 'fortran_order': False, 'shape': (1L"),
        headed("[]", bytes(4)),
        headed("{[]: 1}", bytes(4)),
        headed("1" * 5000),
        headed("{}", version=(3, 0)),
        headed("{}", version=(9, 9)),
        headed("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", bytes(5)),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
        b"PK\x03\x04",
    ],
)
def test_a_header_that_lies_is_one_error(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npy is damaged \(.+\); delete it and prepare it"):
        read_array(tmp_path, "", "a.npy")


@given(array=ARRAYS, in_columns=st.booleans())
def test_what_numpy_saves_is_read(tmp_path_factory, array, in_columns):
    folder = tmp_path_factory.getbasetemp() / "saved"
    folder.mkdir(exist_ok=True)
    np.save(folder / "a.npy", np.asfortranarray(array) if in_columns else array)
    np.testing.assert_array_equal(read_array(folder, "", "a.npy"), array)


def test_words_are_read(tmp_path):
    np.save(tmp_path / "a.npy", np.array(["one", "zwölf"]))
    assert read_array(tmp_path, "", "a.npy").tolist() == ["one", "zwölf"]


@pytest.mark.parametrize("keep", [0, 100, -1])
def test_a_damaged_array_says_so(tmp_path, keep):
    (tmp_path / "set").mkdir()
    path = tmp_path / "set" / "a.npy"
    np.save(path, np.zeros(10))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match="is damaged"):
        read_array(tmp_path, "set", "a.npy")
