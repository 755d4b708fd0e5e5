"""Fingerprints of values and of code: two results with one fingerprint are one result.

A value is digested by its content, with all fields of a record, so that a field added later
cannot be forgotten. Code is digested with all that it imports, found from the sources, so that
no list of files has to be kept.

Floor 0: it imports nothing of ours.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from enum import Enum
from functools import lru_cache
from importlib import metadata
from pathlib import Path, PurePath
from typing import Any

__all__ = ["code_digest", "code_files", "digest", "libraries", "without_comments"]

_PACKAGE = "corredor"
_ROOT = Path(__file__).parent
#: What stands in a key by its content, and not by the code or file that it came from: figures
#: (by the day they were known on), and corridors.
_BY_CONTENT = ("figures/importing.py", "figures/data/tables/", "corridor/data/")
_NO_DATA = (".py", ".pyc", ".typed")
#: Libraries whose version may move a number, and the distributions they come with.
_LIBRARIES = {
    "SALib": ("SALib",),
    "duckdb": ("duckdb",),
    "jax": ("jax", "jaxlib"),
    "moocore": ("moocore",),
    "numba": ("numba", "llvmlite"),
    "numpy": ("numpy",),
    "numpyro": ("numpyro",),
    "polars": ("polars",),
    "scipy": ("scipy",),
    "sklearn": ("scikit-learn",),
    "statsforecast": ("statsforecast",),
}

Put = Callable[[bytes], None]


# ------------------------------------------------------------------------------- values
def digest(*parts: object) -> str:
    """Return a fingerprint of values: 32 hexadecimal digits, equal only for equal content.

    Parameters
    ----------
    *parts
        Numbers, text, bytes, dates, paths, enumerations; lists, tuples, sets and mappings of
        such; NumPy arrays, Polars tables; dataclasses and pydantic records, of which every
        field counts.

    Raises
    ------
    TypeError
        For anything else: what has no content to digest has no place in a key.

    Examples
    --------
    >>> digest(1, "a") == digest(1, "a")
    True
    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    total = hashlib.sha256()
    _feed(total.update, parts)
    return total.hexdigest()[:32]


def _feed(put: Put, value: Any) -> None:
    """Give a value to a digest, with its kind and length so that neighbours cannot run together."""
    if value is None or isinstance(value, (bool, int, str, bytes, float, date, PurePath)):
        _write(put, *_plain(value))
    elif isinstance(value, Enum):
        _write(put, "enum", f"{_name(value)}.{value.name}".encode())
    elif isinstance(value, (list, tuple)):
        _write(put, "list", str(len(value)).encode())
        for item in value:
            _feed(put, item)
    elif isinstance(value, AbstractSet):
        _write(put, "set", "".join(sorted(digest(item) for item in value)).encode())
    elif isinstance(value, Mapping):
        _write(put, "map", str(len(value)).encode())
        plain = all(type(key) is str for key in value)
        for key in sorted(value) if plain else sorted(value, key=digest):
            _feed(put, key)
            _feed(put, value[key])
    elif not isinstance(value, type) and (names := _fields(value)) is not None:
        _write(put, "record", f"{_name(value)}/{len(names)}".encode())
        for name in names:
            _write(put, "field", name.encode())
            _feed(put, getattr(value, name))
    elif type(value).__module__.partition(".")[0] == "polars" and hasattr(value, "write_csv"):
        _feed(put, {str(k): str(v) for k, v in value.schema.items()} | {"": list(value.columns)})
        _write(put, "table", value.write_csv().encode())
    elif hasattr(value, "__array__"):
        _feed_array(put, value)
    else:
        raise TypeError(f"a {_name(value)} has no content that could be digested")


def _plain(value: Any) -> tuple[str, bytes]:
    if isinstance(value, bytes):
        return "bytes", value
    if isinstance(value, str):
        return "str", value.encode()
    if isinstance(value, (bool, type(None))):
        return "one", str(value).encode()
    if isinstance(value, int):
        return "int", str(int(value)).encode()
    if isinstance(value, float):
        return "float", float(value).hex().encode()
    if isinstance(value, date):
        return type(value).__name__, value.isoformat().encode()
    return "path", value.as_posix().encode()


