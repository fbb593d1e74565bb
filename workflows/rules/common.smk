# The checked configuration, and the names of sources, data and results; shared by the other files here.

import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflows"))

from amcore import data as amcore_data
from configuration import checked, data_folder, own_videos, require_data_folder, require_paths
from recovery import release_stale_lock, runs_jobs

config = checked(config, Path(workflow.basedir) / "config" / "schema.yaml")

if workflow.is_main_process:
    require_paths(Path(workflow.basedir), Path.cwd(), sys.executable)
    require_data_folder(Path(config["data"]))
    if runs_jobs(sys.argv):
        release_stale_lock(Path(".snakemake"))

# Options by data set, for those that the configuration has a word on.
DATA_OPTIONS = config["data_options"]
# Profiles share their prepared data, unless one chooses other options: it keeps a folder of its own, so that
# neither overwrites what the other has prepared.
DATA = data_folder(config, amcore_data.DATASETS)
RESULTS = f"results/{config['profile']}"
LOGS = f"logs/{config['profile']}"
SUMMARY = f"{RESULTS}/summary.csv"

# The outputs of every experiment: each file of rules adds its own, the summary and the book read all.
EXPERIMENTS = []


def tracked(*paths):
    """Files of the repository itself: with a job on another machine they travel as sources, not through storage."""
    return [local(str(path)) for path in paths]


def sources(package, *, under=""):
    """The Python files of a package: inputs of every rule that runs them."""
    folder = {"amcore": "core"}.get(package, package)
    return tracked(*sorted(Path(f"packages/{folder}/src/{package}/{under}").rglob("*.py")))


def prepared(name):
    """The files that a data set prepares with the profile's options, below the profile's data folder."""
    return [f"{DATA}/{path}" for path in amcore_data.outputs(name, **DATA_OPTIONS.get(name, {}))]


def preparation(name):
    """The code that prepares a data set: the data layer without the modules of the other sets."""
    others = set(amcore_data.DATASETS) - {name}
    return [path for path in sources("amcore", under="data") if Path(path).stem not in others]


def experiment_inputs(package, experiment, *data):
    """An experiment's notebook, the code it runs, and the data sets it reads."""
    return {
        "notebook": tracked(f"workflows/notebooks/{package}/{experiment}.py"),
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


def experiment_samples(package, experiment, count):
    """Pictures and sounds of an experiment's samples, and the page's part that shows and plays them."""
    folder = f"{RESULTS}/{package}/{experiment}"
    return {
        "samples_md": f"{folder}/samples.md",
        "pictures": [f"{folder}/samples_{index}.png" for index in range(count)],
        "sounds": [f"{folder}/samples_{index}.wav" for index in range(count)],
    }
