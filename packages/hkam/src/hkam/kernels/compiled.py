"""Building and registering the compiled oscillator interaction, once a user and machine."""

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import jax
from platformdirs import user_cache_path

__all__ = ["MissingCompilerWarning", "compiled_kernel_is_ready"]

_SOURCE = "oscillator_interaction.cc"
_TARGETS = ("hkam_force_float32", "hkam_force_float64", "hkam_adjoint_float32", "hkam_adjoint_float64")
_FLAGS = ("-std=c++17", "-O3", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", "-w")
_COMPILERS = ("g++", "c++", "clang++")
_PATIENCE = 300  # seconds a compiler may take before it counts as broken
_DIGITS = 20  # of a digest in a file's name
_ONE_AT_A_TIME = threading.Lock()


class MissingCompilerWarning(UserWarning):
    """The compiled oscillator interaction could not be built; the portable one is used."""


class _BuildError(Exception):
    """Why the kernel could not be built."""


def _machine() -> str:
    """Return what decides whether code for this machine runs on another: home folders may be shared."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    library = " ".join(platform.libc_ver())
    return f"{platform.system()} {platform.machine()} {platform.processor()} {library} {features}"


def _digest(*parts: str | bytes) -> str:
    whole = b"\0".join(part.encode() if isinstance(part, str) else part for part in parts)
    return hashlib.sha256(whole).hexdigest()[:_DIGITS]


def _compiler() -> str | None:
    return next(filter(None, map(shutil.which, filter(None, (os.environ.get("CXX"), *_COMPILERS)))), None)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=False
    )


def _folder() -> Path:
    """Return the user's cache folder."""
    try:
        folder = user_cache_path("hkam", ensure_exists=False)
    except RuntimeError as error:  # neither HOME nor the list of users knows a home
        raise _BuildError("the user has no home folder; HOME or XDG_CACHE_HOME gives one") from error
    if not folder.is_absolute():  # older versions of platformdirs leave "~" in it
        raise _BuildError(f"the cache folder {folder} is no absolute path; HOME or XDG_CACHE_HOME gives one")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _whole(folder: Path, name: str) -> Iterator[Path]:
    """Find the kernels of a name whose content is what the end of their name says.

    A damaged library may end the process that loads it, so it must be known before. It is left where it is: another
    process may just be putting a whole one in its place.
    """
    for library in sorted(folder.glob(f"{name}-*.so")):
        try:
            if _digest(library.read_bytes()) == library.stem.rsplit("-", 1)[1]:
                yield library
        except OSError:  # not ours to read, or no file
            continue


def _compile(compiler: str, source: str, folder: Path, name: str) -> Path:
    # Built beside its place and then renamed: a process that looks meanwhile sees all of it or nothing.
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        unit, product = Path(scratch) / "kernel.cc", Path(scratch) / "kernel.so"
        unit.write_text(source, encoding="utf-8")
        done = _run(compiler, *_FLAGS, "-isystem", jax.ffi.include_dir(), str(unit), "-o", str(product))
        if done.returncode:
            raise _BuildError(f"{compiler} failed: {done.stderr.strip()[-500:]}")
        return product.replace(folder / f"{name}-{_digest(product.read_bytes())}.so")


def _build() -> Path:
    """Return the shared library, compiling it if the cache does not hold it whole.

    Its name tells what it was made from (source, flags, jaxlib, machine), by which compiler, and what it contains.
    Another compiler compiles anew; without one that works, what another has made will do.
    """
    try:
        source = files("hkam.kernels").joinpath(_SOURCE).read_text(encoding="utf-8")
        folder = _folder()
        made_from = _digest(source, version("jaxlib"), " ".join(_FLAGS), _machine())
        name = f"oscillator_interaction-{made_from}"
        try:
            compiler = _compiler()
            if compiler is None:
                raise _BuildError("no C++ compiler was found")
            own = f"{name}-{_digest(compiler, _run(compiler, '--version').stdout)}"
            return next(_whole(folder, own), None) or _compile(compiler, source, folder, own)
        except (_BuildError, OSError, subprocess.TimeoutExpired):
            other = next(_whole(folder, name), None)
            if other is None:
                raise
            return other
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _BuildError(str(error)) from error


@functools.cache
def compiled_kernel_is_ready() -> bool:
    """Build and register the compiled kernel on first use.

    Returns:
        Whether it can be used. If not, one warning says why.
    """
    try:
        with _ONE_AT_A_TIME:
            library = ctypes.CDLL(str(_build()))
            for target in _TARGETS:
                capsule = jax.ffi.pycapsule(getattr(library, target))
                jax.ffi.register_ffi_target(target, capsule, platform="cpu")
    except (_BuildError, OSError, AttributeError) as error:
        warnings.warn(
            f"the oscillator interaction runs on its portable path, several times slower: {error}",
            MissingCompilerWarning,
            stacklevel=2,
        )
        return False
    return True
