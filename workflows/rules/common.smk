# What every rule file shares: the checked configuration, and the names of sources and results.

import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflows"))

from configuration import checked
from recovery import release_stale_lock

config = checked(config, Path(workflow.basedir) / "config" / "schema.yaml")

if workflow.is_main_process:
    release_stale_lock(Path(".snakemake"))

RESULTS = f"results/{config['profile']}"
LOGS = f"logs/{config['profile']}"
SUMMARY = f"{RESULTS}/summary.csv"


def sources(package, *, under=""):
    """The Python files of a package: inputs of every rule that runs them."""
    folder = {"amcore": "core"}.get(package, package)
    return sorted(str(path) for path in Path(f"packages/{folder}/src/{package}/{under}").rglob("*.py"))


def experiment_inputs(package, experiment, *data):
    """An experiment's notebook, the code it runs, and the data sets it reads."""
    return {
        "notebook": f"workflows/notebooks/{package}/{experiment}.py",
        "sources": sources("amcore") + (sources(package) if package != "core" else []),
        "data": [path for name in data for path in prepared(name)],
    }


def experiment_outputs(package, experiment, *, figures=(), tables=()):
    """The files of the results contract, the figures and tables marked for the report."""
    folder = f"{RESULTS}/{package}/{experiment}"
    named = {
        "metrics": f"{folder}/metrics.csv",
        "headline": f"{folder}/headline.csv",
        "run": f"{folder}/run.json",
        "notebook": f"{folder}/notebook.ipynb",
    }
    for name in figures:
        caption = f"../report/{package}-{experiment}-{name}.rst"
        named[f"{name}_svg"] = report(
            f"{folder}/{name}.svg", caption=caption, category=package, subcategory=experiment, labels={"figure": name}
        )
        named[f"{name}_png"] = f"{folder}/{name}.png"
    for name in tables:
        caption = f"../report/{package}-{experiment}-{name}.rst"
        named[f"{name}_csv"] = report(
            f"{folder}/{name}.csv", caption=caption, category=package, subcategory=experiment, labels={"table": name}
        )
        named[f"{name}_md"] = f"{folder}/{name}.md"
    return named
