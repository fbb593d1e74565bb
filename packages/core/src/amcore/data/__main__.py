"""The data layer by hand: `python -m amcore.data list|fetch|verify|path`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tabulate import tabulate

from amcore.data.dataset import Dataset
from amcore.data.errors import DataError
from amcore.data.preparing import DATASETS, get, prepare, verify
from amcore.data.transport.checksums import SUMS
from amcore.data.transport.fetching import cache_folder, cached

_MEGABYTE = 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: of the command line; those of the process by default.

    Returns:
        exit status: 0, or 1 after an error, which is one line on stderr.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (DataError, ValueError, ImportError) as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m amcore.data", description="Fetch, prepare and check data sets."
    )
    commands = parser.add_subparsers(required=True, metavar="list|fetch|verify|path")
    for name, command, about, count in (
        ("list", _list, "show the data sets, their sources and their state", "*"),
        ("fetch", _fetch, "fetch and prepare data sets", "+"),
        ("verify", _verify, "hash downloads and prepared files again", "*"),
        ("path", _path, "print the folder of the downloads, or of prepared data sets", "*"),
    ):
        one = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        one.add_argument("names", nargs=count, metavar="NAME", help=f"one of {', '.join(DATASETS)}")
        one.add_argument(
            "--folder", type=Path, default=Path("data"), help="data folder (default: %(default)s)"
        )
        one.set_defaults(command=command)
    return parser


def _list(options: argparse.Namespace) -> int:
    heads = ("data set", "source", "kind", "version", "MB", "state", "licence")
    rows = []
    for dataset in _chosen(options):
        state = "prepared" if (options.folder / dataset.name / SUMS).is_file() else None
        for source in dataset.sources():
            size = f"{source.download_size / _MEGABYTE:.1f}" if source.download_size else "-"
            there = state or ("downloaded" if any(cached(source).values()) else "absent")
            rows.append((dataset.name, source.name, source.kind, source.version, size, there, source.licence))
    _say(tabulate(rows, heads, tablefmt="plain", disable_numparse=True))
    return 0


def _fetch(options: argparse.Namespace) -> int:
    for dataset in _chosen(options):
        paths = prepare(dataset.name, options.folder)
        size = sum(path.stat().st_size for path in paths) / _MEGABYTE
        _say(f"{dataset.name}: {len(paths)} files, {size:.1f} MB in {options.folder / dataset.name}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    wrong: list[str] = []
    for dataset in _chosen(options):
        downloads = {path: right for source in dataset.sources() for path, right in cached(source).items()}
        wrong += [
            f"{path} has the wrong checksum; delete it" for path, right in downloads.items() if not right
        ]
        prepared = (options.folder / dataset.name).exists() or bool(options.names)
        bad = verify(dataset.name, options.folder) if prepared else []
        wrong += [
            f"{options.folder / dataset.name / name} is missing or changed; fetch it again" for name in bad
        ]
        state = "prepared files checked" if prepared else "not prepared"
        _say(f"{dataset.name}: {len(downloads)} downloads checked, {state}")
    if wrong:
        raise DataError("; ".join(wrong))
    return 0


def _path(options: argparse.Namespace) -> int:
    for folder in [options.folder / get(name).name for name in options.names] or [cache_folder()]:
        _say(str(folder))
    return 0


def _chosen(options: argparse.Namespace) -> list[Dataset]:
    return [get(name) for name in options.names or DATASETS]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
