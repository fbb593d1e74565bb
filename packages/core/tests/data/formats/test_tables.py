import pandas as pd
import pytest

from amcore.data.errors import DataError
from amcore.data.formats.tables import read_table, write_table


def test_words_stay_words(tmp_path):
    table = pd.DataFrame({"word": ["NA", "null", "", "a, b", 'the "x"', "ё"], "number": [1, 2, 3, 4, 5, 6]})
    (tmp_path / "toy").mkdir()
    write_table(tmp_path / "toy" / "t.csv", table)
    pd.testing.assert_frame_equal(read_table(tmp_path, "toy", "t.csv"), table)


def test_the_same_table_gives_the_same_bytes(tmp_path):
    table = pd.DataFrame({"a": [1.5, 2.0]})
    for name in ("one", "two"):
        write_table(tmp_path / name, table)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() == b"a\n1.5\n2.0\n"


def test_a_missing_table_says_how_to_make_it(tmp_path):
    with pytest.raises(
        DataError, match=r"t\.csv is missing; prepare it with `python -m amcore.data fetch toy"
    ):
        read_table(tmp_path, "toy", "t.csv")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n1,2,3\n",
        b"a,b\n1,2,3\n1,2,3\n",
        b"a\n\xff\xfe",
        b"a,b,a\n1,2,3\n",
        b",".join(b"%d" % place for place in range(200_000)),
        b"a\n" + b"1," * 200_000,
        b'"' + b"a" * 500_000,
        b'a\n"1',
    ],
)
def test_a_damaged_table_is_one_error(tmp_path, content):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match="is damaged"):
        read_table(tmp_path, "toy", "t.csv")
