import sys
from pathlib import Path

import pytest
from checkouts import ROOT

sys.path.insert(0, str(ROOT / "workflows/scripts"))

from run_notebook import run_notebook


def notebook(folder: Path, body: str) -> Path:
    path = folder / "experiment.py"
    path.write_text(f'# %% tags=["parameters"]\noutput = "out"\ncount = 1\n\n# %%\n{body}\n')
    return path


def run(tmp_path: Path, body: str, **parameters) -> Path:
    folder = tmp_path / "results"
    given = {"output": str(folder), **parameters}
    run_notebook(notebook(tmp_path, body), folder, tmp_path / "log.ipynb", given, profile="own", threads=1)
    return folder


def test_parameters_reach_the_notebook_and_threads_are_capped(tmp_path: Path):
    body = (
        "import os, pathlib\n"
        "pathlib.Path(output, 'said').write_text(f\"{count} {os.environ['OMP_NUM_THREADS']}\")"
    )
    folder = run(tmp_path, body, count=7)
    assert (folder / "said").read_text() == "7 1"
    assert (folder / "run.json").is_file()
    assert (folder / "notebook.ipynb").read_bytes() == (tmp_path / "log.ipynb").read_bytes()


def test_a_parameter_that_the_notebook_does_not_name_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match=r"experiment\.py: the parameters cell must name \['cuont'\]"):
        run(tmp_path, "pass", cuont=7)


def test_a_failed_notebook_is_kept_and_leaves_no_provenance(tmp_path: Path):
    from papermill.exceptions import PapermillExecutionError

    with pytest.raises(PapermillExecutionError, match="on purpose"):
        run(tmp_path, "raise RuntimeError('on purpose')")
    assert "on purpose" in (tmp_path / "log.ipynb").read_text()
    assert not (tmp_path / "results/run.json").exists()
