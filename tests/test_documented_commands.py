"""The commands that the texts print do what they say: Snakemake's own parser reads them so."""

import re
import shlex

import pytest
from checkouts import ROOT, repository_files, snakemake
from recovery import runs_jobs
from snakemake.cli import get_argument_parser

# In a text: between backquotes, or a line of a block of code, perhaps with a folder before and a remark behind.
COMMAND = re.compile(r"(?:^|`)[ \t]*(?:\$\(BIN\)/)?(snakemake(?: [^`\n]*)?)(?:`|$)", re.MULTILINE)
TEXTS = {".md", ".smk", ".yaml", ".py", ".rst", ".toml", ""}
VARIABLES = {"$(CORES)": "all", "$(PROFILE)": "laptop"}


def texts() -> list[tuple[str, str]]:
    """Every text of the repository that may print a command, by its path."""
    return [
        (str(path), (ROOT / path).read_text(encoding="utf-8").replace("# snakemake ", "snakemake "))
        for path in repository_files()
        if path.suffix in TEXTS and path.parts[0] != "tests"
    ]


def documented() -> list[tuple[str, str]]:
    return [(path, command.strip()) for path, text in texts() for command in COMMAND.findall(text)]


COMMANDS = documented()


def words(command: str) -> list[str]:
    for name, value in VARIABLES.items():
        command = command.replace(name, value)
    return shlex.split(command, comments=True)


def parsed(command: str):
    return get_argument_parser().parse_args(words(command)[1:])


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_a_printed_command_names_what_is_there(path: str, command: str):
    arguments = parsed(command)
    assert all((ROOT / name).is_file() for name in arguments.configfile or []), f"{path}: {command}"
    assert all((ROOT / name).is_dir() for name in arguments.profile or []), f"{path}: {command}"


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_a_printed_command_that_runs_jobs_here_says_on_how_many_cores(path: str, command: str):
    arguments = parsed(command)
    called = words(command)
    if len(called) > 1 and runs_jobs(called) and not arguments.profile:
        assert arguments.cores is not None, f"{path}: {command}"


def test_a_configuration_that_is_printed_alone_is_there():
    named = {
        (path, name) for path, text in texts() for name in re.findall(r"--configfile ([\w./-]+\.yaml)", text)
    }
    assert ("README.md", "config/smoke.yaml") in named
    assert not [pair for pair in named if not (ROOT / pair[1]).is_file()]


def test_every_make_target_that_is_printed_is_one():
    (targets,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    command = re.compile(r"(?:^|`)make +([a-z]+)", re.MULTILINE)
    printed = {name for path, text in texts() if path.endswith(".md") for name in command.findall(text)}
    assert {"test", "lint", "environment"} <= printed <= set(targets.split())


def test_printed_targets_are_rules():
    targets = {str(target) for _, command in COMMANDS for target in parsed(command).targets}
    listed = snakemake(ROOT, "--list-rules").stdout.split()
    files = {target for target in targets if target.startswith("results/")}
    assert {"measured", "readme", "hkam"} <= targets - files <= set(listed)


def test_the_texts_are_found():
    assert {"README.md", "Makefile", "Snakefile", "config/README.md", "CONTRIBUTING.md"} <= {
        path for path, _ in COMMANDS
    }


def test_a_target_behind_a_configuration_would_be_noticed():
    swallowed = parsed("snakemake --cores 1 --configfile config/tables.yaml measured")
    assert not swallowed.targets
    assert [str(name) for name in swallowed.configfile] == ["config/tables.yaml", "measured"]
