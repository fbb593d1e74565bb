# One rule a data set: fetch it from its registry, check it, prepare its arrays.

from amcore import data as amcore_data


def prepared(name):
    """The files that a data set prepares, below the configured data folder."""
    return [f"{config['data']}/{path}" for path in amcore_data.outputs(name)]


def preparation(name):
    """The code that prepares a data set: the data layer without the modules of the other sets."""
    others = set(amcore_data.DATASETS) - {name}
    return [path for path in sources("amcore", under="data") if Path(path).stem not in others]


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
            folder=config["data"],
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
        **experiment_inputs("core", "data", "mnist", "clips", "curves"),
    output:
        **experiment_outputs("core", "data", figures=["mnist", "clips", "curves"], tables=["sources"]),
    log:
        f"{LOGS}/core/data.ipynb",
    params:
        settings={},
        data=config["data"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"
