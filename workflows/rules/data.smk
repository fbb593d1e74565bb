# One rule per data set: fetch it from its registry, check it, prepare its arrays.

for _name in DATASETS:

    rule:
        name:
            f"data_{_name}"
        output:
            prepared(_name),
        log:
            f"{LOGS}/data/{_name}.log",
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=2000,
            runtime=20,
        params:
            name=_name,
            options=DATA_OPTIONS.get(_name, {}),
            code=code("workflows/scripts/fetch_data.py", dataset=_name),
        script:
            "../scripts/fetch_data.py"
