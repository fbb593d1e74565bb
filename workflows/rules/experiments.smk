# One rule per experiment: its notebook on its settings, as workflows/experiments.yaml says it.

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
