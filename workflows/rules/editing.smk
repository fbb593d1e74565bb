# The edits of the digit classifier, and what is kept of them in the package.


rule hkam_edit:
    """One edit: oscillators trained to change what the classifier says of 0 and 1."""
    input:
        data=prepared("mnist"),
        classifier=_CLASSIFIER,
    output:
        metrics=f"{_EDIT}/metrics.csv",
        run=f"{_EDIT}/run.json",
        notebook=f"{_EDIT}/notebook.ipynb",
        history=f"{_EDIT}/history.csv",
        network=f"{_EDIT}/network.safetensors",
    log:
        f"{LOGS}/hkam/edits/{{edit}}.ipynb",
    priority: 1  # the longest jobs begin first, so that no core waits for the last of them
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=24 * 60,
    params:
        notebook=_NOTEBOOK,
        settings=edit_settings,
        profile=config["profile"],
        code=code(_NOTEBOOK, "workflows/scripts/run_notebook.py"),
    script:
        "../scripts/run_notebook.py"


rule pretrained:
    """Put the classifier and one edit per task into the package; run by hand, for its result is committed."""
    input:
        classifier=_CLASSIFIER,
        edits=[f"{RESULTS}/hkam/edits/{name}/network.safetensors" for name in KEPT.values()],
    log:
        f"{LOGS}/pretrained.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        tasks=list(KEPT),
        folder="packages/hkam/src/hkam/digits/data",
    script:
        "../scripts/keep_pretrained.py"


rule measured:
    """Put the accuracies of this profile's finished edits into the package; run by hand, for its result is committed."""
    log:
        f"{LOGS}/measured.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        labels={name: edit.label for name, edit in EDITS.items()},
        edits=f"{RESULTS}/hkam/edits",
        classifier=f"{RESULTS}/hkam/mnist/metrics.csv",
        kept="packages/hkam/src/hkam/digits/data/measured.csv",
    script:
        "../scripts/keep_measured.py"
