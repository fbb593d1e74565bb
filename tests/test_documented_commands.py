"""The commands that the texts print do what they say: Snakemake's own parser reads them so."""

import re
import shlex

import pytest
from checkouts import ROOT, repository_files, snakemake
from snakemake.cli import get_argument_parser

# In a text: between backquotes, or a line of a block of code, perhaps with a folder before and a remark behind.
COMMAND = re.compile(r"(?:^|`)[ \t]*(?:\$\(BIN\)/)?(snakemake(?: [^`\n]*)?)(?:`|$)", re.MULTILINE)
TEXTS = {".md", ".smk", ".yaml", ".py", ".rst", ".toml", ""}
VARIABLES = {"$(CORES)": "all", "$(PROFILE)": "laptop"}


def documented() -> list[tuple[str, str]]:
    found = []
    for path in repository_files():
        if path.suffix in TEXTS and path.parts[0] != "tests":
            text = (ROOT / path).read_text(encoding="utf-8").replace("# snakemake ", "snakemake ")
            found += [(str(path), command.strip()) for command in COMMAND.findall(text)]
    return found


COMMANDS = documented()


def parsed(command: str):
    for name, value in VARIABLES.items():
        command = command.replace(name, value)
    return get_argument_parser().parse_args(shlex.split(command, comments=True)[1:])


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_a_printed_command_names_what_is_there(path: str, command: str):
    arguments = parsed(command)
    assert all((ROOT / name).is_file() for name in arguments.configfile or []), f"{path}: {command}"
    assert all((ROOT / name).is_dir() for name in arguments.profile or []), f"{path}: {command}"


def test_printed_targets_are_rules():
    targets = {str(target) for _, command in COMMANDS for target in parsed(command).targets}
    listed = snakemake(ROOT, "--list-rules").stdout.split()
    assert {"measured", "readme"} <= targets <= set(listed)


def test_the_texts_are_found():
    assert {"README.md", "Makefile", "Snakefile", "config/README.md", "CONTRIBUTING.md"} <= {
        path for path, _ in COMMANDS
    }


def test_a_target_behind_a_configuration_would_be_noticed():
    swallowed = parsed("snakemake --cores 1 --configfile config/tables.yaml measured")
    assert not swallowed.targets
    assert [str(name) for name in swallowed.configfile] == ["config/tables.yaml", "measured"]
