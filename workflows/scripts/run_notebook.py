"""Run one experiment's notebook on its parameters; called by the experiment rules.

jupytext turns the text notebook into cells, papermill runs them with the parameters put in, and
``run.json`` says afterwards where the results come from.
"""

import os
import resource
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jupytext
import papermill
from filelock import FileLock
from papermill.exceptions import PapermillExecutionError

from amcore.results import Provenance

_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
_VERSIONS = ("amcore", "chmnet", "cmhn", "hkam", "numpy", "pandas", "scipy", "torch", "jax", "diffrax")


def run_notebook(
    source: Path, folder: Path, log: Path, parameters: Mapping[str, Any], *, profile: str, threads: int
) -> None:
    """Execute a notebook; it stays under ``log`` whatever happens, and goes to ``folder`` when it is whole.

    Args:
        source: Text notebook in the percent format, with a cell tagged ``parameters``.
        folder: The experiment's results folder.
        log: Where the notebook is written while it runs.
        parameters: Values for the parameters cell; each must be named there.
        profile: Name of the configuration profile.
        threads: Threads that the notebook may use.

    Raises:
        ValueError: If a parameter is not named in the notebook's parameters cell.
        PapermillExecutionError: If a cell fails.
    """
    notebook = jupytext.read(source)
    notebook.metadata["kernelspec"] = _KERNEL
    _cap_threads(threads)
    log.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    # A notebook whose run was killed from above may still be going: two must not write to one folder.
    with FileLock(log.with_suffix(".lock")):
        jupytext.write(notebook, log)
        _require_known(parameters, log, source)
        started, clock = datetime.now(UTC), time.monotonic()
        papermill.execute_notebook(log, log, parameters=dict(parameters), progress_bar=False)
        wall_seconds = time.monotonic() - clock
        Provenance(
            profile=profile,
            configuration=dict(parameters),
            seeds=_seeds(parameters),
            started=started.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            wall_seconds=round(wall_seconds, 2),
            peak_memory_mib=round(_peak_memory_mib(), 1),
            threads=threads,
        ).write(folder, packages=_VERSIONS, project=Path.cwd())
        (folder / "notebook.ipynb").write_bytes(log.read_bytes())


def _require_known(parameters: Mapping[str, Any], notebook: Path, source: Path) -> None:
    known = set(papermill.inspect_notebook(notebook))
    unknown = sorted(set(parameters) - known)
    if unknown:
        raise ValueError(f"{source}: the parameters cell must name {unknown}, but names {sorted(known)}")


def _cap_threads(threads: int) -> None:
    for library in ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB_MAXIMUM"):
        os.environ[f"{library}_NUM_THREADS"] = str(threads)
    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"


def _seeds(parameters: Mapping[str, Any]) -> list[int]:
    seeds = parameters.get("seeds", parameters.get("seed", []))
    return [seeds] if isinstance(seeds, int) else list(seeds)


def _peak_memory_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main(job: Any) -> None:
    """Run the rule's notebook, or end with a sentence that says where its failed cell is kept."""
    log, folder = Path(job.log[0]), Path(job.output.metrics).parent
    # Every prepared file lies at <data folder>/<data set>/<file>; an experiment need not read any.
    data = {"data": str(Path(job.input.data[0]).parents[1])} if job.input.data else {}
    # A notebook that keeps checkpoints wants to know whether they are of the code that runs now.
    code = {"code": job.params.code} if "checkpoints" in job.params.settings else {}
    parameters = {**job.params.settings, **data, **code, "output": str(folder)}
    try:
        run_notebook(
            Path(job.params.notebook),
            folder,
            log,
            parameters,
            profile=job.params.profile,
            threads=job.threads,
        )
    except PapermillExecutionError as error:
        reason = f"{job.params.notebook} failed with {error.ename}: {error.evalue}"
        sys.exit(f"error: {reason}\nThe notebook up to the failed cell is kept at {log}.")


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    main(job)
