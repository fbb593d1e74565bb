"""The how-tos of CONTRIBUTING.md, followed to the letter in a copy of the repository."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from checkouts import ROOT, copy_repository, snakemake

from amcore.results import read_headline, read_metrics

SPIRAL = '''"""Points on a spiral."""

from pathlib import Path

import numpy as np
from jaxtyping import Float64

from amcore.data.dataset import Dataset
from amcore.data.formats.arrays import read_array, write_array
from amcore.data.transport.source import Source

SOURCE = Source(name="spirals", version="1", kind="generated", licence="MIT", citation="Generated here.")


def load_spirals(folder: Path | str) -> Float64[np.ndarray, "points 2"]:
    """Load the points, in order of time."""
    return read_array(Path(folder), DATASET.name, "spiral.npy")


def _prepare(target: Path, points: int = 64) -> None:
    time = np.linspace(0.0, 1.0, points)
    spiral = time[:, None] * np.stack([np.cos(9 * time), np.sin(9 * time)], axis=1)
    write_array(target / "spiral.npy", spiral.shape, spiral.dtype, [spiral])


DATASET = Dataset(
    name="spirals",
    summary="points on a spiral",
    sources=lambda **_: (SOURCE,),
    files=lambda **_: ("spiral.npy",),
    write=_prepare,
)
'''

NOTEBOOK = """# %% [markdown]
# # Bins on a spiral
#
# **Asked.** How near to a spiral does a memory of few bins come?

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/spiral"
counts = [2, 8]

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch

from amcore.data.sets.spirals import load_spirals
from amcore.plotting import use_style
from amcore.results import ResultsFolder, headlines
from chmnet import ContinuousHopfield, RectangularBasis

use_style()
results = ResultsFolder(output)
points = torch.tensor(load_spirals(data))

# %%
rows = []
for count in counts:
    memory = ContinuousHopfield.fit(points, RectangularBasis(count), beta=10.0)
    rows.append({"N": count, "value": float((memory.update(points) - points).norm(dim=1).mean())})
measured = results.metrics(pd.DataFrame(rows), variant="bins", dataset="spirals", metric="distance")
results.table(measured[["N", "value"]], "distances")
results.headline(*headlines(measured, "distance_{N}", "mean distance, N = {N}", value="value"))
figure, ax = plt.subplots()
ax.plot(*points.T)
results.figure(figure, "spiral")
"""

ENTRY = """
chmnet/spiral:
  does: How near to a spiral a memory of few bins comes.
  reads: {data: [spirals]}
  figures: {spiral: The spiral.}
  tables: {distances: Mean distance by number of bins.}
  resources: {mem_mb: 1000, runtime: 5}
  readme: [distance_8]
"""

SETTING = """      spiral:
        description: Bins on a spiral.
        type: object
        additionalProperties: false
        properties:
          counts:
            description: Numbers of bins.
            type: array
            default: [2, 8]
"""

BASIS = '''"""Cosines."""

import torch
from jaxtyping import Float
from torch import Tensor

from chmnet._validation import require_at_least
from chmnet.bases.basis import Basis

__all__ = ["CosineBasis"]


class CosineBasis(Basis):
    r"""Cosines over the support.

    .. math:: \\psi_n(t) = \\cos(\\pi n t)
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = require_at_least("count", count, 1)
        self.support = (0.0, 1.0)

    def evaluate(self, t: Float[Tensor, " T"]) -> Float[Tensor, "N T"]:
        """Return the design matrix."""
        orders = torch.arange(self.count, dtype=t.dtype, device=t.device)
        return torch.cos(torch.pi * orders[:, None] * t)
