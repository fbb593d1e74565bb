# One rule a data set: fetch it from its registry, check it, prepare its arrays.

for _name in sorted(amcore_data.DATASETS):

    rule:
        name:
            f"data_{_name}"
        input:
            sources=preparation(_name),
        output:
            prepared(_name),
        log:
            f"{LOGS}/data/{_name}.log",
        params:
            name=_name,
            options=DATA_OPTIONS.get(_name, {}),
        threads: 1
        resources:
            mem_mb=2000,
            runtime=20,
        conda:
            "../../environment.yml"
        script:
            "../scripts/fetch_data.py"


rule core_data:
    """What every data set looks like, and where it comes from."""
    input:
        **experiment_inputs("core", "data", "mnist", "clips", "walks", "games", "curves"),
    output:
        **experiment_outputs(
            "core", "data", figures=["mnist", "clips", "walks", "games", "curves"], tables=["sources"]
        ),
    log:
        f"{LOGS}/core/data.ipynb",
    params:
        settings={},
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule core_avsynth:
    """Scenes of the generator, to be seen, read and heard."""
    input:
        **experiment_inputs("core", "avsynth", "avsynth"),
    output:
        **experiment_outputs("core", "avsynth", figures=["factors"], tables=["meanings"]),
        **experiment_samples("core", "avsynth", 12),
    log:
        f"{LOGS}/core/avsynth.ipynb",
    params:
        settings={"samples": 12},
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


EXPERIMENTS += [rules.core_data.output, rules.core_avsynth.output]
