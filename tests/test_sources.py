"""A job depends on the code that it runs, and on nothing else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import ROOT
from sources import closure, digest, keep

ADDED = "\n_ADDED = 1\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files below the root, each given by its path and its text."""

    def written(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / (name.replace("__", "/").replace("/init", "/__init__") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return written


def names(folder: Path, file: str = "job.py", **options) -> set[str]:
    found = closure([folder / file], [folder], **options)
    return {path.relative_to(folder.resolve()).as_posix() for path in found}


PACKAGE = {
    "p__init": "'''Words.'''\nfrom p.a import f, g as other\nfrom p.b import h\n__all__ = ['f', 'h', 'other']\n",
    "p__a": "from p.deep import x\ndef f(): ...\ndef g(): ...\n",
    "p__b": "def h(): ...\n",
    "p__deep": "x = 1\n",
    "p__alone": "y = 2\n",
}


@pytest.mark.parametrize(
    ("job", "wanted"),
    [
        ("from p import h", {"p/b.py"}),
        ("from p import f", {"p/a.py", "p/deep.py"}),
        ("from p import other", {"p/a.py", "p/deep.py"}),
        ("import p\np.h()", {"p/b.py"}),
        ("import p as q\nq.h()", {"p/b.py"}),
        ("import p.b", {"p/b.py"}),
        ("import p.b\np.other()", {"p/a.py", "p/b.py", "p/deep.py"}),
        ("import p.alone as q", {"p/alone.py"}),
        ("from p import alone", {"p/alone.py"}),
        ("from p import alone\nalone.y", {"p/alone.py"}),
        ("def late():\n    from p import h", {"p/b.py"}),
        ("from importlib import import_module\nimport_module('p.alone')", {"p/alone.py"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p import f", set()),
        ("import os.path, numpy", set()),
        ("import p", set()),
        ("import p\nprint(dir(p))", {"p/__init__.py", "p/a.py", "p/b.py", "p/deep.py"}),
        ("from p import *", {"p/__init__.py", "p/a.py", "p/b.py", "p/deep.py"}),
    ],
)
def test_names_are_followed_to_the_files_that_define_them(write: Write, job: str, wanted: set[str]):
    assert names(write(job=job, **PACKAGE)) == wanted | {"job.py"}


def test_a_name_goes_through_sub_packages_and_relative_imports(write: Write):
    folder = write(
        job="import p\np.rooms.f()\np.top()",
        p__init="from . import rooms\nfrom .rooms.b import top\n",
        p__rooms__init="from .a import f\n",
        p__rooms__a="from ..base import z\ndef f(): ...\n",
        p__rooms__b="def top(): ...\n",
        p__rooms__c="unused = 1\n",
        p__base="z = 1\n",
    )
    assert names(folder) == {"job.py", "p/rooms/a.py", "p/rooms/b.py", "p/base.py"}


@pytest.mark.parametrize(
    ("init", "job", "wanted"),
    [
        ("from p.a import f\ndef own(): ...\n", "from p import f", {"p/a.py"}),
        ("from p.a import f\ndef own(): ...\n", "from p import own", {"p/__init__.py", "p/a.py"}),
        ("print()\n", "from p.a import f", {"p/__init__.py", "p/a.py"}),
    ],
)
def test_an_init_that_defines_or_does_something_counts(write: Write, init: str, job: str, wanted: set[str]):
    assert names(write(job=job, p__init=init, p__a="def f(): ...\n")) == wanted | {"job.py"}


def test_circles_end(write: Write):
    assert names(write(job="import a", a="import b\n", b="import a\n")) == {"job.py", "a.py", "b.py"}


def test_files_that_a_module_names_beside_it_or_below_it_count(write: Write):
    folder = write(
        job="from p.a import f\nother = 'unnamed.csv'",
        p__init="",
        p__a="def f(name): return files('p') / 'w' / f'{name}.safetensors', 'table.csv', 'no.such'\n",
        q__init="",
    )
    (folder / "p/w").mkdir()
    for name in ("p/w/one.safetensors", "p/table.csv", "p/unnamed.csv", "q/table.csv"):
        (folder / name).write_text("1")
    assert names(folder) == {"job.py", "p/a.py", "p/w/one.safetensors", "p/table.csv"}


def test_what_is_left_out_takes_with_it_what_only_it_imports(write: Write):
    folder = write(job="import a, b", a="import c, d\n", b="import d\n", c="", d="")
    assert names(folder, without=[folder / "a.py"]) == {"job.py", "b.py", "d.py"}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("'''Other words.'''\ndef f(x):\n    # why\n    return x + 1\n", True),
        ("def f(x):\n\n    return (x +\n        1)", True),
        ("def f(x):\n    '''Return more.'''\n    return x + 1\n", True),
        ("def f(x):\n    return x + 2\n", False),
        ("def f(y):\n    return y + 1\n", False),
        ("def f(x):\n    return x + 1.0\n", False),
        ("def f(x, *, z=None):\n    return x + 1\n", False),
    ],
)
def test_the_digest_is_of_what_code_does(write: Write, text: str, same: bool):
    before = digest([(folder := write(job="'''Words.'''\ndef f(x): return x + 1\n")) / "job.py"], folder)
    other = folder / "job2.py"
    other.write_text(text)
    (folder / "elsewhere").mkdir()
    moved = shutil.copy(other, folder / "elsewhere/job.py")
    assert (digest([moved], folder / "elsewhere") == before) is same


def test_notebooks_and_tables_count_by_their_bytes(write: Write):
    folder = write(job="x = 1  # so\n")
    (folder / "t.csv").write_text("1,2")
    one = digest([folder / "job.py", folder / "t.csv"], folder, whole=[folder / "job.py"])
    copy = folder / "copy"
    copy.mkdir()
    for job, table in (("x = 1  # or so\n", "1,2"), ("x = 1  # so\n", "1,3")):
        (copy / "job.py").write_text(job)
        (copy / "t.csv").write_text(table)
        assert digest([copy / "job.py", copy / "t.csv"], copy, whole=[copy / "job.py"]) != one
    assert digest([folder / "job.py"], folder) != one


def test_a_moved_file_is_another_digest(write: Write):
    folder = write(a="x = 1\n", b="x = 1\n")
    assert digest([folder / "a.py"], folder) != digest([folder / "b.py"], folder)


def test_a_package_under_another_name_is_followed(write: Write):
    folder = write(
        job="import p\np.held.f()",
        p__init="import q as held\n",
        q__init="from q.a import f\n",
        q__a="def f(): ...\n",
    )
    assert names(folder) == {"job.py", "q/a.py"}


FROM_MEMORY = """
import sys
from pathlib import Path

import sources

def refuse(*_, **__):
    raise RuntimeError

sources.ast.parse = refuse
folder = Path(sys.argv[1])
sources.remember(folder / sys.argv[2])
print(*sorted(path.name for path in sources.closure([folder / "job.py"], [folder])))
"""


@pytest.mark.parametrize(("memory", "reads"), [("memory", False), ("damaged", True), ("absent", True)])
def test_what_was_read_is_remembered_and_a_damaged_memory_is_none(write: Write, memory: str, reads: bool):
    folder = write(job="import a", a="y = 1\n")
    assert names(folder) == {"job.py", "a.py"}
    keep(folder / "memory")
    (folder / "damaged").write_bytes(b"no pickle")
    command = [sys.executable, "-c", FROM_MEMORY, str(folder), memory]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflows")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ("RuntimeError" in done.stderr) is reads
    assert (done.stdout.split() == ["a.py", "job.py"]) is not reads


EXPERIMENTS = [
    f"{path.parent.name}/{path.stem}" for path in sorted((ROOT / "workflows/notebooks").glob("*/*.py"))
]


def runs(file: str, root: Path = ROOT) -> set[str]:
    """What a file of the repository runs."""
    roots = [*sorted((root / "packages").glob("*/src")), root / "workflows"]
    return {path.relative_to(root).as_posix() for path in closure([root / file], roots)}


def digests(root: Path) -> dict[str, str]:
    """The digest of every experiment's code."""
    found = {}
    for name in EXPERIMENTS:
        notebook = root / f"workflows/notebooks/{name}.py"
        files = [root / path for path in runs(f"workflows/notebooks/{name}.py", root)]
        found[name] = digest(files, root, whole=[notebook])
    return found


@pytest.fixture(scope="module")
def before() -> dict[str, str]:
    return digests(ROOT)


@pytest.mark.parametrize(
    ("file", "old", "new", "remade"),
    [
        ("hkam/src/hkam/izhikevich.py", "a: float = 0.02", "a: float = 0.03", {"hkam/neurons"}),
        ("hkam/src/hkam/analysis/evidence.py", "", ADDED, {"hkam/errata"}),
        ("hkam/src/hkam/analysis/evidence.py", "Statements of", "All statements of", set()),
        (
            "hkam/src/hkam/digits/data/measured.csv",
            "conflation",
            "conflated",
            {"hkam/ablation", "hkam/tables"},
        ),
        ("chmnet/src/chmnet/streaming.py", "", ADDED, {"chmnet/streaming"}),
        ("cmhn/src/cmhn/evaluation/damage.py", "", ADDED, {"cmhn/completion"}),
        ("core/src/amcore/data/sets/vqa.py", "", ADDED, set()),
    ],
)
def test_a_change_remakes_exactly_the_experiments_that_run_it(
    tmp_path: Path, before: dict[str, str], file: str, old: str, new: str, remade: set[str]
):
    for folder in ("packages", "workflows"):
        ignored = shutil.ignore_patterns("tests", "__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    changed = tmp_path / "packages" / file
    text = changed.read_text()
    assert old in text
    changed.write_text(text.replace(old, new, 1) if old else text + new)
    after = digests(tmp_path.resolve())
    assert {name for name in EXPERIMENTS if after[name] != before[name]} == remade


def test_an_edit_depends_on_its_kernel_and_on_no_kept_weights():
    edit = runs("workflows/notebooks/hkam/edit.py")
    assert "packages/hkam/src/hkam/kernels/oscillator_interaction.cc" in edit
    assert not any(path.endswith((".safetensors", ".csv")) for path in edit)


@pytest.mark.parametrize(
    ("script", "file"),
    [
        ("multiply_frames", "packages/chmnet/src/chmnet/video/features.py"),
        ("multiply_frames", "packages/chmnet/src/chmnet/video/products.py"),
        ("embed_frames", "packages/chmnet/src/chmnet/video/features.py"),
        ("embed_frames", "packages/chmnet/src/chmnet/video/embeddings.py"),
        ("triple_features", "packages/core/src/amcore/data/formats/audio.py"),
        ("triple_features", "packages/cmhn/src/cmhn/encoders/mel.py"),
    ],
)
def test_features_depend_on_how_frames_and_sounds_are_read(script: str, file: str):
    assert file in runs(f"workflows/scripts/{script}.py")


def test_products_do_not_depend_on_the_encoder_of_pictures():
    assert not any(path.endswith("embeddings.py") for path in runs("workflows/scripts/multiply_frames.py"))
