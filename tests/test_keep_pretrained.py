import json
import sys
from pathlib import Path

import jax
import numpy as np
from checkouts import ROOT

sys.path.insert(0, str(ROOT / "workflows/scripts"))

from keep_pretrained import main

import hkam
from hkam import digits
from hkam.digits.classifier import classifier_memory
from hkam.digits.finetuning import EditedClassifier
from hkam.digits.starts import LearnedStart
from hkam.digits.weights import load_classifier, load_edited, read_card, save_classifier, save_edited


def trained(folder: Path) -> tuple[Path, dict[str, Path]]:
    """A classifier and an edit a task, as the rules leave them."""
    network = classifier_memory(4, hidden=3, classes=2, key=jax.random.key(0))
    start = LearnedStart(jax.numpy.ones((9, 3)))
    edited = EditedClassifier.around(network, hkam.watts_strogatz_graph(9, 4, seed=0), start)
    run = json.dumps({"profile": "own", "seeds": [3], "commit": "abc"})
    classifier = folder / "mnist" / "classifier.safetensors"
    edits = {task: folder / task / "network.safetensors" for task in digits.EDITING_TASKS}
    for path in (classifier, *edits.values()):
        path.parent.mkdir()
        (path.parent / "run.json").write_text(run)
    save_classifier(classifier, network, card="# Digits")
    for task, path in edits.items():
        save_edited(path, edited, card=f"# {task}")
    return classifier, edits


def test_what_is_kept_says_who_made_it(tmp_path: Path):
    classifier, edits = trained(tmp_path)
    kept = tmp_path / "kept"
    main(classifier, edits, kept)
    network = load_classifier(kept / "classifier.safetensors")
    assert np.allclose(network.synapses.weight, load_classifier(classifier).synapses.weight)
    assert load_edited(kept / "associative_swap.safetensors", network).interaction.graph.edge_count == 18
    assert read_card(kept / "swap.safetensors").split("\n\n") == [
        "# swap",
        "Made by the profile own, seed 3, commit abc.\n",
    ]
    assert len(list(kept.iterdir())) == 5
