"""Write the README's results table from the summary; called by the readme rule."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

_BLOCK = re.compile(r"(<!-- results: begin[^\n]*-->\n).*?(<!-- results: end -->)", re.DOTALL)

SHOWN = {
    ("chmnet", "frames"): (
        "discrete_sixteenth",
        "exact_sixteenth",
        "discrete_full",
        "exact_full",
        "trapezoid_full",
    ),
    ("chmnet", "embeddings"): ("discrete_sixteenth", "exact_sixteenth", "trapezoid_full", "exact_full"),
    ("chmnet", "degradation"): (
        "embeddings_points_in",
        "frames_dot_in",
        "frames_padding_in",
        "frames_ridge_in",
    ),
    ("chmnet", "allocation"): ("uniform_dot", "uniform_distance", "best", "improved", "videos"),
    ("chmnet", "streaming"): ("once", "merging", "resampling_single"),
    ("chmnet", "capacity"): ("white_continuous", "smooth0_continuous", "longest"),
    ("chmnet", "layer"): ("all_longest_high", "continuous_longest_high", "few_longest_high"),
    ("chmnet", "scaling"): ("saved",),
    ("hkam", "mnist"): ("mnist_test", "mnist_test_paper", "largest_difference"),
    ("hkam", "editing"): (
        "conflation_test",
        "swap_test",
        "assoc_conflation_test",
        "assoc_swap_test",
    ),
    ("hkam", "tables"): ("edits", "second_cells", "second_reached", "third_cells", "third_reached"),
    ("hkam", "descent"): ("models", "rate_digits", "rise_percent"),
    ("hkam", "synchronisation"): ("critical", "critical_measured"),
    ("hkam", "multiplexing"): ("clean", "damaged"),
    ("cmhn", "retrieval"): (
        "stamps_cmhn",
        "stamps_clip",
        "stamps_cloob",
        "stamps_ridge",
        "stamps_chance",
        "avsynth_cmhn",
        "avsynth_clip",
        "avsynth_cloob",
        "avsynth_ridge",
    ),
    ("cmhn", "completion"): ("triples", "reached", "right_whole"),
    ("cmhn", "pretrained"): ("recall", "chance"),
}
"""The numbers that the README quotes, by package and experiment; the summary has all of them."""


def updated(
    readme: str,
    summary: pd.DataFrame,
    *,
    profile: str,
    commits: Mapping[tuple[str, str], str],
    shown: Mapping[tuple[str, str], Sequence[str]] = SHOWN,
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
    page = Path("README.md")
    page.write_text(
        updated(
            page.read_text(encoding="utf-8"),
            pd.read_csv(job.input.summary, dtype=str),
            profile=job.config["profile"],
            commits={name: run["commit"] for name, run in runs.items()},
        ),
        encoding="utf-8",
    )
