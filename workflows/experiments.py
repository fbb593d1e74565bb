"""What is said once of every data set and every experiment, checked before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from configuration import read_yaml
from jsonschema import Draft202012Validator
from snakemake.exceptions import WorkflowError

_CAPTIONS = {"type": "object", "additionalProperties": {"type": "string", "pattern": r"^\S(.|\n)*\.$"}}
_NAMES = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
_PATHS = {"type": "object", "additionalProperties": {"type": "string"}}
_COUNT = {"type": "integer", "minimum": 0}
_SCHEMA = {
    "type": "object",
    "propertyNames": {"pattern": r"^[a-z]+/[a-z_]+$"},
    "additionalProperties": {
        "type": "object",
        "required": ["does", "resources"],
        "additionalProperties": False,
        "properties": {
            "does": {"type": "string", "pattern": r"\.$"},
            "reads": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "data": _NAMES,
                    "videos": {"enum": ["long", "single"]},
                    "features": {"type": "array", "items": {"enum": ["products", "embeddings"]}},
                    "frames": {"const": True},
                    "results": _PATHS,
                },
                "dependentRequired": {"features": ["videos"], "frames": ["videos"]},
            },
            "figures": _CAPTIONS,
            "tables": _CAPTIONS,
            "samples": {"type": "string"},
            "writes": _PATHS,
            "resources": {
                "type": "object",
                "additionalProperties": False,
                "required": ["mem_mb", "runtime"],
                "properties": {"threads": _COUNT, "mem_mb": _COUNT, "runtime": _COUNT, "priority": _COUNT},
            },
            "readme": _NAMES,
        },
    },
}
_RECORDS = ("recipe.json", "SHA256SUMS")
_HAS_NAMES = "{name}"


@dataclass(frozen=True)
class Experiment:
    """One experiment, as `experiments.yaml` says it.

    Attributes:
        package: Name of the package that it is about.
        name: Its own name.
        does: One sentence.
        resources: ``mem_mb`` and ``runtime``, ``threads`` and ``priority`` where they are not 1 and 0.
        reads: What it reads: ``data``, ``videos``, ``features``, ``frames``, ``results``.
        figures: Caption of each figure.
        tables: Caption of each table.
        samples: Name of the setting that says how many samples it shows and plays; empty where it has none.
        writes: Further files that it leaves, by name.
        readme: Keys of the headline numbers that the README shows.
    """

    package: str
    name: str
    does: str
    resources: Mapping[str, int]
    reads: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    samples: str = ""
    writes: Mapping[str, str] = field(default_factory=dict)
    readme: Sequence[str] = ()

    @property
    def rule(self) -> str:
        """Name of its rule."""
        return f"{self.package}_{self.name}"

    @property
    def notebook(self) -> str:
        """Path of its notebook in the repository."""
        return f"workflows/notebooks/{self.package}/{self.name}.py"

    @property
    def captions(self) -> Mapping[str, str]:
        """Caption of each figure and table; a figure goes before a table of its name."""
        return {**self.tables, **self.figures}


def read_experiments(path: Path) -> dict[str, Experiment]:
    """Read the experiments by ``<package>/<experiment>``, in their order.

    Raises:
        WorkflowError: If an entry lacks something, or has a key that none has.
    """
    said = read_yaml(path)
    errors = sorted(Draft202012Validator(_SCHEMA).iter_errors(said), key=lambda error: list(error.path))
    if errors:
        lines = [f"  - {'.'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]
        raise WorkflowError(f"{path.name} cannot be used:\n" + "\n".join(lines))
    return {key: Experiment(*key.split("/"), **entry) for key, entry in said.items()}


def read_datasets(path: Path, options: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Read the files that each data set prepares with its options, relative to the data folder.

    Args:
        path: The list, ``datasets.yaml``.
        options: Options by data set; their ``names`` say for which a file with ``{name}`` stands.

    Raises:
        WorkflowError: If the files of a data set depend on names that no option gives.
    """
    found = {}
    for name, files in read_yaml(path).items():
        names = options.get(name, {}).get("names")
        if names is None and any(_HAS_NAMES in file for file in files):
            raise WorkflowError(f"{path.name}: data_options must say the names of {name}, but do not.")
        each = [one for file in files for one in _each(file, names)]
        found[name] = [f"{name}/{file}" for file in (*each, *_RECORDS)]
    return found


def _each(file: str, names: Sequence[str] | None) -> list[str]:
    return [file.format(name=name) for name in names or ()] if _HAS_NAMES in file else [file]
