"""Results that are kept: fits, draws, ensembles, answers, each under the key of what made it.

A key is a fingerprint of the package's version, of the code that makes the result with all that
it imports, of the numerical libraries, and of every input (:func:`result_key`). What is kept is
therefore never older than what made it, and may be deleted at any time.

An entry is a folder ``<kind>/<key>`` of plain files (NumPy arrays without pickled code, Parquet,
JSON), each written whole or not at all, so that several processes and other programs may read
them. Entries that were not used for longest go first when all together pass a limit.

Floor 0: it imports nothing of ours but files, fingerprints and faults.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from zipfile import BadZipFile

from corredor._version import __version__
from corredor.errors import CorredorError, Problem
from corredor.files import locked, write_atomically
from corredor.fingerprints import code_digest, digest, libraries

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "KINDS",
    "Cache",
    "Entry",
    "Recent",
    "cache_folder",
    "cache_root",
    "clear",
    "content_key",
    "entries",
    "is_key",
    "named_path",
    "of_user",
    "prune",
    "result_key",
    "size_limit",
]

T = TypeVar("T")

#: Kinds of results, folders of the cache, and what they hold.
KINDS = {
    "fits": "fits of a corridor and of its panel, days between checkpoints",
    "briefs": "what a brief shows",
    "results": "answers of the page",
    "deals": "simulated packages of a table, emulators",
    "backtests": "forecasts of past days",
    "compiled": "machine code of the engine",
}
_LIMIT_MB = 4000
_FRESH = 3600.0  # seconds since its last use in which an entry is never pruned
_LEFT = 0.8  # share of the limit that pruning goes down to
_KEY = re.compile(r"[0-9a-f]{32}")
_PART = re.compile(r"[a-z0-9_-]+\.(json|parquet|npz|js|svg|png|txt)")
_NOTE = "about.txt"


# --------------------------------------------------------------------------------- keys
def result_key(
    *inputs: object,
    code: Collection[str],
    alone: Iterable[str] = (),
    skip: tuple[str, ...] = (),
) -> str:
    """Return the key of a result: 32 hexadecimal digits.

    Parameters
    ----------
    *inputs
        Everything the result depends on: figures, corridor, drivers, seed, sizes. See
        :func:`corredor.fingerprints.digest` for what may be given.
    code
        Modules that make the result; what they import counts too.
    alone
        Modules that count without what they import.
    skip
        Beginnings of paths in the package that do not count: what they read is among the inputs.
    """
    return digest(content_key(*inputs, code=code, alone=alone, skip=skip), libraries(*code))


def content_key(
    *inputs: object,
    code: Collection[str],
    alone: Iterable[str] = (),
    skip: tuple[str, ...] = (),
) -> str:
    """Return the key of a result whatever the versions of the numerical libraries.

    What a release carries is used under this key: it was made with the libraries of its makers.
    Parameters as in :func:`result_key`.
    """
    return digest((__version__, code_digest(*code, alone=alone, skip=skip)), inputs)


def is_key(text: str) -> bool:
    """Whether ``text`` has the form of a key. Nothing else ever becomes part of a path."""
    return _KEY.fullmatch(text) is not None


def cache_root() -> Path:
    """Folder of everything that is kept; ``CORREDOR_CACHE`` overrides the user's cache folder."""
    override = os.environ.get("CORREDOR_CACHE")
    if override:
        return named_path(override)
    return of_user("cache", "CORREDOR_CACHE to a folder")


