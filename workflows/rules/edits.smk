# The edits of the digit classifier that the configuration asks for, how each is made, and what is kept of them.

from itertools import product

# One edit of the classifier: every combination that a group of the configuration asks for.
EDITING = config["hkam"]["editing"]
EDITS = {}
for _group in EDITING["edits"]:
    for _task, _k, _D, _start, _seed in product(
        *(_group[name] for name in ("tasks", "k", "D", "starts", "seeds"))
    ):
        _start = _start if _task.startswith("associative") else "learned"
        _name = f"{_task.replace(' ', '_')}-k{_k}-D{_D}-{_start}-seed{_seed}"
        EDITS[_name] = {"task": _task, "k": _k, "D": _D, "start": _start, "seed": _seed}
        EDITS[_name] |= {name: _group[name] for name in ("updates", "start_rate") if name in _group}
# The first edit of each task that the configuration asks for is the one that is kept.
KEPT = {}
for _name, _edit in EDITS.items():
    KEPT.setdefault(_edit["task"], _name)

_EDIT = f"{RESULTS}/hkam/edits/{{edit}}"
_CLASSIFIER = f"{RESULTS}/hkam/mnist/classifier.safetensors"
# On which images the classifier was trained, and is edited, is said once.
_IMAGES = {name: config["hkam"]["mnist"][name] for name in ("pooling", "train_images", "test_images")}
_NOTEBOOK = "workflows/notebooks/hkam/edit.py"

OWN_INPUTS["hkam/editing"] = {
    "edits": expand(
        f"{_EDIT}/{{file}}",
        edit=EDITS,
        file=["metrics.csv", "run.json", "history.csv", "network.safetensors"],
    )
}
OWN_SETTINGS["hkam/editing"] = _IMAGES | {
    "evaluated_test_images": EDITING["evaluated_test_images"],
    "edits": f"{RESULTS}/hkam/edits",
    "names": list(EDITS),
    "profile": config["profile"],
}


def edit_settings(wildcards):
    """What the configuration says of one edit, and what makes the paper's tasks differ."""
    edit = EDITING["training"] | EDITS[wildcards.edit]
    associative = edit["task"].startswith("associative")
    edit["rotate"] = edit["rotate"] and not associative
    edit["learn_omega"] = edit["learn_omega"] and associative
    return (
        _IMAGES
        | edit
        | {
            "classifier": _CLASSIFIER,
            "checkpoints": f"{LOGS}/hkam/checkpoints",
            "profile": config["profile"],
            "watch_images": EDITING["watch_images"],
            "evaluated_train_images": EDITING["evaluated_train_images"],
            "evaluated_test_images": EDITING["evaluated_test_images"],
        }
    )


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
        names=list(EDITS),
        edits=f"{RESULTS}/hkam/edits",
        classifier=f"{RESULTS}/hkam/mnist/metrics.csv",
        kept="packages/hkam/src/hkam/digits/data/measured.csv",
    script:
        "../scripts/keep_measured.py"
