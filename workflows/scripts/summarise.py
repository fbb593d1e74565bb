"""Collect the headline numbers of all experiments in one table; called by the summary rule."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from amcore.results import HEADLINE_COLUMNS, read_headline


def summarise(headlines: Sequence[Path]) -> pd.DataFrame:
    """One row a headline number, with the package and the experiment it comes from."""
    tables = [
        read_headline(path).assign(package=path.parts[-3], experiment=path.parts[-2]) for path in headlines
    ]
    return pd.concat(tables, ignore_index=True).reindex(columns=["package", "experiment", *HEADLINE_COLUMNS])


if "snakemake" in globals():  # as Snakemake runs it, and not as a test imports it
    job: Any = globals()["snakemake"]
    summarise([Path(path) for path in job.input.headlines]).to_csv(
        job.output.summary, index=False, lineterminator="\n"
    )