def _feed_array(put: Put, value: Any) -> None:
    import numpy as np

    array = np.asarray(value)
    if array.ndim == 0:
        _feed(put, array.item())
    elif array.dtype.hasobject:
        _feed(put, (array.shape, array.ravel().tolist()))
    else:
        _feed(put, (array.dtype.str, array.shape))
        _write(put, "array", array.tobytes())


def _fields(value: Any) -> tuple[str, ...] | None:
    """Names of all fields of a record; None for what is none."""
    if dataclasses.is_dataclass(value):
        return tuple(f.name for f in dataclasses.fields(value))
    known = getattr(type(value), "model_fields", None)  # pydantic
    return tuple(known) if isinstance(known, Mapping) else None


def _name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _write(put: Put, kind: str, content: bytes) -> None:
    put(f"{kind}:{len(content)}:".encode())
    put(content)


# --------------------------------------------------------------------------------- code
# loops are written out: possessive ones match wrongly in Python before 3.11.4
_TRIPLE = r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
_LEXED = re.compile(
    # a docstring: at the start of a file, or on a line of its own after a colon
    rf"((?:\A|:[ \t]*(?:#[^\n]*)?\n)(?:[ \t]*(?:#[^\n]*)?\n)*)([ \t]*){_TRIPLE}(?=[ \t]*(?:\n|\Z))"
    # any other text, which is left alone
    rf"|({_TRIPLE}|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    r"|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')"
    # a line that is empty or a comment, a comment that ends a line
    r"|(?<=\n)[ \t]*(?:#[^\n]*)?\n|[ \t]*#[^\n]*",
    re.DOTALL,
)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))",
    re.MULTILINE,
)
#: A package whose files are read: named in a text, the top one where its files are asked for.
_NAMED = re.compile(rf'"({_PACKAGE}(?:\.\w+)+)"|files\("({_PACKAGE})"\)')


def without_comments(source: str) -> str:
    """Return a source without comments, empty lines and the text of docstrings.

    What is left means the same to Python. It need not be the same text as another formatting of
    the same program: such a change gives another digest, which costs time and is never wrong.
    """

    def left(found: re.Match[str]) -> str:
        if found[1] is not None:
            return f'{":" if found[1] else ""}\n{found[2]}""'
        return found[3] or ""

    return _LEXED.sub(left, source).rstrip()


@dataclasses.dataclass(frozen=True)
class _Source:
    """A module's text as it counts, what it imports, and the packages whose files it reads."""

    text: str
    imports: tuple[tuple[str, tuple[str, ...]], ...]
    packages: frozenset[str]


def _read(path: Path) -> _Source:
    text = without_comments(path.read_text(encoding="utf-8"))
    imports = []
    for module, names, plain in _IMPORT.findall(text):
        listed = [n.split(" as ")[0].strip() for n in (names or plain).strip("() ").split(",")]
        listed = [n for n in listed if n]
        if module:
            imports.append((module, tuple(listed)))
        else:
            imports += [(name, ()) for name in listed]
    named = {deep or top for deep, top in _NAMED.findall(text)}
    if path.name != Path(__file__).name and ("__file__" in text or "__package__" in text):
        named.add("")  # its own
    return _Source(text, tuple(imports), frozenset(named))


