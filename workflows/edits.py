"""The edits of the digit classifier that the configuration asks for, by name, and those that the package keeps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from snakemake.exceptions import WorkflowError

# What tells edits apart, and the list of a group that has it.
_FACTORS = {
    "task": "tasks",
    "k": "k",
    "D": "D",
    "start": "starts",
    "coupling": "couplings",
    "first_weights": "first_weights",
    "seed": "seeds",
}
_TRAINING = ("updates", "halve_every", "start_rate", "steps")


@dataclass(frozen=True)
class Edit:
    """One edit.

    Attributes:
        settings: What its notebook is given beyond what all edits are.
        label: Of its group; empty where the group has none.
    """

    settings: Mapping[str, Any]
    label: str


def named_edits(groups: Iterable[Mapping[str, Any]]) -> dict[str, Edit]:
    """Make every combination of each group's lists an edit.

    Args:
        groups: As the configuration has them.

    Returns:
        Edits by the names of their results.

    Raises:
        WorkflowError: If two edits that differ would have one name.
    """
    edits: dict[str, Edit] = {}
    for group in groups:
        label = group.get("label", "")
        training = {name: group[name] for name in _TRAINING if name in group}
        for values in product(*(group[name] for name in _FACTORS.values())):
            factors = dict(zip(_FACTORS, values, strict=True))
            # In the tasks without a cue every start is learned; only `aligned` begins it elsewhere than at random.
            if not factors["task"].startswith("associative") and factors["start"] != "aligned":
                factors["start"] = "learned"
            name, edit = _name(factors, label), Edit(factors | training, label)
            if edits.setdefault(name, edit) != edit:
                raise WorkflowError(
                    f"hkam.editing.edits asks for two edits of the name {name}, trained in different ways: "
                    "give one of their groups a label"
                )
    return edits


def kept_edits(edits: Mapping[str, Edit], chosen: Sequence[str]) -> dict[str, str]:
    """Choose which edit of each task goes into the package: the one that is named, or the first.

    Args:
        edits: As from `named_edits`.
        chosen: Names of edits.

    Raises:
        WorkflowError: If there is no edit of such a name.
    """
    unknown = sorted(set(chosen) - set(edits))
    if unknown:
        raise WorkflowError(f"hkam.editing.kept must be names of edits that are asked for, but has {unknown}")
    kept = {edits[name].settings["task"]: name for name in chosen}
    for name, edit in edits.items():
        kept.setdefault(edit.settings["task"], name)
    return kept


def _name(factors: Mapping[str, Any], label: str) -> str:
    unusual = [factors["coupling"]] if factors["coupling"] != "all pairs" else []
    unusual += [f"{factors['first_weights']} weights"] if factors["first_weights"] != "zero" else []
    unusual += [label] if label else []
    size = (f"k{factors['k']}", f"D{factors['D']}")
    parts = [factors["task"], *size, factors["start"], *unusual, f"seed{factors['seed']}"]
    return "-".join(parts).replace(" ", "_")
