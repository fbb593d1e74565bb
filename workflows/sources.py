"""The code that a notebook or a script really runs, and one digest of it.

Imports are read from the syntax alone; nothing is imported. A name is followed through the packages' ``__init__`` to
the file that defines it, so that a job depends on what it uses, and not on everything that a package has.
"""

import ast
import hashlib
import pickle
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from amcore.files import sha256, written_whole

_DIGITS = 16
_ANYTHING = "*"
# What was read of files, by the digest of their bytes, and what of it comes from an earlier process.
_known: dict[str, "_Source"] = {}
_recalled: set[str] = set()


def closure(
    files: Iterable[Path], roots: Sequence[Path], *, without: Collection[Path] = ()
) -> frozenset[Path]:
    """Find the files that running some Python files reads, as far as they are the project's own.

    These are the files themselves, the modules that they import, directly or not, and the other files beside
    a module or below it that it names in a string, such as tables, weights and sources of compiled code. Of a package's
    ``__init__`` only the names that are asked for count, unless it does more than to import them.

    Args:
        files: Notebooks and scripts as Python text, or modules.
        roots: Folders that hold the project's own packages and modules.
        without: Modules to leave out, with what only they import.

    Raises:
        SyntaxError: If a file is not Python.
    """
    walk = _Walk(tuple(roots), {path.resolve() for path in without})
    for path in files:
        walk.enter(path.resolve())
    return frozenset(walk.found)


def digest(files: Iterable[Path], folder: Path, *, whole: Collection[Path] = ()) -> str:
    """Digest files so that it changes where what they do can have changed, and only there.

    Of Python files the syntax counts, without docstrings, comments and layout; of other files the bytes.

    Args:
        files: The files, below ``folder``.
        folder: The repository, so that the digest does not depend on where it lies.
        whole: Python files that count by their bytes: notebooks, whose words are shown too.

    Returns:
        The first 16 hexadecimal digits of a SHA-256.
    """
    folder, entire = folder.resolve(), {path.resolve() for path in whole}
    named = sorted((path.relative_to(folder).as_posix(), path) for path in map(_resolved, files))
    total = hashlib.sha256()
    for name, path in named:
        content = sha256(path) if path in entire or path.suffix != ".py" else _read(path).digest
        total.update(f"{name}\0{content}\n".encode())
    return total.hexdigest()[:_DIGITS]


def remember(memory: Path) -> None:
    """Take over what was read of files before, so that only changed ones are read again.

    Args:
        memory: File that `keep` wrote; one that is not there, is damaged, or was written by another version of
            Python or of this module is as good as none.
    """
    # Whatever is wrong with a pickle, the sources themselves are there to be read.
    with suppress(Exception):
        version, known = pickle.loads(memory.read_bytes())
        if version == _version():
            _known.update(known)
            _recalled.update(known)


def keep(memory: Path) -> None:
    """Write down what is known of files, if that is more than what was taken over."""
    if _known.keys() != _recalled:
        with suppress(OSError), written_whole(memory) as partial:
            partial.write_bytes(pickle.dumps((_version(), _known)))


def _version() -> tuple[str, str]:
    return sys.version, sha256(__file__)


@dataclass(frozen=True)
class _Import:
    """An import: of a module, or of names from it (``*`` for all); how the file calls it, and what of it it uses.

    Attributes:
        module: Dotted name.
        name: The name that is imported from the module, or an empty one where the module itself is.
        uses: The dotted names that the file asks of what it imported; ``*`` where it does more with it.
    """

    module: str
    name: str
    uses: frozenset[str]


@dataclass(frozen=True)
class _Source:
    """What a Python file says of itself."""

    imports: tuple[_Import, ...]
    exports: dict[str, tuple[str, str]] = field(hash=False)
    defined: frozenset[str]
    acts: bool
    patterns: frozenset[str]
    digest: str


