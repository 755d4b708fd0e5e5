"""Building the store file: shipped tables plus imported editions, whole or not at all.

The ``.duckdb`` file is a cache. What a user has imported lives beside it, one Parquet file
an edition in ``<store>.editions/``; the rename of such a file is the moment an import
happens. A store file that is missing, damaged, or made from other tables or editions is
made again from these, in a temporary file that then takes its name.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corredor.errors import CorredorError, Problem
from corredor.figures import shipped
from corredor.figures.codes import DIMS

if TYPE_CHECKING:
    import duckdb
    import polars as pl

__all__ = [
    "attach",
    "build",
    "editions",
    "editions_folder",
    "extend",
    "locked",
    "state",
    "try_lock",
    "write_edition",
]

#: Raise when the layout of the store file changes.
LAYOUT = 1
WAIT_SECONDS = 120.0
_EDITION_COLUMNS = (
    "series",
    "start",
    "end",
    *DIMS,
    "value",
    "published",
    "published_estimated",
    "edition",
    "source",
)
_TYPES = {
    "start": "DATE",
    "end": "DATE",
    "value": "DOUBLE",
    "published": "DATE",
    "published_estimated": "BOOLEAN",
    "seq": "INTEGER",
}


def editions_folder(path: Path) -> Path:
    """Return the folder of imported editions that belongs to a store file."""
    return path.with_name(path.name + ".editions")


def editions(path: Path) -> list[Path]:
    """Return the imported editions of a store, oldest first."""
    return sorted(editions_folder(path).glob("[0-9]*.parquet"))


def state(path: Path) -> str:
    """Return what a store file must have been made from to be up to date."""
    names = ",".join(f"{e.name}:{e.stat().st_size}" for e in editions(path))
    made_from = f"{LAYOUT}|{shipped.fingerprint()}|{names}"
    return hashlib.sha256(made_from.encode()).hexdigest()


def attach(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a store file read-only.

    It is attached to a database in memory, so that two openings in one process never
    share a cached handle of a file that has since been replaced.
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    try:
        quoted = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS store (READ_ONLY, TYPE duckdb)")
        connection.execute("USE store")
    except Exception:
        connection.close()
        raise
    return connection


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the store's lock; the system lets it go when the process dies.

    Raises
    ------
    CorredorError
        When the folder cannot be written or another process keeps the lock too long.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = lock.open("a+b")
    except OSError as error:
        raise _unwritable(path, error) from None
    with handle:
        deadline = time.monotonic() + WAIT_SECONDS
        while not try_lock(handle):
            if time.monotonic() > deadline:
                raise CorredorError(
                    Problem(
                        "another process is writing to the store",
                        "wait for it to end and try again",
                        str(path),
                    )
                )
            time.sleep(0.02)
        yield


def try_lock(handle: Any) -> bool:
    """Lock an open file if nobody holds it; the system lets it go with the file."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _unwritable(path: Path, error: OSError) -> CorredorError:
    reason = (error.strerror or "the system refuses").lower()
    return CorredorError(
        Problem(
            f"the figures store cannot be written: {reason}",
            "set CORREDOR_STORE to a file ending in .duckdb in a folder you may write to",
            str(path),
        )
    )


def _sweep(path: Path) -> None:
    """Remove what killed processes left; called under the lock, so none is alive."""
    for left in [*path.parent.glob(f".{path.name}.*.tmp*"), *editions_folder(path).glob(".*.tmp")]:
        with suppress(OSError):
            left.unlink()


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _put(temporary: Path, path: Path) -> None:
    """Give a finished temporary file its name, safely on disk first."""
    with temporary.open("rb+") as handle:
        os.fsync(handle.fileno())
    os.replace(temporary, path)
    _sync_folder(path.parent)


def build(path: Path) -> None:
    """Make the store file anew. Hold the lock while calling."""
    _sweep(path)
    with _made(path) as connection:
        _fill(connection, path)
        connection.execute("CREATE TABLE meta AS SELECT ? AS state", [state(path)])


def extend(path: Path) -> None:
    """Add the newest edition to a store file that has all the others. Hold the lock."""
    _sweep(path)
    with _made(path, copy=True) as connection:
        known = editions(path)
        _insert(connection, known[-1], len(known) - 1)
        connection.execute("UPDATE meta SET state = ?", [state(path)])


@contextmanager
def _made(path: Path, *, copy: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a temporary database that takes the store's name once it is whole."""
    import duckdb

    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        if copy:
            shutil.copyfile(path, temporary)
        connection = duckdb.connect(str(temporary))
        try:
            yield connection
            connection.execute("CHECKPOINT")
        finally:
            connection.close()
        _put(temporary, path)
    except OSError as error:
        raise _unwritable(path, error) from None
    except duckdb.IOException as error:
        raise _unwritable(path, OSError(0, str(error).splitlines()[0])) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _fill(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    columns = ", ".join(f'"{c}" {_TYPES.get(c, "VARCHAR")}' for c in (*_EDITION_COLUMNS, "seq"))
    connection.execute(f"CREATE TABLE figures ({columns})")
    connection.execute("BEGIN")
    for name, table in shipped.tables().items():
        connection.execute(
            "INSERT INTO figures BY NAME SELECT ? AS series, * FROM read_parquet(?)",
            [name, str(table)],
        )
    for number, edition in enumerate(editions(path)):
        _insert(connection, edition, number)
    connection.execute("COMMIT")


def _insert(connection: duckdb.DuckDBPyConnection, edition: Path, number: int) -> None:
    """Add an imported edition; it is newer than every shipped one of the same day."""
    import duckdb

    try:
        connection.execute(
            "INSERT INTO figures BY NAME SELECT *, CAST(? AS INTEGER) AS seq FROM read_parquet(?)",
            [1_000 + number, str(edition)],
        )
    except duckdb.Error:
        raise CorredorError(
            Problem(
                "an imported edition is damaged",
                "restore the file from a copy, or delete it and import its figures again",
                str(edition),
            )
        ) from None


def write_edition(path: Path, frame: pl.DataFrame) -> Path:
    """Keep an imported edition; its appearance under its name is the import. Hold the lock."""
    folder = editions_folder(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        identity(path, create=True)
        last = editions(path)
        number = int(last[-1].name.split("-")[0]) + 1 if last else 1
        temporary = folder / f".{uuid.uuid4().hex}.tmp"
        frame.select(_EDITION_COLUMNS).write_parquet(temporary, compression="zstd")
        digest = hashlib.sha256(temporary.read_bytes()).hexdigest()[:12]
        final = folder / f"{number:06d}-{digest}.parquet"
        _put(temporary, final)
    except OSError as error:
        raise _unwritable(path, error) from None
    return final


def identity(path: Path, *, create: bool = False) -> str:
    """Return a name for this store's set of imported editions, empty when it has none yet."""
    file = editions_folder(path) / "id"
    with suppress(OSError):
        return file.read_text(encoding="ascii")
    if not create:
        return ""
    name = uuid.uuid4().hex
    temporary = file.with_name(f".{name}.tmp")
    temporary.write_text(name, encoding="ascii")
    _put(temporary, file)
    return name
