# The checked configuration, and the names of sources, data and results; shared by the other files here.

import atexit
import sys
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflows"))

import sources
from configuration import checked, data_folder, own_videos, require_data_folder, require_paths
from experiments import read_datasets, read_experiments
from recovery import release_stale_lock, runs_jobs
from snakemake.exceptions import WorkflowError

_SCHEMA = Path(workflow.basedir) / "config" / "schema.yaml"

config = checked(config, _SCHEMA)

if workflow.is_main_process:
    require_paths(Path(workflow.basedir), Path.cwd(), sys.executable)
    require_data_folder(Path(config["data"]))
    if runs_jobs(sys.argv):
        release_stale_lock(Path(".snakemake"))

# Options by data set, for those that the configuration has a word on.
DATA_OPTIONS = config["data_options"]
# Profiles share their prepared data, unless one chooses other options: it keeps a folder of its own, so that
# neither overwrites what the other has prepared.
DATA = data_folder(config, _SCHEMA)
DATASETS = read_datasets(Path("workflows/datasets.yaml"), DATA_OPTIONS)
EXPERIMENTS = read_experiments(Path("workflows/experiments.yaml"))
PACKAGES = list(dict.fromkeys(experiment.package for experiment in EXPERIMENTS.values()))
RESULTS = f"results/{config['profile']}"
LOGS = f"logs/{config['profile']}"
FEATURES = f"{DATA}/features/{config['profile']}"
SUMMARY = f"{RESULTS}/summary.csv"
BOOK = f"build/{config['profile']}/html/index.html"

# Inputs and settings of the experiments for which the configuration's own section is not all; by name, each from the
# file of rules that knows them.
OWN_INPUTS = {}
OWN_SETTINGS = {}

_ROOTS = [*sorted(Path("packages").glob("*/src")), Path("workflows")]
_MEMORY = Path(".snakemake/sources")
_SETS = Path("packages/core/src/amcore/data/sets")

sources.remember(_MEMORY)
if workflow.is_main_process:
    atexit.register(sources.keep, _MEMORY)


@cache
def digest(*files, dataset=None):
    """The digest of the code that notebooks and scripts run; for one data set, without the preparation of others."""
    notebooks = [path for path in map(Path, files) if "notebooks" in path.parts]
    others = [_preparation(name) for name in DATASETS if dataset and name != dataset]
    try:
        found = sources.closure(map(Path, files), _ROOTS, without=others)
        if dataset:
            found |= sources.closure([_preparation(dataset)], _ROOTS)
    except SyntaxError as error:
        file = Path(error.filename).relative_to(Path.cwd())
        raise WorkflowError(f"{file}, line {error.lineno}, is no Python: {error.msg}") from error
    return sources.digest(found, Path("."), whole=notebooks)


def _preparation(dataset):
    """The module, or the package, that prepares a data set."""
    file = _SETS / f"{dataset}.py"
    return file if file.is_file() else _SETS / dataset / "__init__.py"


def code(*files, dataset=None):
    """That digest as a parameter, which Snakemake compares with the one of the last run."""
    return lambda wildcards: digest(*files, dataset=dataset)


def tracked(*paths):
    """Files of the repository itself: with a job on another machine they travel as sources, not through storage."""
    return [local(str(path)) for path in paths]


def prepared(name):
    """The files that a data set prepares with the profile's options, below the profile's data folder."""
    return [f"{DATA}/{path}" for path in DATASETS[name]]


def results_of(package):
    """Every file that the experiments of a package leave."""
    chosen = [experiment for experiment in EXPERIMENTS.values() if experiment.package == package]
    return [path for experiment in chosen for path in getattr(rules, experiment.rule).output]


def inputs_of(name, experiment):
    """The files that an experiment reads."""
    reads = experiment.reads
    found = {"data": [path for dataset in reads.get("data", []) for path in prepared(dataset)]}
    for kind in reads.get("features", []):
        found[kind] = [f"{FEATURES}/{video}/{kind}.npy" for video in VIDEOS[reads["videos"]]]
    found |= {parameter: f"{RESULTS}/{path}" for parameter, path in reads.get("results", {}).items()}
    return found | OWN_INPUTS.get(name, {})


def outputs_of(name, experiment):
    """The files of the results contract, the figures and tables marked for the report with their captions."""
    folder = f"{RESULTS}/{name}"

    def reported(kind, file, caption):
        labels = {kind: Path(file).stem, "caption": caption}
        return report(
            f"{folder}/{file}", category=experiment.package, subcategory=experiment.name, labels=labels
        )

    found = {
        "metrics": f"{folder}/metrics.csv",
        "headline": f"{folder}/headline.csv",
        "run": f"{folder}/run.json",
        "notebook": f"{folder}/notebook.ipynb",
    }
    for figure, caption in experiment.figures.items():
        found[f"{figure}_svg"] = reported("figure", f"{figure}.svg", caption)
        found[f"{figure}_png"] = f"{folder}/{figure}.png"
    for table, caption in experiment.tables.items():
        found[f"{table}_csv"] = reported("table", f"{table}.csv", caption)
        found[f"{table}_md"] = f"{folder}/{table}.md"
    if experiment.samples:
        count = range(settings_of(name, experiment)[experiment.samples])
        found["samples_md"] = f"{folder}/samples.md"
        found["pictures"] = [f"{folder}/samples_{index}.png" for index in count]
        found["sounds"] = [f"{folder}/samples_{index}.wav" for index in count]
    return found | {key: f"{folder}/{file}" for key, file in experiment.writes.items()}


def settings_of(name, experiment):
    """The notebook's parameters: the configuration's section, and where it finds what it reads."""
    reads = experiment.reads
    found = OWN_SETTINGS.get(name, config[experiment.package].get(experiment.name, {}))
    found = found | {parameter: f"{RESULTS}/{path}" for parameter, path in reads.get("results", {}).items()}
    if "videos" in reads:
        found |= {"features": FEATURES, "videos": list(VIDEOS[reads["videos"]])}
    if "frames" in reads:
        found["files"] = VIDEOS[reads["videos"]]
    return found
