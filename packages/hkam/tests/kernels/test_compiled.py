import ctypes
import os
import pwd
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import kernels
from hkam.kernels import compiled


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A user who has never built the kernel."""
    compiled.compiled_kernel_is_ready.cache_clear()
    folder = tmp_path / "cache"
    monkeypatch.setattr(compiled, "user_cache_path", lambda *_, **__: folder)
    yield folder
    compiled.compiled_kernel_is_ready.cache_clear()


@pytest.fixture
def pretended(fresh, monkeypatch):
    """A compiler that writes a few bytes at once; it counts how often it is asked to."""

    class Compiler:
        release = "1.0"
        runs = 0

    def run(*command):
        if "-o" in command:
            Compiler.runs += 1
            Path(command[-1]).write_bytes(f"made by {Compiler.release}".encode() * 100)
        return subprocess.CompletedProcess(command, 0, stdout=Compiler.release, stderr="")

    monkeypatch.setattr(compiled, "_run", run)
    monkeypatch.setattr(compiled, "_compiler", lambda: "/usr/bin/pretended")
    return Compiler


def interaction(nodes, **options):
    graph = hkam.complete_graph(nodes)
    weight = jnp.asarray(np.ones(graph.edge_count))
    mu = jnp.asarray(np.eye(nodes)[:, :3] + 0.1)
    force = kernels.oscillator_interaction(mu, weight, weight, graph, **options)
    return np.allclose(force, kernels.edge_list_interaction(mu, weight, weight, graph))


def test_without_a_compiler_the_portable_path_runs_and_one_warning_says_so(fresh, monkeypatch):
    monkeypatch.setattr(compiled.shutil, "which", lambda _: None)
    with pytest.warns(kernels.MissingCompilerWarning, match=r"no C\+\+ compiler was found"):
        assert interaction(13)
    assert interaction(14)  # a second program does not warn again: warnings are errors here
    with pytest.raises(RuntimeError, match="asked for, but could not be built"):
        interaction(13, implementation="compiled")


def test_a_compiler_that_fails_leaves_nothing_behind(fresh, monkeypatch):
    monkeypatch.setenv("CXX", "false")
    with pytest.warns(kernels.MissingCompilerWarning, match="false failed"):
        assert not compiled.compiled_kernel_is_ready()
    assert list(fresh.iterdir()) == []


def test_a_cache_folder_that_cannot_be_written_is_no_error(fresh, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("read-only home")

    monkeypatch.setattr(compiled, "user_cache_path", refuse)
    with pytest.warns(kernels.MissingCompilerWarning, match="read-only home"):
        assert not compiled.compiled_kernel_is_ready()


def test_a_file_in_the_place_of_the_cache_folder_is_no_error(fresh):
    fresh.write_text("not a folder")
    with pytest.warns(kernels.MissingCompilerWarning, match="portable path"):
        assert not compiled.compiled_kernel_is_ready()


def test_a_user_without_a_home_gets_the_portable_path_and_no_folder_named_tilde(monkeypatch, tmp_path):
    def unknown(_):
        raise KeyError("uid not found")

    compiled.compiled_kernel_is_ready.cache_clear()
    for variable in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.chdir(tmp_path)
    with pytest.warns(kernels.MissingCompilerWarning, match="HOME or XDG_CACHE_HOME gives one"):
        assert not compiled.compiled_kernel_is_ready()
    assert list(tmp_path.iterdir()) == []
    compiled.compiled_kernel_is_ready.cache_clear()


def test_a_kernel_once_built_is_not_built_again(monkeypatch):
    first = compiled._build()
    stamp = first.stat().st_mtime_ns

    run = compiled.subprocess.run

    def only_ask_for_the_version(command, **options):
        assert list(command[1:]) == ["--version"], "compiled twice"
        return run(command, **options)

    monkeypatch.setattr(compiled.subprocess, "run", only_ask_for_the_version)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled._build() == first
    assert first.stat().st_mtime_ns == stamp


@pytest.mark.parametrize("reason", ["none", "fails", "cannot start"])
def test_a_whole_kernel_is_used_without_a_compiler_that_works(pretended, monkeypatch, reason):
    built = compiled._build()

    def run(*command):
        if reason == "cannot start":
            raise PermissionError(command[0])
        return subprocess.CompletedProcess(command, 1, stdout="another", stderr="broken")

    monkeypatch.setattr(compiled, "_run", run)
    if reason == "none":
        monkeypatch.setattr(compiled, "_compiler", lambda: None)
    assert compiled._build() == built


@pytest.mark.parametrize(
    "content",
    [b"", b"\x7fELF", b"not a library" * 50, None],
    ids=["empty", "header", "garbage", "truncated"],
)
def test_a_damaged_kernel_is_built_again(pretended, content):
    library = compiled._build()
    whole = library.read_bytes()
    library.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert compiled._build() == library
    assert library.read_bytes() == whole
    assert pretended.runs == 2


def test_a_damaged_kernel_is_not_loaded_where_it_cannot_be_built_again(pretended, monkeypatch):
    compiled._build().write_bytes(b"\x7fELF")
    monkeypatch.setattr(compiled, "_compiler", lambda: None)
    with pytest.warns(kernels.MissingCompilerWarning, match=r"no C\+\+ compiler was found"):
        assert not compiled.compiled_kernel_is_ready()


def test_a_library_of_another_architecture_is_no_error(pretended):
    # Whole, as its name says, and yet nothing that this machine loads.
    with pytest.warns(kernels.MissingCompilerWarning, match="portable path"):
        assert not compiled.compiled_kernel_is_ready()


def test_builders_that_race_all_get_a_whole_kernel(fresh, monkeypatch):
    quick = tuple(flag for flag in compiled._FLAGS if flag != "-O3")
    monkeypatch.setattr(compiled, "_FLAGS", quick)  # how fast the kernel runs does not matter here
    with ThreadPoolExecutor(2) as pool:
        built = [future.result() for future in [pool.submit(compiled._build) for _ in range(2)]]
    assert built[0] == built[1]
    assert list(fresh.iterdir()) == [built[0]]  # one library and nothing half-made
    assert all(hasattr(ctypes.CDLL(str(built[0])), target) for target in compiled._TARGETS)


# Writes half, waits until the other compiler has done the same, and then writes the rest.
_SLOW_COMPILER = """#!/bin/sh
test "$1" = --version && echo 1.0 && exit
while test $# -gt 1; do shift; done
printf half > "$1"
: > "$MEETING/$$"
until test "$(ls "$MEETING" | wc -l)" -ge 2; do sleep 0.01; done
printf whole >> "$1"
"""


def test_a_process_never_sees_what_another_has_half_built(tmp_path):
    meeting, compiler = tmp_path / "meeting", tmp_path / "compiler"
    meeting.mkdir()
    compiler.write_text(_SLOW_COMPILER)
    compiler.chmod(0o755)
    build = [sys.executable, "-c", "from hkam.kernels import compiled; print(compiled._build())"]
    cache = {"CXX": str(compiler), "MEETING": str(meeting), "XDG_CACHE_HOME": str(tmp_path)}
    processes = [
        subprocess.Popen(build, env={**os.environ, **cache}, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    seen = set()
    while any(process.poll() is None for process in processes):
        seen |= {library.read_bytes() for library in tmp_path.glob("hkam/*.so")}
        time.sleep(0.002)
    built = {process.communicate()[0] for process in processes}
    assert seen <= {b"halfwhole"}
    assert [str(library) for library in tmp_path.glob("hkam/*")] == [text.strip() for text in built]
    assert len(list(meeting.iterdir())) == 2


@pytest.mark.parametrize("change", ["compiler", "source", "flags", "jaxlib", "machine"])
def test_whatever_a_kernel_is_made_from_makes_it_another(pretended, monkeypatch, tmp_path, change):
    first = compiled._build()
    assert compiled._build() == first
    if change == "compiler":
        pretended.release = "2.0"
    elif change == "source":
        (tmp_path / compiled._SOURCE).write_text("another")
        monkeypatch.setattr(compiled, "files", lambda _: tmp_path)
    elif change == "flags":
        monkeypatch.setattr(compiled, "_FLAGS", ("-O0",))
    elif change == "jaxlib":
        monkeypatch.setattr(compiled, "version", lambda _: "0.0")
    else:
        monkeypatch.setattr(compiled, "_machine", lambda: "another")
    assert compiled._build() != first
    assert pretended.runs == 2
