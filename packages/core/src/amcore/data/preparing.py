"""The registry of data sets, and preparing them: once, completely, or not at all."""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amcore.data.dataset import Dataset
from amcore.data.errors import DataError, explained
from amcore.data.sets import avsynth, clips, curves, easy_vqa, emoji, games, mnist, openclipart, stamps, walks
from amcore.data.transport.checksums import SUMS, damaged, write_sums
from amcore.data.transport.source import Source
from amcore.data.workspace import workspace

RECIPE = "recipe.json"

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        mnist.DATASET,
        clips.DATASET,
        walks.DATASET,
        games.DATASET,
        avsynth.DATASET,
        stamps.DATASET,
        openclipart.DATASET,
        emoji.DATASET,
        easy_vqa.DATASET,
        curves.DATASET,
    )
}


def get(name: str) -> Dataset:
    """The data set of a name.

    Raises:
        ValueError: there is none; names the nearest.
    """
    if name not in DATASETS:
        near = difflib.get_close_matches(name, DATASETS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"name must be one of {', '.join(DATASETS)}, but is {name!r}{hint}")
    return DATASETS[name]


def sources() -> tuple[Source, ...]:
    """Every source of every data set, with its default options."""
    return tuple(source for dataset in DATASETS.values() for source in dataset.sources(**dataset.options({})))


def outputs(name: str, **options: Any) -> list[str]:
    """Paths, relative to the data folder, of all files that `prepare` makes; nothing is fetched.

    Raises:
        ValueError: no such data set or option.
    """
    dataset = get(name)
    names = dataset.files(**dataset.options(options))
    return [f"{name}/{file}" for file in (*names, RECIPE, SUMS)]


def prepare(name: str, folder: Path | str, **options: Any) -> list[Path]:
    """Have a data set's files in `<folder>/<name>/`, fetching what is needed.

    Whatever is there and whole is left alone. Files appear only when all of them are made, the list of
    checksums last. The same options give the same bytes.

    Args:
        name: of the data set.
        folder: data folder, made if absent.
        **options: of the data set.

    Returns:
        paths of all files, those of `outputs`.

    Raises:
        ValueError: no such data set or option, or a bad value for one.
        DataError: something cannot be fetched or written.
    """
    dataset = get(name)
    chosen = dataset.options(options)
    recipe = _recipe(dataset, chosen)
    folder = Path(folder)
    target = folder / name
    paths = [folder / path for path in outputs(name, **options)]
    with explained(name, target, "choose another data folder"):
        if _is_made(target, recipe):
            return paths
        with workspace(folder, name) as space:
            dataset.write(space, **chosen)
            (space / RECIPE).write_text(recipe)
            write_sums(space, [path.name for path in paths if path.name != SUMS])
            target.mkdir(exist_ok=True)
            # Without the list the folder counts as unfinished until its last file has moved in.
            (target / SUMS).unlink(missing_ok=True)
            for path in paths:
                (space / path.name).replace(path)
    return paths


def verify(name: str, folder: Path | str) -> list[str]:
    """Names of the prepared files of a data set that are missing or changed; empty when all is well.

    Raises:
        ValueError: no such data set.
        DataError: the data set is not prepared there.
    """
    return damaged(Path(folder) / get(name).name)


def _recipe(dataset: Dataset, options: dict[str, Any]) -> str:
    """What the files depend on, as the text that is written beside them."""
    made_from = [
        {"name": source.name, "version": source.version, "kind": source.kind, "sha256": source.sha256}
        for source in dataset.sources(**options)
    ]
    return json.dumps({"dataset": dataset.name, "options": options, "sources": made_from}, indent=2) + "\n"


def _is_made(target: Path, recipe: str) -> bool:
    try:
        return (target / RECIPE).read_bytes() == recipe.encode() and not damaged(target)
    except (FileNotFoundError, NotADirectoryError, DataError):
        return False
