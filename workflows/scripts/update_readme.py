"""Write the README's results table from the summary; called by the readme rule."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

_BLOCK = re.compile(r"(<!-- results: begin[^\n]*-->\n).*?(<!-- results: end -->)", re.DOTALL)


def updated(readme: str, summary: pd.DataFrame, *, profile: str, commit: str) -> str:
    """The README with its results block replaced by the summary's numbers.

    Raises:
        ValueError: If the README has no such block.
    """
    if not _BLOCK.search(readme):
        raise ValueError(
            "the README must hold a block between '<!-- results: begin … -->' and '<!-- results: end -->'"
        )
    shown = pd.DataFrame(
        {
            "package": summary["package"],
            "experiment": summary["experiment"],
            "number": summary["label"],
            "value": summary["text"],
        }
    )
    table = f"Profile `{profile}`, commit `{commit}`.\n\n{shown.to_markdown(index=False)}"
    return _BLOCK.sub(lambda block: f"{block[1]}{table}\n{block[2]}", readme)


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    run = json.loads(Path(job.input.run).read_text(encoding="utf-8"))
    page = Path("README.md")
    page.write_text(
        updated(
            page.read_text(encoding="utf-8"),
            pd.read_csv(job.input.summary, dtype=str),
            profile=run["profile"],
            commit=run["commit"],
        ),
        encoding="utf-8",
    )