def named_path(text: str | Path) -> Path:
    """Return a path that someone gave, where ``~`` is a home.

    Raises
    ------
    CorredorError
        When that home is not known.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise CorredorError(
            Problem("there is no such home folder", "give the whole path", str(text))
        ) from None


def of_user(kind: str, variable: str) -> Path:
    """Return a folder of ours below the user's home.

    Parameters
    ----------
    kind
        ``cache`` or ``data``.
    variable
        What to set where the user has no home, and to what.

    Raises
    ------
    CorredorError
        When the user has no home.
    """
    import platformdirs

    where = {"cache": platformdirs.user_cache_dir, "data": platformdirs.user_data_dir}[kind]
    try:
        found = where("corredor")
    except RuntimeError:
        found = "~"
    if not os.path.isabs(found):  # older platformdirs leave "~" where nobody knows the home
        raise CorredorError(
            Problem("this user has no home folder", f"set {variable} you may write to")
        )
    return Path(found)


def cache_folder(kind: str) -> Path:
    """Folder of one of the :data:`KINDS` of results."""
    if kind not in KINDS:
        raise ValueError(f"there is no kind of results '{kind}'")
    return cache_root() / kind


# ------------------------------------------------------------------------------ entries
class Cache:
    """A folder of results: ``<key>/<part>``.

    Reading a part that is missing or damaged gives None: it is made anew.

    Raises
    ------
    ValueError
        For a key or the name of a part that could lead out of the folder.
    CorredorError
        When the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entry(self, key: str) -> Path:
        """Folder of a result."""
        if not is_key(key):
            raise ValueError("not the key of a result")
        return self.folder / key

    def _path(self, key: str, part: str) -> Path:
        if not _PART.fullmatch(part):
            raise ValueError("not the name of a result")
        return self.entry(key) / part

    def get(self, key: str, part: str) -> bytes | None:
        """Return a part, or None where it is not kept."""
        path = self._path(key, part)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        with suppress(OSError):  # a folder that may only be read
            os.utime(path.parent)
        return content

    def written(self, key: str, part: str) -> int | None:
        """When a part was written, in nanoseconds since 1970; None where it is not kept."""
        path = self._path(key, part)
        try:
            found = path.stat().st_mtime_ns
        except OSError:
            return None
        with suppress(OSError):
            os.utime(path.parent)
        return found

    def has(self, key: str, part: str) -> bool:
        """Whether a part is kept."""
        return self._path(key, part).is_file()

    def put(self, key: str, part: str, content: bytes) -> None:
        """Keep a part."""
        path = self._path(key, part)
        try:
            write_atomically(path, content)
        except OSError as error:
            raise _unwritable(self.folder, error) from None
        _pruned_now_and_then(self.folder, len(content))

    def get_json(self, key: str, part: str) -> Any:
        """Return a JSON part, or None."""
        found = self.get(key, part)
        try:
            return None if found is None else json.loads(found)
        except ValueError:
            return None

    def put_json(self, key: str, part: str, value: Any) -> None:
        """Keep a JSON part."""
        self.put(key, part, json.dumps(value, ensure_ascii=False, allow_nan=False).encode())

    def get_arrays(self, key: str, part: str = "arrays.npz") -> dict[str, Any] | None:
        """Return named NumPy arrays, or None. Nothing that is read is run."""
        import numpy as np

        found = self.get(key, part)
        if found is None:
            return None
        try:
            with np.load(io.BytesIO(found), allow_pickle=False) as z:
                return {k: z[k] for k in z.files}
        except (OSError, ValueError, EOFError, BadZipFile):
            return None

    def put_arrays(self, key: str, arrays: Mapping[str, Any], part: str = "arrays.npz") -> None:
        """Keep named NumPy arrays."""
        import numpy as np

        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        self.put(key, part, buffer.getvalue())

    def get_table(self, key: str, part: str) -> pl.DataFrame | None:
        """Return a table, or None."""
        import polars as pl

        found = self.get(key, part)
        try:
            return None if found is None else pl.read_parquet(io.BytesIO(found))
        except pl.exceptions.PolarsError:
            return None

    def put_table(self, key: str, part: str, table: pl.DataFrame) -> None:
        """Keep a table."""
        buffer = io.BytesIO()
        table.write_parquet(buffer)
        self.put(key, part, buffer.getvalue())

    def full(self) -> bool:
        """Whether all that is kept takes a quarter more than it may, although what was not used
        lately is deleted: someone asks for more than there is room for.
        """
        limit = size_limit()
        prune(limit, (self.folder,))
        return _taken((self.folder,)) > 1.25 * limit

    def note(self, key: str, text: str) -> None:
        """Say in words what an entry is, for those who look at the list."""
        self.put(key, _NOTE, text.encode())

    @contextmanager
    def making(self, key: str) -> Iterator[None]:
        """Hold an entry while it is made: others who want it wait, and then look again."""
        lock = self.entry(key) / ".lock"
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self.folder, error) from None
        with _held(lock):
            yield


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """Hold a lock, or go on without one on a file system that knows none."""
    holding = locked(lock)
    try:
        holding.__enter__()
    except OSError:
        yield
        return
    try:
        yield
    finally:
        holding.__exit__(None, None, None)


def _unwritable(folder: Path, error: OSError) -> CorredorError:
    fix = "set CORREDOR_CACHE to a folder you may write to"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        fix = "make room on the disk, or set CORREDOR_CACHE to a folder on another"
    return CorredorError(
        Problem(
            f"results cannot be kept ({(error.strerror or 'the system refuses').lower()})",
            fix,
            str(folder),
        )
    )


