"""The cards of trained networks: Markdown that says what a network is, how it was made, and how good it is."""

from collections.abc import Mapping

import pandas as pd

from hkam.digits.finetuning import EditedClassifier
from hkam.digits.tasks import Task
from hkam.hopfield import HopfieldMemory

__all__ = ["classifier_card", "edit_card"]


def classifier_card(
    network: HopfieldMemory, accuracies: Mapping[str, float], *, hidden: int, updates: int, seed: int
) -> str:
    """Write the card of a classifier.

    Args:
        network: The classifier.
        accuracies: On MNIST, in percent, for ``train`` and ``test``.
        hidden: Units that are neither pixels nor classes.
        updates: Updates of the training.
        seed: Of all draws.
    """
    lines = [
        "# A Hopfield network that classifies digits",
        "",
        f"{network.size} ReLU units with symmetric synapses: pixels, {hidden} further units, one per class. Write an",
        "image with pixels in [0, 1] into the first units and read the last ten at t = 1.",
        f"Trained in {updates} updates, seed {seed}.",
        "",
        "| accuracy on MNIST, % | train | test |",
        "|---|---|---|",
        f"| here | {accuracies['train']:.2f} | {accuracies['test']:.2f} |",
    ]
    return "\n".join(lines)


def edit_card(
    network: EditedClassifier,
    task: Task,
    accuracies: pd.DataFrame,
    *,
    k: int,
    D: int,
    updates: int,
    batch: int,
    profile: str,
    seed: int,
) -> str:
    """Write the card of an edited classifier.

    Args:
        network: The edited classifier.
        task: Which of the four it was trained for.
        accuracies: As from `read_edit`, on ``train`` and ``test`` images.
        k: Neighbours of each oscillator.
        D: Degrees of freedom of an oscillator.
        updates: Updates of the training.
        batch: Images per update.
        profile: Of the workflow.
        seed: Of all draws.
    """
    of_all = accuracies.loc[accuracies["metric"] == "accuracy"]
    after: Mapping[tuple[str, str], float] = of_all.set_index(["variant", "split"])["value"].to_dict()
    lines = [
        f"# A digit classifier edited by oscillators: {task}",
        "",
        "The Hopfield network that classifies MNIST digits, its synapses unchanged, and oscillators that edit what it",
        f"says of 0 and 1 by {network.oscillator_weights} weights (k = {k}, D = {D}). Trained in {updates} updates of",
        f"{batch} images, profile {profile}, seed {seed}.",
        "",
        "| accuracy, % | train | test |",
        "|---|---|---|",
    ]
    lines += [
        f"| {solver} | {after[solver, 'train']:.2f} | {after[solver, 'test']:.2f} |"
        for solver in dict.fromkeys(of_all["variant"])
    ]
    return "\n".join(lines)
