# The edits of the digit classifier that the configuration asks for, how each is made, and what is kept of them.

from edits import kept_edits, named_edits

EDITING = config["hkam"]["editing"]
EDITS = named_edits(EDITING["edits"])
KEPT = kept_edits(EDITS, EDITING["kept"])

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
    edit = EDITING["training"] | EDITS[wildcards.edit].settings
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
