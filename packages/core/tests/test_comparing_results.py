import numpy as np
import pandas as pd
import pytest

from amcore.results import ResultsFolder, compare_results
from amcore.results.__main__ import main


def made(folder, values, *, variant="memory", package="chmnet"):
    table = pd.DataFrame({"metric": "cosine", "size": range(len(values)), "value": values})
    ResultsFolder(folder / package / "frames").metrics(table, variant=variant, dataset="clips")
    return folder


@pytest.fixture
def ours(tmp_path):
    return made(tmp_path / "ours", [0.5, 0.25])


def test_equal_results_have_no_difference(ours, tmp_path):
    assert compare_results(ours, made(tmp_path / "theirs", [0.5, 0.25])).empty


def test_a_difference_is_named_with_both_numbers(ours, tmp_path):
    (row,) = compare_results(ours, made(tmp_path / "theirs", [0.5, 0.375])).to_dict("records")
    assert row["file"] == "chmnet/frames/metrics.csv"
    assert row["measurement"] == "memory, clips, all, 0, cosine, size=1"
    assert (row["ours"], row["theirs"], row["difference"]) == (0.25, 0.375, -0.125)


@pytest.mark.parametrize(
    ("tolerances", "found"), [({"atol": 0.13}, 0), ({"rtol": 0.3}, 1), ({"rtol": 0.34}, 0)]
)
def test_tolerances_are_of_the_second_folder(ours, tmp_path, tolerances, found):
    theirs = made(tmp_path / "theirs", [0.5, 0.375])
    assert len(compare_results(ours, theirs, **tolerances)) == found


def test_what_one_side_lacks_is_a_difference(ours, tmp_path):
    theirs = made(tmp_path / "theirs", [0.5])
    made(theirs, [1.0], package="hkam")
    found = compare_results(ours, theirs, atol=10.0)
    assert list(found["file"]) == ["chmnet/frames/metrics.csv", "hkam/frames/metrics.csv"]
    assert np.isnan(found["theirs"].iloc[0])
    assert np.isnan(found["ours"].iloc[1])


def test_folders_without_results_are_refused(ours, tmp_path):
    with pytest.raises(ValueError, match="holds no metrics"):
        compare_results(ours, tmp_path / "nothing")
    with pytest.raises(ValueError, match="rtol and atol must be at least 0"):
        compare_results(ours, ours, rtol=-1.0)


def test_the_command_prints_what_differs(ours, tmp_path, capsys):
    theirs = made(tmp_path / "theirs", [0.5, 0.375])
    assert main(["compare", str(ours), str(ours)]) == 0
    assert main(["compare", str(ours), str(theirs), "--rtol", "0.5"]) == 0
    assert "All numbers are equal" in capsys.readouterr().out
    assert main(["compare", str(ours), str(theirs)]) == 1
    assert "size=1" in capsys.readouterr().out
    assert main(["compare", str(ours), str(tmp_path / "nothing")]) == 2
    assert capsys.readouterr().err.startswith("error: ")