'''

BASIS_TEST = """import pytest
import torch
from chmnet import ContinuousHopfield, Trapezoid
from chmnet.bases import CosineBasis


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_energy_never_rises(dtype):
    frames = torch.randn(40, 5, generator=torch.Generator().manual_seed(0), dtype=dtype)
    memory = ContinuousHopfield.fit(frames, CosineBasis(9), beta=2.0, integration=Trapezoid(200))
    state = frames[:4] + 0.5
    energies = [memory.energy(state)]
    for _ in range(10):
        state = memory.update(state)
        energies.append(memory.energy(state))
    assert (torch.stack(energies).diff(dim=0) <= 1e-5).all()


def test_there_must_be_a_function():
    with pytest.raises(ValueError, match="count"):
        CosineBasis(0)
"""


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def own_packages(folder: Path) -> dict[str, str]:
    """An environment in which the copy's packages go before those that are installed."""
    paths = [str(path) for path in sorted((folder / "packages").glob("*/src"))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with a new data set and a new experiment that reads it."""
    folder = copy_repository(tmp_path_factory.mktemp("copy"))
    data = folder / "packages/core/src/amcore/data"
    (data / "sets/spirals.py").write_text(SPIRAL)
    replaced(data / "preparing.py", "openclipart, stamps,", "openclipart, spirals, stamps,")
    replaced(
        data / "preparing.py",
        "        stamps.DATASET,\n",
        "        spirals.DATASET,\n        stamps.DATASET,\n",
    )
    with (folder / "workflows/datasets.yaml").open("a") as file:
        file.write("spirals: [spiral.npy]\n")
    (folder / "workflows/notebooks/chmnet/spiral.py").write_text(NOTEBOOK)
    with (folder / "workflows/experiments.yaml").open("a") as file:
        file.write(ENTRY)
    replaced(folder / "config/schema.yaml", "      dynamics:\n", SETTING + "      dynamics:\n")
    replaced(folder / "config/smoke.yaml", "  dynamics:\n", "  spiral:\n    counts: [4]\n  dynamics:\n")
    return folder


def test_a_data_set_is_fetched_by_its_name(copy: Path):
    command = [sys.executable, "-m", "amcore.data", "fetch", "spirals"]
    done = subprocess.run(command, cwd=copy, env=own_packages(copy), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("spirals: 3 files")


def test_an_experiment_runs_on_it_and_is_in_list_and_book(copy: Path):
    smoke = ("--configfile", "config/smoke.yaml")
    target = "results/smoke/chmnet/spiral"
    done = snakemake(copy, *smoke, "--", f"{target}/metrics.csv", env=own_packages(copy))
    assert done.returncode == 0, done.stdout
    metrics = read_metrics(copy / target / "metrics.csv")
    assert metrics["N"].tolist() == [4]
    assert read_headline(copy / target / "headline.csv")["key"].tolist() == ["distance_4"]
    assert (copy / "data/profiles/smoke/spirals/spiral.npy").is_file()
    listed = snakemake(copy, *smoke, "--list-rules", env=own_packages(copy)).stdout
    assert "chmnet_spiral (How near to a spiral" in listed
    planned = snakemake(copy, *smoke, "--dry-run", "--quiet", "rules", "--", "chmnet", env=own_packages(copy))
    assert planned.returncode == 0, planned.stdout


def test_an_experiment_takes_some_eight_lines():
    assert len(ENTRY.strip().splitlines()) <= 8
    assert yaml.safe_load(ENTRY)["chmnet/spiral"]["readme"] == ["distance_8"]


def test_a_model_is_a_file_a_name_and_a_test(tmp_path: Path):
    folder = copy_repository(tmp_path)
    chmnet = folder / "packages/chmnet"
    (chmnet / "src/chmnet/bases/cosine.py").write_text(BASIS)
    replaced(
        chmnet / "src/chmnet/bases/__init__.py",
        "from chmnet.bases.gaussian",
        "from chmnet.bases.cosine import CosineBasis\nfrom chmnet.bases.gaussian",
    )
    replaced(chmnet / "src/chmnet/bases/__init__.py", '"Basis", ', '"Basis", "CosineBasis", ')
    (chmnet / "tests/bases/test_cosine.py").write_text(BASIS_TEST)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "packages/chmnet/tests/bases/test_cosine.py",
    ]
    done = subprocess.run(command, cwd=folder, env=own_packages(folder), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "packages/chmnet/src"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert linted.returncode == 0, linted.stdout


def test_every_file_that_the_how_tos_name_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"`((?:packages|workflows|config|book|tests)/[\w./-]+)`", text)
    assert len(named) > 5
    missing = [name for name in named if not (ROOT / name).exists()]
    assert missing == []