class _Closure:
    """The files that some modules rest on: what they import, at any depth, and data they read."""

    def __init__(self, root: Path, skip: tuple[str, ...]) -> None:
        self.root = root
        self.skip = (*_BY_CONTENT, *skip)
        self.sources: dict[Path, _Source] = {}
        self.data: set[Path] = set()
        self._followed: set[str] = set()

    def file(self, module: str) -> Path | None:
        """File of a module of ours; None for a name that is none."""
        head, _, rest = module.partition(".")
        if head != _PACKAGE or not rest:
            return None  # the top of the package offers names of others
        path = self.root.joinpath(*rest.split("."))
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
        return None

    def take(self, module: str) -> _Source | None:
        """Add a module without what it imports."""
        file = self.file(module)
        if file is None or self._by_content(file):
            return None
        if file not in self.sources:
            self.sources[file] = source = _read(file)
            for package in source.packages:
                self._read_by(self._folder(package) if package else file.parent)
        return self.sources[file]

    def follow(self, module: str) -> None:
        """Add a module and all that it imports, also within functions and for types alone.

        The type of an argument counts: its methods are code that runs.
        """
        todo = [module]
        while todo:
            name = todo.pop()
            if name in self._followed:
                continue
            self._followed.add(name)
            source = self.take(name)
            if source is None:
                continue
            parent = name.rpartition(".")[0]
            while "." in parent:  # run before the module is
                self.take(parent)
                parent = parent.rpartition(".")[0]
            for origin, names in source.imports:
                deeper = [f"{origin}.{n}" for n in names]
                todo += [d for d in deeper if self.file(d)]
                if not names or not all(self.file(d) for d in deeper):
                    todo.append(origin)

    def _folder(self, package: str) -> Path | None:
        folder = self.root.joinpath(*package.split(".")[1:])
        return folder if (folder / "__init__.py").is_file() else None

    def _read_by(self, folder: Path | None) -> None:
        """Add the data files of a package: all of its folder but code and other packages."""
        todo = [] if folder is None else [folder]
        while todo:
            for path in sorted(todo.pop().iterdir()):
                if path.is_dir():
                    if path.name != "__pycache__" and not (path / "__init__.py").exists():
                        todo.append(path)
                elif path.suffix not in _NO_DATA and not self._by_content(path):
                    self.data.add(path)

    def _by_content(self, path: Path) -> bool:
        return path.relative_to(self.root).as_posix().startswith(self.skip)


@lru_cache(maxsize=64)
def _closure(
    starts: tuple[str, ...], alone: tuple[str, ...], root: Path, skip: tuple[str, ...] = ()
) -> _Closure:
    made = _Closure(root, skip)
    for module in (*starts, *alone):
        if made.file(module) is None:
            raise ValueError(f"there is no module {module}")
    for module in starts:
        made.follow(module)
    for module in alone:
        made.take(module)
    return made


def code_files(
    *starts: str, alone: Iterable[str] = (), root: Path = _ROOT, skip: tuple[str, ...] = ()
) -> tuple[Path, ...]:
    """Return the files that some modules rest on, sorted: see :func:`code_digest`."""
    made = _closure(starts, tuple(alone), root, skip)
    return tuple(sorted({*made.sources, *made.data}))


@lru_cache(maxsize=64)
def _code_digest(
    starts: tuple[str, ...], alone: tuple[str, ...], root: Path, skip: tuple[str, ...]
) -> str:
    made = _closure(starts, alone, root, skip)
    total = hashlib.sha256()
    for path in code_files(*starts, alone=alone, root=root, skip=skip):
        _write(total.update, "file", path.relative_to(root).as_posix().encode())
        source = made.sources.get(path)
        content = path.read_bytes() if source is None else source.text.encode()
        _write(total.update, "content", content)
    return total.hexdigest()


def code_digest(
    *starts: str, alone: Iterable[str] = (), root: Path = _ROOT, skip: tuple[str, ...] = ()
) -> str:
    """Return a fingerprint of the code that some modules rest on, read once in a process.

    It covers the modules, every module of ours that they import at any depth, wherever the
    import stands, and the data files of packages that these modules name. Comments and
    docstrings do not count, nor what a key holds by its content: figures and corridors.

    Parameters
    ----------
    *starts
        Full names of modules, such as ``corredor.inference.fit``.
    alone
        Modules that count without what they import.
    root
        Folder of the package, another one in tests.
    skip
        Beginnings of paths in the package that do not count: what they read stands in the key.

    Raises
    ------
    ValueError
        For a name that is no module of ours.
    """
    return _code_digest(starts, tuple(alone), root, skip)


def libraries(*starts: str, root: Path = _ROOT) -> dict[str, str]:
    """Return versions of the numerical libraries that some modules, and what they import, use."""
    return dict(_libraries(starts, root))


@lru_cache(maxsize=64)
def _libraries(starts: tuple[str, ...], root: Path) -> tuple[tuple[str, str], ...]:
    made = _closure(starts, (), root)
    used = {origin.partition(".")[0] for s in made.sources.values() for origin, _ in s.imports}
    return tuple(
        (name, _version(name))
        for library, names in _LIBRARIES.items()
        if library in used
        for name in names
    )


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "absent"
