"""The core knows no framework, siblings are apart, and each package stands alone."""

import os
import subprocess
import sys
from importlib.metadata import distribution, packages_distributions

import pytest
from checkouts import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGES = {"amcore": "core", "chmnet": "chmnet", "cmhn": "cmhn", "hkam": "hkam"}
FRAMEWORKS = {"amcore": set(), "chmnet": {"torch"}, "cmhn": {"torch"}, "hkam": {"jax"}}

# Plugins by name: those found by themselves would bring what the package does not declare.
PLUGINS = ("-p", "jaxtyping._pytest_plugin", "-p", "_hypothesis_pytestplugin")

BLOCKER = """
from importlib.machinery import PathFinder

blocked = frozenset({blocked!r})
find_spec = PathFinder.find_spec

def find_declared(cls, name, path=None, target=None):
    # As if it were not installed: who only asks whether it is there gets None, who imports it the usual error.
    return None if name.partition(".")[0] in blocked else find_spec(name, path, target)

# A class method, as before: pytest keeps it in a class of its own, where a function would become a method.
PathFinder.find_spec = classmethod(find_declared)
"""


def closure(name: str, extras: frozenset[str]) -> set[str]:
    """All distributions that installing one with some extras brings."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(canonicalize_name(name), extras)]
    while waiting:
        entry = waiting.pop()
        if entry in seen:
            continue
        seen.add(entry)
        for text in distribution(entry[0]).requires or []:
            needed = Requirement(text)
            if needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in {"", *entry[1]}
            ):
                waiting.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    return {found for found, _ in seen}


def undeclared(name: str, extras: frozenset[str]) -> set[str]:
    """Top-level modules that are installed here but not by the package: its siblings, and what is not declared."""
    declared = closure(name, extras)
    foreign = {
        module
        for module, providers in packages_distributions().items()
        if not any(canonicalize_name(provider) in declared for provider in providers)
    }
    # pip is there in every environment, as the tool that made it, and is called as one.
    foreign -= {"pip"}
    # Packages installed from a folder in development list no modules of their own.
    return foreign | {package for package in PACKAGES if package not in declared}


def test_the_import_contracts_hold():
    run = subprocess.run(
        [str(ROOT / ".venv/bin/lint-imports") if (ROOT / ".venv").exists() else "lint-imports"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    assert " 0 broken" in run.stdout


@pytest.mark.parametrize("name", PACKAGES)
def test_importing_a_package_loads_no_other_framework_and_no_sibling(name: str):
    code = (
        "import importlib, pkgutil, sys\n"
        f"package = importlib.import_module({name!r})\n"
        "for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "    if not module.name.endswith('__main__') and not module.name.startswith('amcore.torch'):\n"
        "        importlib.import_module(module.name)\n"
        "print(*{module.partition('.')[0] for module in sys.modules})\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    forbidden = {"torch", "jax", *PACKAGES} - {name, "amcore"} - FRAMEWORKS[name]
    assert not forbidden & set(run.stdout.split())


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_passes_its_tests_with_its_declared_dependencies_alone(name: str, tmp_path):
    """Everything that the package does not declare, siblings above all, is made impossible to import."""
    extras = frozenset({"plotting", "test"} | ({"video"} if name == "amcore" else set()))
    blocked = undeclared(name, extras)
    assert set(PACKAGES) - {name, "amcore"} <= blocked
    (tmp_path / "sitecustomize.py").write_text(BLOCKER.format(blocked=sorted(blocked)))
    folder = f"packages/{PACKAGES[name]}/tests"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGINS, folder],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert " passed" in run.stdout