class _Walk:
    """The files found so far."""

    def __init__(self, roots: tuple[Path, ...], without: Collection[Path]) -> None:
        self._modules = _modules(roots)
        self._packages = _packages(roots)
        self._without = without
        self._asked: set[tuple[str, str, frozenset[str]]] = set()
        self.found: set[Path] = set()

    def enter(self, path: Path) -> None:
        """Take a file with all that it imports and all that its package holds of what it names."""
        if path in self.found or path in self._without:
            return
        self.found.add(path)
        source = _read(path)
        self.found.update(_named_files(path, source.patterns))
        package = self._packages.get(path, "")
        for one in source.imports:
            self._import(_absolute(one.module, package), one)

    def _import(self, module: str, one: _Import) -> None:
        if one.name:
            self._follow(module, one.name, one.uses)
        else:
            # The file of a.b in ``import a.b`` runs, whatever is used of it.
            self._module(module)
            for use in one.uses:
                self._use(module, use)

    def _module(self, module: str) -> None:
        if path := self._modules.get(module):
            self._run_inits(module)
            if path.name != "__init__.py":
                self.enter(path)

    def _use(self, module: str, use: str) -> None:
        """Follow a dotted use of a module that a file holds under a name."""
        if use == _ANYTHING:
            if path := self._modules.get(module):
                self.enter(path)
            return
        name, _, rest = use.partition(".")
        self._follow(module, name, frozenset({rest or _ANYTHING}))

    def _follow(self, module: str, name: str, uses: frozenset[str]) -> None:
        """Follow a name of a module to the file that defines it."""
        path, key = self._modules.get(module), (module, name, uses)
        if path is None or key in self._asked:
            return
        self._asked.add(key)
        self._run_inits(module)
        if path.name != "__init__.py":
            self.enter(path)
            return
        source = _read(path)
        origin, original = source.exports.get(name, ("", ""))
        origin = _absolute(origin, module) if origin else ""
        if origin and (origin, original) != (module, name):
            if original:
                self._follow(origin, original, uses)
            else:
                self._module(origin)
                for use in uses:
                    self._use(origin, use)
        elif name not in source.defined and f"{module}.{name}" in self._modules:
            self._module(f"{module}.{name}")
            for use in uses:
                self._use(f"{module}.{name}", use)
        else:
            self.enter(path)

    def _run_inits(self, module: str) -> None:
        """Take every ``__init__`` on the way to a module that does more than to import names."""
        while module:
            path = self._modules.get(module)
            if path and path.name == "__init__.py" and _read(path).acts:
                self.enter(path)
            module = module.rpartition(".")[0]


@cache
def _modules(roots: tuple[Path, ...]) -> dict[str, Path]:
    """Return the file of every module below the roots, by its dotted name."""
    found: dict[str, Path] = {}
    for root in roots:
        for path in sorted(root.resolve().rglob("*.py")):
            parts = path.relative_to(root.resolve()).with_suffix("").parts
            found.setdefault(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path)
    return found


@cache
def _packages(roots: tuple[Path, ...]) -> dict[Path, str]:
    """Return the package that each file below the roots is in."""
    return {
        path: name if path.name == "__init__.py" else name.rpartition(".")[0]
        for name, path in _modules(roots).items()
    }


def _named_files(path: Path, patterns: frozenset[str]) -> Iterator[Path]:
    # What lies beside a module, or below it, is its own; a notebook and a script have no such files.
    if patterns and (path.parent / "__init__.py").is_file():
        for file in _other_files(path.parent):
            if any(file.match(pattern) for pattern in patterns):
                yield file


@cache
def _other_files(package: Path) -> tuple[Path, ...]:
    return tuple(
        path
        for path in sorted(package.rglob("*"))
        if path.is_file() and path.suffix not in (".py", ".pyc") and "__pycache__" not in path.parts
    )


@cache
def _resolved(path: Path) -> Path:
    return path.resolve()


