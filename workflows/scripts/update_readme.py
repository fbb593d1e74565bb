"""Write the README's results table from the summary; called by the readme rule."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from experiments import read_experiments

_BLOCK = re.compile(r"(<!-- results: begin[^\n]*-->\n).*?(<!-- results: end -->)", re.DOTALL)


def updated(
    readme: str,
    summary: pd.DataFrame,
    *,
    profile: str,
    commits: Mapping[tuple[str, str], str],
    shown: Mapping[tuple[str, str], Sequence[str]],
) -> str:
    """The README with its results block replaced by the summary's numbers.

    Args:
        readme: Its text.
        summary: All headline numbers.
        profile: Name of the profile that made them.
        commits: Commit that made each experiment's numbers, by package and experiment.
        shown: Keys of the numbers to quote, by package and experiment.

    Raises:
        ValueError: If the README has no such block, or the summary no such number.
    """
    if not _BLOCK.search(readme):
        raise ValueError(
            "the README must hold a block between '<!-- results: begin … -->' and '<!-- results: end -->'"
        )
    numbers = summary.set_index(["package", "experiment", "key"])
    wanted = [(*experiment, key) for experiment, keys in shown.items() for key in keys]
    missing = [" ".join(name) for name in wanted if name not in numbers.index]
    if missing:
        raise ValueError(f"the summary must hold every number that the README quotes, but lacks {missing}")
    quoted = numbers.loc[wanted].reset_index()[["package", "experiment", "label", "text"]]
    quoted.columns = ["package", "experiment", "number", "value"]
    quoted["commit"] = [f"`{commits[name[0], name[1]]}`" for name in wanted]
    table = (
        f"Profile `{profile}`; a `+` marks a commit with changes on top.\n\n{quoted.to_markdown(index=False)}"
    )
    return _BLOCK.sub(lambda block: f"{block[1]}{table}\n{block[2]}", readme)


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    runs = {
        (path.parts[-3], path.parts[-2]): json.loads(path.read_text(encoding="utf-8"))
        for path in map(Path, job.input.runs)
    }
    experiments = read_experiments(Path(job.input.experiments[0])).values()
    page = Path("README.md")
    page.write_text(
        updated(
            page.read_text(encoding="utf-8"),
            pd.read_csv(job.input.summary, dtype=str),
            profile=job.config["profile"],
            commits={name: run["commit"] for name, run in runs.items()},
            shown={(one.package, one.name): one.readme for one in experiments},
        ),
        encoding="utf-8",
    )
