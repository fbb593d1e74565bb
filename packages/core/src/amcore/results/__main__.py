"""Compare two results folders: ``python -m amcore.results compare results/laptop results/mine``."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from amcore.results import compare_results


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every number that differs; 0 where none does, 1 where some do, 2 for folders that cannot be compared."""
    parser = ArgumentParser(prog="python -m amcore.results", description="Look at results folders.")
    commands = parser.add_subparsers(dest="command", required=True)
    compare = commands.add_parser("compare", help="say which numbers of two results folders differ")
    compare.add_argument("ours", type=Path, help="a results folder, a package's or an experiment's")
    compare.add_argument("theirs", type=Path, help="another one of the same kind")
    compare.add_argument("--rtol", type=float, default=0.0, help="relative tolerance (default: 0)")
    compare.add_argument("--atol", type=float, default=0.0, help="absolute tolerance (default: 0)")
    chosen = parser.parse_args(arguments)
    try:
        differences = compare_results(chosen.ours, chosen.theirs, rtol=chosen.rtol, atol=chosen.atol)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    if differences.empty:
        sys.stdout.write("All numbers are equal within the tolerances.\n")
        return 0
    sys.stdout.write(f"{differences.to_markdown(index=False, floatfmt='.7g')}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
