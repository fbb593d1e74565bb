"""The environment is described once and the descriptions agree."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
import yaml
from checkouts import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ASKED_FOR = {("cmhn", "speech")}  # extras that nobody gets unasked: their weights have a licence of their own
PACKAGES = {"amcore": "core", "chmnet": "chmnet", "cmhn": "cmhn", "hkam": "hkam"}


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {canonicalize_name(name): pin for name, pin in (line.split("==") for line in lines)}


def project(folder: str) -> dict:
    return tomllib.loads((ROOT / "packages" / folder / "pyproject.toml").read_text())["project"]


def requirements() -> list[Requirement]:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    named = [entry for group in groups.values() for entry in group if isinstance(entry, str)]
    for folder in PACKAGES.values():
        described = project(folder)
        named += described["dependencies"]
        named += [entry for extra in described["optional-dependencies"].values() for entry in extra]
    return [Requirement(entry) for entry in named]


def test_every_pin_is_exact_and_without_a_local_suffix():
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.!]*", line), line


def test_every_requirement_is_pinned_and_its_pin_allowed():
    pinned = pins()
    for requirement in requirements():
        name = canonicalize_name(requirement.name)
        if name in PACKAGES:
            continue
        assert name in pinned, f"{name} has no pin"
        assert requirement.specifier.contains(pinned[name], prereleases=True), requirement


def test_what_is_installed_is_what_is_pinned():
    pinned = pins()
    own = {*PACKAGES, "pip", "setuptools", "wheel"}
    for installed in distributions():
        name = canonicalize_name(installed.metadata["Name"])
        if name not in own:
            assert pinned.get(name) == installed.version.split("+")[0], name


def test_conda_installs_the_same_through_pip():
    described = yaml.safe_load((ROOT / "environment.yml").read_text())
    plain = [entry for entry in described["dependencies"] if isinstance(entry, str)]
    (pip,) = [entry["pip"] for entry in described["dependencies"] if isinstance(entry, dict)]
    assert "python=3.11" in plain
    assert any(entry.startswith("pip>=") for entry in plain)
    assert pip == ["--constraint constraints.txt", "--requirement requirements.txt", "--group dev"]
    # and those are the words of the Makefile's own set-up
    setup = (ROOT / "Makefile").read_text()
    assert all(line in setup for line in pip)


def test_the_own_packages_are_installed_whole_from_this_folder():
    lines = [
        line
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    for name, folder in PACKAGES.items():
        extras = ",".join(
            extra
            for extra in sorted(project(folder)["optional-dependencies"])
            if (name, extra) not in ASKED_FOR
        )
        assert f"-e packages/{folder}[{extras}]" in lines
        assert project(folder)["name"] == name


@pytest.mark.parametrize("name", PACKAGES)
def test_versions_agree(name: str):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert project(PACKAGES[name])["version"] == citation["version"] == version(name)
    assert f"## {citation['version']}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("name", ["OneDrive - Uni", "it's", "(copy)", "a&b", "a:b"])
def test_a_path_that_a_shell_would_not_take_for_one_word_is_refused_before_anything_is_installed(
    tmp_path: Path, name: str
):
    made = prepared(tmp_path / name)
    assert made.returncode != 0
    assert (
        "error: this folder has a space in its path, or a character with a meaning in a shell" in made.stderr
    )
    assert str(tmp_path / name) in made.stderr
    assert "installs" not in made.stdout


@pytest.mark.parametrize("link", [False, True])
def test_other_paths_are_taken(tmp_path: Path, link: bool):
    made = prepared(tmp_path / "ü-1.2_x,y=z@+", through=tmp_path / "a b" if link else None)
    assert made.returncode == 0
    assert "installs" in made.stdout


def test_a_link_does_not_hide_such_a_path(tmp_path: Path):
    made = prepared(tmp_path / "a b", through=tmp_path / "link")
    assert made.returncode != 0
    assert f"in a shell: {tmp_path}/a b; move it" in made.stderr
    assert "installs" not in made.stdout


def prepared(folder: Path, *, through: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`make environment` in a folder, perhaps through a link, with a Python that only says that it was called."""
    (folder / ".venv").mkdir(parents=True)
    for name in ("Makefile", "constraints.txt", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    if through is not None:
        through.symlink_to(folder)
    place = str(through or folder)
    command = ["make", "environment", "PYTHON=echo installs", "BIN=true #"]
    return subprocess.run(
        command, cwd=place, env={**os.environ, "PWD": place}, capture_output=True, text=True
    )


def test_who_has_no_home_that_can_be_written_to_gets_one_in_this_folder(tmp_path: Path):
    command = ["make", "--makefile", str(ROOT / "Makefile"), "--eval", "show: ; @echo $$HOME $$USER", "show"]
    path = os.environ["PATH"]

    def shown(**environment: str) -> list[str]:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={"PATH": path, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    own = [f"{tmp_path}/.home", str(os.getuid())]
    assert shown() == shown(HOME="") == shown(HOME="/proc/none") == own
    assert (
        shown(XDG_CACHE_HOME=str(tmp_path)) == shown(HOME=str(tmp_path), XDG_CACHE_HOME="/proc/none") == own
    )
    assert shown(HOME=str(tmp_path), USER="me") == [str(tmp_path), "me"]
    assert shown(HOME="/proc/none", XDG_CACHE_HOME=str(tmp_path), USER="me") == ["/proc/none", "me"]
