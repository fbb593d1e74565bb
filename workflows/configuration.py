"""The configuration, checked before anything runs, with its defaults filled in."""

import copy
import difflib
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from snakemake.exceptions import WorkflowError

_SPECIAL = re.compile(r"""[\s"'`$&()*;<>?\[\]{}|\\]""")
"""What ends a word in a shell, or means something else there."""
_BRACE = re.compile(r"[{}]")


def checked(config: Mapping[str, Any], schema_path: Path) -> dict[str, Any]:
    """Hold a configuration against its schema and fill in what it leaves out.

    Args:
        config: The configuration as read.
        schema_path: A JSON schema in YAML; its ``default`` entries are the defaults.

    Returns:
        A copy with every setting present.

    Raises:
        WorkflowError: If a key is unknown (the nearest right one is named) or a value is not allowed.
    """
    schema = read_yaml(schema_path)
    complete = _with_defaults(copy.deepcopy(dict(config)), schema)
    errors = sorted(Draft202012Validator(schema).iter_errors(complete), key=lambda error: list(error.path))
    problems = [problem for error in errors for problem in _sentences(error)]
    if problems:
        raise WorkflowError(
            "The configuration cannot be used:\n" + "\n".join(f"  - {line}" for line in problems)
        )
    return complete


@cache
def read_yaml(path: Path) -> Any:
    """Read a YAML file once, with the parser in C where PyYAML has it: the files here are read at every start.

    Raises:
        WorkflowError: If it is no YAML.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    except yaml.YAMLError as error:
        raise WorkflowError(f"{path.name} cannot be read: {error}") from error


def require_paths(checkout: Path, working: Path, interpreter: str) -> None:
    """See that the workflow runs in its own folder, and that Snakemake can start its scripts from there.

    Args:
        checkout: The folder of the Snakefile.
        working: The folder that Snakemake works in.
        interpreter: Path of the Python that runs Snakemake.

    Raises:
        WorkflowError: If the working folder is another one, the checkout's path has a brace, or the interpreter's
            path is not one word to a shell.
    """
    if not working.samefile(checkout):
        raise WorkflowError(
            f"The workflow works in its own folder, {str(checkout)!r}, but was sent to {str(working)!r}. "
            "Leave out --directory; --config data=FOLDER puts the data elsewhere."
        )
    if found := _BRACE.search(str(checkout)):
        raise WorkflowError(
            f"Snakemake would take {found[0]!r} in the path of {str(checkout)!r} for one of its own. "
            "Move the checkout to a folder whose path has no brace."
        )
    if found := _SPECIAL.search(interpreter):
        raise WorkflowError(
            f"Snakemake cannot start scripts with {interpreter!r}, whose path holds {found[0]!r}. "
            "Put the environment into a folder whose path has no space and no such character."
        )


def own_videos(folder: str) -> list[Path]:
    """The films of a user's folder, in natural order; none where no folder is named.

    Raises:
        WorkflowError: If it is no folder, or holds no film.
    """
    if not folder:
        return []
    if not Path(folder).is_dir():
        raise WorkflowError(f"chmnet.own_videos must name a folder of films, but {folder!r} is none.")
    # Loading the readers of films takes longer than all else here, and few have films of their own.
    from amcore.data.formats.video import film_files

    films = film_files(Path(folder))
    if not films:
        raise WorkflowError(f"chmnet.own_videos must name a folder of films, but {folder!r} holds none.")
    return films


def require_data_folder(folder: Path) -> None:
    """See that data can be written to a folder, which need not be there yet.

    Raises:
        WorkflowError: If it cannot; the workflow would find out only after it has started.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return
    reason = "cannot be written to" if there.is_dir() else "is a file"
    raise WorkflowError(
        f"The data folder {str(folder)!r} cannot be used: {there.name!r} {reason}. "
        "Make room for it, or choose another folder with --config data=FOLDER."
    )


def data_folder(config: Mapping[str, Any], schema_path: Path) -> str:
    """Where a profile's prepared data lies: `data`, or `data/profiles/<profile>` where its options are its own.

    A data set is prepared in one folder of its name, whatever its options, so two profiles with different
    options must not share it. Downloads are shared in any case: they are in the cache.

    Args:
        config: The checked configuration.
        schema_path: Its schema, which has the options' defaults.
    """
    defaults = _with_defaults({}, read_yaml(schema_path)["properties"]["data_options"])
    own = config["data_options"] != defaults
    return f"{config['data']}/profiles/{config['profile']}" if own else config["data"]


def settings(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every setting of a schema as its dotted name and its description, in order."""
    for key, entry in schema.get("properties", {}).items():
        if entry.get("type") == "object":
            yield from settings(entry, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", entry


def _with_defaults(value: Any, schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "object" and isinstance(value, dict):
        for key, entry in schema.get("properties", {}).items():
            if key not in value and entry.get("type") == "object":
                value[key] = {}
            if key not in value and "default" in entry:
                value[key] = copy.deepcopy(entry["default"])
            if key in value:
                value[key] = _with_defaults(value[key], entry)
    if schema.get("type") == "array" and isinstance(value, list):
        return [_with_defaults(entry, schema.get("items", {})) for entry in value]
    return value


def _sentences(error: ValidationError) -> Iterator[str]:
    where = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        instance: Any = error.instance
        known = list(schema["properties"])
        for key in sorted(set(instance) - set(known), key=str):
            name = f"{where}.{key}" if where else str(key)
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}."
            yield f"the key {name!r} is unknown; {hint}"
    else:
        yield f"the value of {where!r} is not allowed: {error.message}."
