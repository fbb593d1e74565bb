"""Put the results beside the chapters and build the book; called by the book rule.

The chapters name their numbers, figures and tables by key. What the keys stand for comes out of the
results folder alone: a number whose experiment did not run is an unknown key, and the build fails.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from amcore.results import read_headline

sys.path.insert(0, str(Path(__file__).parents[1]))

from configuration import settings
from experiments import Experiment, read_experiments


def stage(
    chapters: Path,
    results: Sequence[Path],
    folder: Path,
    settings: pd.DataFrame,
    experiments: Mapping[str, Experiment],
    config: Mapping[str, Any],
) -> None:
    """Copy the chapters, and beside them what the experiments left, with the keys in the configuration.

    Args:
        chapters: The book's sources.
        results: The files of all experiments, ``…/<package>/<experiment>/<file>``.
        folder: Where the staged book goes; replaced if it is there.
        settings: The table of all settings, for the page on running.
        experiments: What is said of each experiment, captions above all.
        config: The settings themselves, which chapters name as ``{{ config.chmnet.frames.beta }}``.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(chapters, folder)
    for path in results:
        place = folder.joinpath("results", *path.parts[-3:])
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    # What a page plays is no part of its text: Sphinx copies this folder as it is, beside the pages.
    (folder / "extra").mkdir()
    for sound in [path for path in results if path.suffix == ".wav"]:
        for path in (sound, sound.with_suffix(".png")):
            place = folder.joinpath("extra", "results", *path.parts[-3:])
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    (folder / "generated").mkdir()
    (folder / "generated" / "settings.md").write_text(settings.to_markdown(index=False), encoding="utf-8")
    folders = sorted({path.parent for path in results})
    configuration = yaml.safe_load((chapters / "_config.yml").read_text(encoding="utf-8"))
    configuration["parse"]["myst_substitutions"] = {
        "config": dict(config),
        **captions(experiments),
        **substitutions(folders),
    }
    (folder / "_config.yml").write_text(yaml.safe_dump(configuration, allow_unicode=True), encoding="utf-8")


def settings_table(config: Mapping[str, Any], schema: Mapping[str, Any]) -> pd.DataFrame:
    """Every setting with its meaning, its default and its value in this run."""
    rows = []
    for name, entry in settings(schema):
        value: Any = config
        for part in name.split("."):
            value = value[part]
        rows.append(
            {
                "setting": f"`{name}`",
                "meaning": entry["description"],
                "default": f"`{entry['default']}`" if "default" in entry else "",
                "here": f"`{value}`",
            }
        )
    return pd.DataFrame(rows)


def captions(experiments: Mapping[str, Experiment]) -> dict[str, str]:
    """The caption of each figure and table as ``<package>_<experiment>_<name>_caption``."""
    return {
        f"{one.rule}_{name}_caption": caption
        for one in experiments.values()
        for name, caption in one.captions.items()
    }


def substitutions(experiments: Iterable[Path]) -> dict[str, Any]:
    """What each key stands for: ``<package>_<experiment>_<number>``, and ``…_provenance``."""
    keys: dict[str, Any] = {}
    for folder in experiments:
        prefix = f"{folder.parent.name}_{folder.name}"
        headline = read_headline(folder / "headline.csv")
        keys |= {
            f"{prefix}_{key}": str(text) for key, text in zip(headline["key"], headline["text"], strict=True)
        }
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        keys |= {f"{prefix}_provenance": provenance(run), "profile": run["profile"]}
    return keys


def provenance(run: Mapping[str, Any]) -> str:
    """One line that says where a result comes from."""
    # What it reads may have been made with seeds all the same: data, features, networks.
    seeds = ", ".join(str(seed) for seed in run["seeds"]) or "none of its own"
    machine = run["machine"]
    return (
        f"Profile {run['profile']}; seeds: {seeds}; commit {run['commit']}; "
        f"{run['wall_seconds']:.0f} s with {run['threads']} of {machine['cores']} cores ({machine['model']}); "
        f"at most {run['peak_memory_mib']:.0f} MiB; finished {run['finished'][:10]}."
    )


def build(source: Path, target: Path, log: Path) -> None:
    """Build the staged book; it appears under ``target`` only if there was not one warning.

    Raises:
        SystemExit: If the build failed or warned; the log says why.
    """
    built = source.parent / "build"
    shutil.rmtree(built, ignore_errors=True)
    command = ["build", str(source), "--path-output", str(built), "--warningiserror", "--keep-going", "--all"]
    with log.open("w", encoding="utf-8") as lines:
        code = subprocess.run(
            [Path(sys.executable).with_name("jupyter-book"), *command], stdout=lines, stderr=subprocess.STDOUT
        ).returncode
    if code:
        warnings = [
            line
            for line in log.read_text(encoding="utf-8").splitlines()
            if "WARNING" in line or "ERROR" in line
        ]
        sys.exit(
            "error: the book did not build cleanly:\n" + "\n".join(warnings) + f"\nThe whole log is {log}."
        )
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(built / "_build" / "html", target)


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    html = Path(job.output.index).parent
    staged = html.parent / "source"
    schema = yaml.safe_load(Path(job.input.schema[0]).read_text(encoding="utf-8"))
    table = settings_table(job.config, schema)
    said = read_experiments(Path(job.input.experiments[0]))
    stage(Path("book"), [Path(path) for path in job.input.results], staged, table, said, job.config)
    build(staged, html, Path(job.log[0]))
