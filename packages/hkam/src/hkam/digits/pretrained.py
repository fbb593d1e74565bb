"""Networks that come with the package: the digit classifier, and one edit of it for each task of the paper."""

from importlib.resources import as_file, files
from importlib.resources.abc import Traversable

from hkam.digits.finetuning import EditedClassifier
from hkam.digits.tasks import EDITING_TASKS, Task
from hkam.digits.weights import load_classifier, load_edited, read_card
from hkam.hopfield import HopfieldMemory

__all__ = ["pretrained_card", "pretrained_classifier", "pretrained_edit"]


def pretrained_classifier() -> HopfieldMemory:
    """Load the digit classifier that comes with the package.

    Returns:
        The classifier; `pretrained_card` tells about it.
    """
    with as_file(_packaged("classifier")) as path:
        return load_classifier(path)


def pretrained_edit(task: Task) -> EditedClassifier:
    """Load the classifier that comes with the package as oscillators have edited it for a task.

    Args:
        task: One of `hkam.digits.EDITING_TASKS`.

    Returns:
        The edited classifier; `pretrained_card` tells about it.

    Raises:
        ValueError: If there is no such task.
    """
    if task not in EDITING_TASKS:
        raise ValueError(f"task must be one of {', '.join(EDITING_TASKS)}, but is {task!r}")
    with as_file(_packaged(task)) as path:
        return load_edited(path, pretrained_classifier())


def pretrained_card(task: Task | None = None) -> str:
    """Return the card of a network that comes with the package: how it was made, and how good it is.

    Args:
        task: The task of an edit; without one, the card is the classifier's.

    Raises:
        ValueError: If there is no such task.
    """
    if task is not None and task not in EDITING_TASKS:
        raise ValueError(f"task must be one of {', '.join(EDITING_TASKS)}, but is {task!r}")
    with as_file(_packaged(task or "classifier")) as path:
        return read_card(path)


def _packaged(name: str) -> Traversable:
    return files("hkam.digits").joinpath("data", f"{name.replace(' ', '_')}.safetensors")
