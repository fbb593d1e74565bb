"""Fetch and prepare one data set; called by the data rules."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from amcore import data

if TYPE_CHECKING:
    from snakemake.script import Snakemake

    snakemake: Snakemake


def main(name: str, folder: str, log: Path) -> None:
    """Prepare the data set, or end with the one sentence that says what is wrong."""
    try:
        made = data.prepare(name, folder)
    except data.DataError as error:
        log.write_text(f"{error}\n", encoding="utf-8")
        sys.exit(f"error: {error}")
    log.write_text("".join(f"{path}\n" for path in made), encoding="utf-8")


if "snakemake" in globals():
    main(snakemake.params.name, snakemake.params.folder, Path(snakemake.log[0]))
