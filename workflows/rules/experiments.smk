# One rule per experiment: its notebook on its settings, as workflows/experiments.yaml says it.


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


for _name, _experiment in EXPERIMENTS.items():

    rule:
        name:
            _experiment.rule
        input:
            **inputs_of(_name, _experiment),
        output:
            **outputs_of(_name, _experiment),
        log:
            f"{LOGS}/{_name}.ipynb",
        priority: _experiment.resources.get("priority", 0)
        conda:
            "../../environment.yml"
        threads: _experiment.resources.get("threads", 1)
        resources:
            mem_mb=_experiment.resources["mem_mb"],
            runtime=_experiment.resources["runtime"],
        params:
            notebook=_experiment.notebook,
            settings=settings_of(_name, _experiment),
            profile=config["profile"],
            code=code(_experiment.notebook, "workflows/scripts/run_notebook.py"),
        script:
            "../scripts/run_notebook.py"

    # A rule in a loop has no words of its own.
    workflow.get_rule(_experiment.rule).docstring = _experiment.does


for _package in PACKAGES:

    rule:
        name:
            _package
        input:
            results_of(_package),

    workflow.get_rule(_package).docstring = f"Every experiment of {_package}."
