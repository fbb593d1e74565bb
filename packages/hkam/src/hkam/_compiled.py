"""Building and registering the compiled oscillator interaction, once a user and machine."""

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
import warnings
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import jax
from platformdirs import user_cache_path

__all__ = ["MissingCompilerWarning", "compiled_kernel_is_ready"]

_SOURCE = "_oscillator_interaction.cc"
_TARGETS = ("hkam_force_float32", "hkam_force_float64", "hkam_adjoint_float32", "hkam_adjoint_float64")
_FLAGS = ("-std=c++17", "-O3", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", "-w")
_COMPILERS = ("g++", "c++", "clang++")
_PATIENCE = 300  # seconds a compiler may take before it counts as broken


class MissingCompilerWarning(UserWarning):
    """The compiled oscillator interaction could not be built; the portable one is used."""


class _BuildError(Exception):
    """Why the kernel could not be built."""


def _machine() -> str:
    """Return what decides whether code for this machine runs on another: home folders may be shared."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return f"{platform.system()} {platform.machine()} {platform.processor()} {features}"


def _release(compiler: str) -> str:
    """Return what a compiler says of its version, so that an upgraded one compiles anew."""
    done = subprocess.run(
        [compiler, "--version"], capture_output=True, text=True, timeout=_PATIENCE, check=False
    )
    return done.stdout


def _build() -> Path:
    """Return the shared library, compiling it if the cache does not hold it yet."""
    compiler = next(filter(None, map(shutil.which, filter(None, (os.environ.get("CXX"), *_COMPILERS)))), None)
    if compiler is None:
        raise _BuildError("no C++ compiler was found")
    source = files("hkam").joinpath(_SOURCE).read_text()
    try:
        parts = (source, version("jaxlib"), compiler, _release(compiler), " ".join(_FLAGS), _machine())
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        folder = user_cache_path("hkam", ensure_exists=True)
        library = folder / f"oscillator_interaction-{digest[:20]}.so"
        if library.exists():
            return library
        # Built beside its place and then renamed: a process that looks meanwhile sees all of it or nothing.
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            unit, product = Path(scratch) / "kernel.cc", Path(scratch) / "kernel.so"
            unit.write_text(source)
            command = [compiler, *_FLAGS, "-isystem", jax.ffi.include_dir(), str(unit), "-o", str(product)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
            if done.returncode:
                raise _BuildError(f"{compiler} failed: {done.stderr.strip()[-500:]}")
            product.replace(library)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _BuildError(str(error)) from error
    return library


@functools.cache
def compiled_kernel_is_ready() -> bool:
    """Build and register the compiled kernel on first use.

    Returns:
        Whether it can be used. If not, one warning says why.
    """
    try:
        library = ctypes.CDLL(str(_build()))
    except (_BuildError, OSError) as error:
        warnings.warn(
            f"the oscillator interaction runs on its portable path, several times slower: {error}",
            MissingCompilerWarning,
            stacklevel=2,
        )
        return False
    for target in _TARGETS:
        jax.ffi.register_ffi_target(target, jax.ffi.pycapsule(getattr(library, target)), platform="cpu")
    return True
