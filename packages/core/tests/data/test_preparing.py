import errno
import os
from pathlib import Path

import pytest

from amcore.data import preparing
from amcore.data.dataset import Dataset
from amcore.data.errors import DataError
from amcore.data.preparing import DATASETS, get, outputs, prepare, sources, verify


@pytest.fixture
def toy(monkeypatch):
    """A data set of two files in the registry; `toy.calls` counts how often it is written."""

    class Toy:
        calls = 0
        failure = None

    def write(target, text="x"):
        Toy.calls += 1
        (target / "a").write_text(text)
        if Toy.failure:
            raise Toy.failure
        (target / "b").write_text(text * 2)

    dataset = Dataset("toy", "a toy", sources=lambda **_: (), files=lambda **_: ("a", "b"), write=write)
    monkeypatch.setattr(preparing, "DATASETS", dict(DATASETS) | {"toy": dataset})
    return Toy


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("toy")
def test_the_files_are_those_that_outputs_lists(tmp_path):
    paths = prepare("toy", tmp_path)
    assert outputs("toy") == ["toy/a", "toy/b", "toy/recipe.json", "toy/SHA256SUMS"]
    assert paths == [tmp_path / name for name in outputs("toy")]
    assert sorted(contents(tmp_path)) == sorted(outputs("toy"))


@pytest.mark.parametrize("name", list(DATASETS))
def test_outputs_are_known_without_fetching(name, tmp_path):
    assert all(path.startswith(f"{name}/") for path in outputs(name))
    assert list(tmp_path.iterdir()) == []


def test_the_same_options_give_the_same_bytes(tmp_path, toy):
    prepare("toy", tmp_path / "one")
    prepare("toy", tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert toy.calls == 2


def test_what_is_prepared_is_left_alone(tmp_path, toy):
    assert prepare("toy", tmp_path) == prepare("toy", tmp_path)
    assert toy.calls == 1


def test_other_options_make_it_anew(tmp_path, toy):
    prepare("toy", tmp_path)
    prepare("toy", tmp_path, text="y")
    assert contents(tmp_path)["toy/b"] == b"yy"
    assert verify("toy", tmp_path) == []
    assert toy.calls == 2


@pytest.mark.parametrize("name", ["a", "recipe.json", "SHA256SUMS"])
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"\xff")])
def test_what_is_damaged_is_made_anew(tmp_path, toy, name, damage):
    prepare("toy", tmp_path)
    before = contents(tmp_path)
    damage(tmp_path / "toy" / name)
    prepare("toy", tmp_path)
    assert contents(tmp_path) == before
    assert toy.calls == 2


def test_verify_names_what_changed(tmp_path, toy):
    prepare("toy", tmp_path)
    assert verify("toy", tmp_path) == []
    (tmp_path / "toy" / "b").write_text("other")
    assert verify("toy", tmp_path) == ["b"]


@pytest.mark.usefixtures("toy")
def test_verify_of_nothing_is_an_error(tmp_path):
    with pytest.raises(DataError, match="SHA256SUMS is missing"):
        verify("toy", tmp_path)


def test_a_failure_leaves_nothing_and_the_next_run_is_clean(tmp_path, toy):
    toy.failure = ValueError("mine")
    with pytest.raises(ValueError, match="mine"):
        prepare("toy", tmp_path)
    assert list(tmp_path.iterdir()) == []
    toy.failure = None
    prepare("toy", tmp_path)
    assert verify("toy", tmp_path) == []


def test_a_failure_leaves_what_was_there(tmp_path, toy):
    prepare("toy", tmp_path)
    before = contents(tmp_path)
    toy.failure = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(DataError, match=r"toy: the disk .* is full .* another data folder"):
        prepare("toy", tmp_path, text="y")
    assert contents(tmp_path) == before


def test_a_run_killed_between_two_files_is_repeated(tmp_path, toy, monkeypatch):
    class Killed(BaseException):
        pass

    rename = Path.replace

    def replace(self, target):
        if self.name == "b":
            raise Killed
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", replace)
        with pytest.raises(Killed):
            prepare("toy", tmp_path)
    assert sorted(contents(tmp_path)) == ["toy/a"]
    prepare("toy", tmp_path)
    assert verify("toy", tmp_path) == []
    assert toy.calls == 2


@pytest.mark.parametrize("place", ["data", "data/toy"])
def test_a_file_in_the_place_of_a_folder_is_one_error(tmp_path, toy, place):
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("in the way")
    with pytest.raises(DataError, match=r"toy: .*cannot be written.*another data folder"):
        prepare("toy", tmp_path / "data")
    assert path.read_text() == "in the way"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.usefixtures("toy")
def test_a_folder_without_permission_is_one_error(tmp_path):
    (tmp_path / "data").mkdir(mode=0o500)
    with pytest.raises(DataError, match="cannot be written"):
        prepare("toy", tmp_path / "data")


@pytest.mark.parametrize(
    "ask", [get, outputs, lambda name: prepare(name, "never"), lambda name: verify(name, "never")]
)
def test_a_misspelt_name_gets_the_nearest(ask):
    with pytest.raises(
        ValueError, match=r"name must be one of mnist, .* but is 'mnits'; did you mean 'mnist'"
    ):
        ask("mnits")


def test_a_name_like_no_other_gets_no_suggestion():
    with pytest.raises(ValueError, match=r"curves, but is 'zzzzzz'$"):
        get("zzzzzz")


def test_an_unknown_option_is_refused():
    with pytest.raises(ValueError, match="option of curves must be one of: points, seed, but is 'sede'"):
        outputs("curves", sede=1)


def test_the_registry_lists_every_kind_of_source_it_needs():
    assert {source.kind for source in sources()} >= {"npm", "pypi", "debian", "generated"}
