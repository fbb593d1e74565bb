import ctypes
import subprocess
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import _compiled


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A user who has never built the kernel."""
    _compiled.compiled_kernel_is_ready.cache_clear()
    monkeypatch.setattr(_compiled, "user_cache_path", lambda *_, **__: tmp_path)
    yield tmp_path
    _compiled.compiled_kernel_is_ready.cache_clear()


def interaction(nodes, **options):
    graph = hkam.complete_graph(nodes)
    weight = jnp.asarray(np.ones(graph.edge_count))
    mu = jnp.asarray(np.eye(nodes)[:, :3] + 0.1)
    force = hkam.oscillator_interaction(mu, weight, weight, graph, **options)
    return np.allclose(force, hkam.edge_list_interaction(mu, weight, weight, graph))


def test_without_a_compiler_the_portable_path_runs_and_one_warning_says_so(fresh, monkeypatch):
    monkeypatch.setattr(_compiled.shutil, "which", lambda _: None)
    with pytest.warns(hkam.MissingCompilerWarning, match=r"no C\+\+ compiler was found"):
        assert interaction(13)
    assert interaction(14)  # a second program does not warn again: warnings are errors here
    with pytest.raises(RuntimeError, match="asked for, but could not be built"):
        interaction(13, implementation="compiled")


def test_a_compiler_that_fails_leaves_nothing_behind(fresh, monkeypatch):
    monkeypatch.setenv("CXX", "false")
    with pytest.warns(hkam.MissingCompilerWarning, match="false failed"):
        assert not _compiled.compiled_kernel_is_ready()
    assert list(fresh.iterdir()) == []


def test_a_cache_folder_that_cannot_be_written_is_no_error(fresh, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("read-only home")

    monkeypatch.setattr(_compiled, "user_cache_path", refuse)
    with pytest.warns(hkam.MissingCompilerWarning, match="read-only home"):
        assert not _compiled.compiled_kernel_is_ready()


def test_a_kernel_once_built_is_not_built_again(monkeypatch):
    first = _compiled._build()
    stamp = first.stat().st_mtime_ns

    run = _compiled.subprocess.run

    def only_ask_for_the_version(command, **options):
        assert command[1:] == ["--version"], "compiled twice"
        return run(command, **options)

    monkeypatch.setattr(_compiled.subprocess, "run", only_ask_for_the_version)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _compiled._build() == first
    assert first.stat().st_mtime_ns == stamp


def test_builders_that_race_all_get_a_whole_kernel(fresh, monkeypatch):
    quick = tuple(flag for flag in _compiled._FLAGS if flag != "-O3")
    monkeypatch.setattr(_compiled, "_FLAGS", quick)  # how fast the kernel runs does not matter here
    with ThreadPoolExecutor(2) as pool:
        built = [future.result() for future in [pool.submit(_compiled._build) for _ in range(2)]]
    assert built[0] == built[1]
    assert list(fresh.iterdir()) == [built[0]]  # one library and nothing half-made
    assert all(hasattr(ctypes.CDLL(str(built[0])), target) for target in _compiled._TARGETS)


def test_another_compiler_or_source_is_another_kernel(fresh, monkeypatch):
    def pretend_to_compile(command, **_):
        if "-o" in command:
            Path(command[-1]).touch()
        return subprocess.CompletedProcess(command, 0, stdout=release, stderr="")

    monkeypatch.setattr(_compiled.subprocess, "run", pretend_to_compile)
    release = "1.0"
    first = _compiled._build()
    assert _compiled._build() == first
    release = "2.0"
    assert _compiled._build() != first
