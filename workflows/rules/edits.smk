# The edits of the digit classifier that the configuration asks for, how each is made, and what is kept of them.

from itertools import product

# One edit of the classifier: every combination that a group of the configuration asks for.
EDITING = config["hkam"]["editing"]
EDITS = {}
LABELS = {}
_LISTS = {
    "task": "tasks",
    "k": "k",
    "D": "D",
    "start": "starts",
    "coupling": "couplings",
    "first_weights": "first_weights",
    "seed": "seeds",
}
_TRAINING = ("updates", "halve_every", "start_rate", "steps")
for _group in EDITING["edits"]:
    for _values in product(*(_group[name] for name in _LISTS.values())):
        _edit = dict(zip(_LISTS, _values, strict=True))
        # In the tasks without a cue every start is learned; only `aligned` begins it elsewhere than at random.
        if not _edit["task"].startswith("associative") and _edit["start"] != "aligned":
            _edit["start"] = "learned"
        _own = [_edit["coupling"]] if _edit["coupling"] != "all pairs" else []
        _own += [f"{_edit['first_weights']} weights"] if _edit["first_weights"] != "zero" else []
        _own += [_group["label"]] if "label" in _group else []
        _parts = [
            _edit["task"],
            f"k{_edit['k']}",
            f"D{_edit['D']}",
            _edit["start"],
            *_own,
            f"seed{_edit['seed']}",
        ]
        _name = "-".join(_parts).replace(" ", "_")
        EDITS[_name] = _edit | {name: _group[name] for name in _TRAINING if name in _group}
        LABELS[_name] = _group.get("label", "")
# The first edit of each task that the configuration asks for is the one that is kept, unless it names another.
KEPT = {EDITS[_name]["task"]: _name for _name in EDITING["kept"]}
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