@cache
def _read(path: Path) -> _Source:
    content = path.read_bytes()
    key = hashlib.sha256(content).hexdigest()
    if key not in _known:
        _known[key] = _parsed(ast.parse(content, filename=str(path)))
    return _known[key]


def _parsed(tree: ast.Module) -> _Source:
    _drop_docstrings(tree)
    return _Source(
        imports=tuple(_imports(tree)),
        exports=_exports(tree),
        defined=frozenset(_definitions(tree)),
        acts=any(not isinstance(node, _QUIET) for node in tree.body),
        patterns=frozenset(_patterns(tree)),
        digest=hashlib.sha256(ast.dump(tree).encode()).hexdigest(),
    )


# What a module may hold without doing anything when it is imported.
_QUIET = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef, ast.Pass)


def _drop_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list):
                # Words that stand alone, below a constant or a field too, do nothing.
                kept = [one for one in body if not _is_text(one)]
                setattr(node, name, kept or [ast.Pass()] if body else body)


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _imports(tree: ast.Module) -> Iterator[_Import]:
    skipped = set(_only_for_types(tree))
    uses = _uses(tree)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _held(alias.name, alias.asname, uses)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                module = "." * node.level + (node.module or "")
                if alias.name == "*":
                    yield _Import(module, "", frozenset({_ANYTHING}))
                else:
                    yield _Import(
                        module, alias.name, uses.get(alias.asname or alias.name, frozenset({_ANYTHING}))
                    )
        elif isinstance(node, ast.Call) and _last_name(node.func) == "import_module":
            for word in node.args[:1]:
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield _Import(word.value, "", frozenset({_ANYTHING}))


def _held(module: str, name: str | None, uses: Mapping[str, frozenset[str]]) -> Iterator[_Import]:
    """Return what ``import a.b`` runs and holds, which is a, and ``import a.b as c``, which is a.b."""
    if name is not None:
        yield _Import(module, "", uses.get(name, frozenset()))
    else:
        yield _Import(module, "", frozenset())
        top = module.partition(".")[0]
        yield _Import(top, "", uses.get(top, frozenset()))


def _uses(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Return for each name what follows it wherever it is read: ``b.c`` in ``a.b.c``, ``*`` where nothing does."""
    found: dict[str, set[str]] = {}
    inner: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node not in inner:
            chain, at = [node.attr], node.value
            while isinstance(at, ast.Attribute):
                inner.add(at)
                chain.insert(0, at.attr)
                at = at.value
            if isinstance(at, ast.Name):
                inner.add(at)
                found.setdefault(at.id, set()).add(".".join(chain))
        elif isinstance(node, ast.Name) and node not in inner and isinstance(node.ctx, ast.Load):
            found.setdefault(node.id, set()).add(_ANYTHING)
    return {name: frozenset(uses) for name, uses in found.items()}


def _only_for_types(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _last_name(node.test) == "TYPE_CHECKING":
            for one in node.body:
                yield from ast.walk(one)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _exports(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Return the names that a module has from others: from which, and as what (empty for the module itself)."""
    found: dict[str, tuple[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {alias.asname or alias.name: (module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname: (alias.name, "") for alias in node.names if alias.asname}
    return found


def _definitions(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (
                name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)
            )
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _patterns(tree: ast.Module) -> Iterator[str]:
    """Return what could name a file: strings with an ending, and such strings with gaps as patterns."""
    pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [
                part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else _ANYTHING
                for part in node.values
            ]
            text = re.sub(r"[?\[\]]", "", "".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces:
            text = node.value
        else:
            continue
        if re.fullmatch(r"[\w*./-]*[\w*-]\.\w{1,16}", text) and not text.startswith("/"):
            yield text


def _absolute(module: str, package: str) -> str:
    """Return the full name of a module that is named from within a package, with leading dots or without."""
    level = len(module) - len(module.lstrip("."))
    if not level:
        return module
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *filter(None, [module[level:]])])
