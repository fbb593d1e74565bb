# One rule per data set: fetch it from its registry, check it, prepare its arrays.

for _name in DATASETS:

    rule:
        name:
            f"data_{_name}"
        output:
            prepared(_name),
        log:
            f"{LOGS}/data/{_name}.log",
        params:
            name=_name,
            options=DATA_OPTIONS.get(_name, {}),
            code=code("workflows/scripts/fetch_data.py", dataset=_name),
        threads: 1
        resources:
            mem_mb=2000,
            runtime=20,
        conda:
            "../../environment.yml"
        script:
            "../scripts/fetch_data.py"
