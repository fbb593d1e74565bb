"""Keep trained networks as the ones that come with the package; called by the pretrained rule.

Each file's card gets a last line that says which profile, seed and commit made it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hkam.digits.weights import load_classifier, load_edited, read_card, save_classifier, save_edited


def main(classifier: Path, edits: Mapping[str, Path], folder: Path) -> None:
    """Write the classifier, and an edit of it for each task that there is one of, into a folder.

    Args:
        classifier: The classifier's weight file, with ``run.json`` beside it.
        edits: The edited network's file of each task, likewise.
        folder: Where the package looks for them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = load_classifier(classifier)
    save_classifier(folder / classifier.name, network, card=_signed(classifier))
    for task, path in edits.items():
        kept = folder / f"{task.replace(' ', '_')}.safetensors"
        save_edited(kept, load_edited(path, network), card=_signed(path))


def _signed(path: Path) -> str:
    run = json.loads((path.parent / "run.json").read_text(encoding="utf-8"))
    seeds = ", ".join(map(str, run["seeds"]))
    return (
        f"{read_card(path)}\n\nMade by the profile {run['profile']}, seed {seeds}, commit {run['commit']}.\n"
    )


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    main(
        Path(job.input.classifier),
        dict(zip(job.params.tasks, map(Path, job.input.edits), strict=True)),
        Path(job.params.folder),
    )
