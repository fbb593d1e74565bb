"""Fetch and prepare one data set; called by the data rules."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amcore import data


def main(name: str, folder: Path, log: Path, options: Mapping[str, Any]) -> None:
    """Prepare the data set with its options, or end with the one sentence that says what is wrong."""
    try:
        made = data.prepare(name, folder, **options)
    except data.DataError as error:
        log.write_text(f"{error}\n", encoding="utf-8")
        sys.exit(f"error: {error}")
    log.write_text("".join(f"{path}\n" for path in made), encoding="utf-8")


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    # Every file of a data set lies at <data folder>/<name>/<file>.
    main(job.params.name, Path(job.output[0]).parents[1], Path(job.log[0]), job.params.options)