class Recent(Generic[T]):
    """Values in memory by key: the last few that were used, each made once for all who ask.

    Parameters
    ----------
    most
        Values held. Another one takes the place of the one not used for longest.
    weigh, heavy
        What a value weighs (nothing, by default), and what all together may weigh.
    """

    def __init__(self, most: int, weigh: Callable[[T], int] = lambda _: 0, heavy: int = 0) -> None:
        self._most, self._weigh, self._heavy = most, weigh, heavy
        self._weight = 0
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def look(self, key: Hashable) -> T | None:
        """Return a value that is held, or None."""
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
            return found

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return a value, made where it is not held; several who ask at once wait for one."""
        found = self.look(key)
        if found is not None:
            return found
        with self._lock:
            lock = self._making.setdefault(key, threading.Lock())
        with lock:
            found = self.look(key)
            if found is None:
                try:
                    found = make()
                    self._hold(key, found)
                finally:  # what cannot be made leaves nothing behind either
                    with self._lock:
                        self._making.pop(key, None)
        return found

    def _hold(self, key: Hashable, value: T) -> None:
        size = self._weigh(value)
        with self._lock:
            if key in self._values:
                self._weight -= self._weigh(self._values[key])
            self._values[key] = value
            self._weight += size
            while len(self._values) > 1 and (
                len(self._values) > self._most or self._weight > self._heavy
            ):
                _, gone = self._values.popitem(last=False)
                self._weight -= self._weigh(gone)


# ------------------------------------------------------------------- looking and pruning
@dataclass(frozen=True)
class Entry:
    """Something that is kept.

    Attributes
    ----------
    kind
        One of :data:`KINDS`.
    path
        Its folder or file.
    about
        What it is, in words, where that was noted.
    size
        Bytes.
    made, used
        When its oldest file was written, and when it was last read or added to: seconds since
        1970.
    """

    kind: str
    path: Path
    about: str
    size: int
    made: float
    used: float


def size_limit() -> int:
    """Bytes that may be kept: ``CORREDOR_CACHE_MB`` megabytes, 4,000 by default.

    Raises
    ------
    CorredorError
        When the variable is no number above 0.
    """
    given = os.environ.get("CORREDOR_CACHE_MB", "")
    if not given:
        return _LIMIT_MB * 1_000_000
    try:
        limit = float(given)
    except ValueError:
        limit = 0.0
    if not 0.0 < limit < float("inf"):
        raise CorredorError(
            Problem(f"CORREDOR_CACHE_MB is '{given}'", "give megabytes above 0, such as 4000")
        )
    return int(limit * 1_000_000)


def entries(kinds: Iterable[str] = tuple(KINDS)) -> list[Entry]:
    """Return what is kept, the most recently used first."""
    found = [e for kind in kinds for e in _entries(kind, cache_folder(kind))]
    return sorted(found, key=lambda e: -e.used)


def _entries(kind: str, folder: Path) -> Iterator[Entry]:
    try:
        listed = [p for p in os.scandir(folder) if not p.name.startswith(".")]
    except OSError:
        return
    for one in listed:
        with suppress(OSError):  # deleted meanwhile
            whole = [one.stat()]
            if one.is_dir():
                whole = [f.stat() for f in Path(one.path).rglob("*") if f.is_file()]
            made = [s for s in whole if s.st_size]
            if made:
                yield Entry(
                    kind,
                    Path(one.path),
                    _about(Path(one.path)),
                    sum(s.st_size for s in made),
                    min(s.st_mtime for s in made),
                    max(one.stat().st_mtime, *(s.st_mtime for s in made)),
                )


def _about(path: Path) -> str:
    try:
        return (path / _NOTE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def clear(kinds: Iterable[str] = tuple(KINDS)) -> tuple[int, int]:
    """Delete all results of some kinds; returns how many there were, and their bytes.

    What a process makes meanwhile may stay.
    """
    gone = [e for e in entries(kinds) if _deleted(e.path)]
    return len(gone), sum(e.size for e in gone)


def prune(limit: int | None = None, folders: Iterable[Path] = ()) -> list[Entry]:
    """Delete results until they take less than a limit, those not used for longest first.

    What was used in the last hour stays: someone may be at it.

    Parameters
    ----------
    limit
        Bytes; :func:`size_limit` by default.
    folders
        Further folders of results, besides those of :data:`KINDS`.

    Returns
    -------
    list of Entry
        What was deleted.
    """
    limit = size_limit() if limit is None else limit
    found = _found(folders)
    total, gone = sum(e.size for e in found), []
    if total <= limit:
        return []
    now = time.time()
    for entry in sorted(found, key=lambda e: e.used):
        if total <= _LEFT * limit or now - entry.used < _FRESH:
            break
        if _deleted(entry.path):
            total -= entry.size
            gone.append(entry)
    return gone


def _found(folders: Iterable[Path]) -> list[Entry]:
    known = {cache_folder(kind): kind for kind in KINDS}
    return [e for f in {*known, *folders} for e in _entries(known.get(f, f.name), f)]


def _taken(folders: Iterable[Path]) -> int:
    return sum(e.size for e in _found(folders))


def _deleted(path: Path) -> bool:
    """Delete an entry; first out of sight, so that a reader finds it whole or not at all."""
    try:
        if path.is_file():
            path.unlink()
            return True
        hidden = path.with_name(f".{path.name}.{os.getpid()}.gone")
        os.replace(path, hidden)
    except OSError:
        return False
    shutil.rmtree(hidden, ignore_errors=True)
    return True


_written = {"bytes": 0, "at": -1}


def _pruned_now_and_then(folder: Path, size: int) -> None:
    """Prune at the first result that a process keeps, and after each twentieth of the limit."""
    limit = size_limit()
    _written["bytes"] += size
    if _written["at"] >= 0 and _written["bytes"] - _written["at"] < limit / 20:
        return
    _written["at"] = _written["bytes"]
    prune(limit, (folder,))
