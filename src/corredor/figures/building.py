"""Building the store file: shipped tables plus imported editions, whole or not at all.

The ``.duckdb`` file is a cache. What a user has imported lives beside it, one Parquet file
an edition in ``<store>.editions/``; the rename of such a file is the moment an import
happens. A store file that is missing, damaged, or made from other tables or editions is
made again from these, in a temporary file that then takes its name.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corredor import files
from corredor.errors import CorredorError, Problem
from corredor.figures import shipped
from corredor.figures.catalogue import catalogue
from corredor.figures.codes import DIMS
from corredor.figures.editions import Edition
from corredor.figures.judging import KEYS
from corredor.figures.settling import Settled, settle

if TYPE_CHECKING:
    import duckdb
    import polars as pl

__all__ = [
    "attach",
    "build",
    "digest_of",
    "editions",
    "editions_folder",
    "extend",
    "locked",
    "state",
    "write_edition",
]

#: Raise when the layout of the store file changes.
LAYOUT = 2
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
#: How an edition is to be held against the others (absent from editions of LAYOUT 1).
_JUDGED_BY = ("issued", "covers", "asks")
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
    found = editions_folder(path).glob("[0-9]*.parquet")
    return sorted(one for one in found if one.is_file())  # a pipe of that name would wait for ever


def state(path: Path) -> str:
    """Return what a store file must have been made from to be up to date."""
    names = ",".join(f"{name}:{size}" for name, size in _sizes(path))
    made_from = f"{LAYOUT}|{shipped.fingerprint()}|{names}"
    return hashlib.sha256(made_from.encode()).hexdigest()


def _sizes(path: Path) -> Iterator[tuple[str, int]]:
    for one in editions(path):
        with suppress(FileNotFoundError):  # taken away since the folder was read
            yield one.name, one.stat().st_size


#: A query of over two seconds would print its progress into what a command prints.
QUIET = "SET enable_progress_bar = false"


def attach(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a store file read-only.

    It is attached to a database in memory, so that two openings in one process never
    share a cached handle of a file that has since been replaced.
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute(QUIET)
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
    with ExitStack() as held:
        try:
            lock = path.with_name(path.name + ".lock")
            held.enter_context(files.locked(lock, timeout=WAIT_SECONDS))
        except TimeoutError:
            raise CorredorError(
                Problem(
                    "another process is writing to the store",
                    "wait for it to end and try again",
                    str(path),
                )
            ) from None
        except OSError as error:
            raise _unwritable(path, error) from None
        yield


def _unwritable(path: Path, error: OSError) -> CorredorError:
    reason = (error.strerror or "the system refuses").lower()
    fix = "set CORREDOR_STORE to a file ending in .duckdb in a folder you may write to"
    if "no space" in reason:
        fix = "make room on the disk and try again"
    return CorredorError(Problem(f"the figures store cannot be written: {reason}", fix, str(path)))


def _sweep(path: Path) -> None:
    """Remove what killed processes left; called under the lock, so none is alive."""
    for left in [*path.parent.glob(f".{path.name}.*.tmp*"), *editions_folder(path).glob(".*.tmp")]:
        with suppress(OSError):
            left.unlink()


def build(path: Path) -> None:
    """Make the store file anew. Hold the lock while calling."""
    _sweep(path)
    with _made(path) as connection:
        _fill(connection, path)
        connection.execute("CREATE TABLE meta AS SELECT ? AS state", [state(path)])


def extend(path: Path, names: Sequence[str], *, write: bool = True) -> Settled:
    """Settle these series again, in a store file that has all else. Hold the lock.

    With ``write`` False the store file is left as it is.

    Returns
    -------
    Settled
        The statements of these series, and of those that share an edition with them.
    """
    _sweep(path)
    if not write:
        return _settled(path, names)[1]
    with _made(path, copy=True) as connection:
        settled = _settle(connection, path, names)
        connection.execute("UPDATE meta SET state = ?", [state(path)])
    return settled


@contextmanager
def _made(path: Path, *, copy: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a temporary database that takes the store's name once it is whole."""
    import duckdb

    try:
        with files.replacing(path, durable=True) as temporary:
            if copy:
                shutil.copyfile(path, temporary)
            connection = duckdb.connect(str(temporary))
            connection.execute(QUIET)
            try:
                yield connection
                connection.execute("CHECKPOINT")
            finally:
                connection.close()
                with suppress(OSError):  # left where the disk was full
                    temporary.with_name(f"{temporary.name}.wal").unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None
    except (
        duckdb.IOException,
        duckdb.TransactionException,
        duckdb.FatalException,
        duckdb.OutOfMemoryException,
    ) as error:
        reason = str(error).splitlines()[0].rpartition(": ")[2]
        raise _unwritable(path, OSError(0, reason)) from None


def _fill(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(f"CREATE TABLE figures ({_columns((*_EDITION_COLUMNS, 'seq'))})")
    connection.execute("BEGIN")
    for name, table in shipped.tables().items():
        connection.execute(
            "INSERT INTO figures BY NAME SELECT ? AS series, * FROM read_parquet(?)",
            [name, str(table)],
        )
    connection.execute(
        f"CREATE TABLE set_aside ({_columns(KEYS)}, value DOUBLE, number INTEGER, "
        "edition VARCHAR, issued DATE, kind VARCHAR, reason VARCHAR)"
    )
    _settle(connection, path, None)
    connection.execute("COMMIT")


def _columns(names: Sequence[str]) -> str:
    return ", ".join(f'"{c}" {_TYPES.get(c, "VARCHAR")}' for c in names)


def _settle(
    connection: duckdb.DuckDBPyConnection, path: Path, names: Sequence[str] | None
) -> Settled:
    """Replace the figures of these series (None: of all that were imported) by what stands."""
    touched, settled = _settled(path, names)
    rows, aside = settled.rows, settled.aside
    for table, frame in (("figures", rows), ("set_aside", aside)):
        connection.execute(
            f"DELETE FROM {table} WHERE series IN (SELECT unnest(?::VARCHAR[]))", [touched]
        )
        wanted = [*_EDITION_COLUMNS, "seq"] if table == "figures" else frame.columns
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "settled.parquet"
            frame.select(wanted).write_parquet(file)
            connection.execute(
                f"INSERT INTO {table} BY NAME SELECT * FROM read_parquet(?)", [str(file)]
            )
    return settled


def _settled(path: Path, names: Sequence[str] | None) -> tuple[list[str], Settled]:
    chosen = _together([_read(file) for file in editions(path)], names)
    touched = sorted({name for one in chosen for name in one.frame["series"].unique()})
    return touched, settle(_shipped(touched), chosen)


def _together(imported: Sequence[Edition], names: Sequence[str] | None) -> list[Edition]:
    """Return the editions that speak of these series, or share a series with such a one."""
    series = [set(one.frame["series"].unique()) for one in imported]
    wanted = set().union(*series) if names is None else set(names)
    while True:
        more = set().union(*(s for s in series if s & wanted)) - wanted
        if not more:
            return [one for one, s in zip(imported, series, strict=True) if s & wanted]
        wanted |= more


def _shipped(names: Sequence[str]) -> pl.DataFrame:
    """Return the shipped statements of these series, with every dimension."""
    import polars as pl

    frames = []
    for name in names:
        if name in shipped.tables():
            one = shipped.read(name)
            lacking = [pl.lit(None, pl.String).alias(d) for d in DIMS if d not in one.columns]
            value = pl.col("value").cast(pl.Float64)
            frames.append(one.with_columns(*lacking, value, series=pl.lit(name)))
    columns = (*_EDITION_COLUMNS, "seq")
    if not frames:
        return pl.DataFrame(schema={c: _dtypes().get(c, pl.String()) for c in columns})
    return pl.concat([f.select(columns).cast(_dtypes()) for f in frames])


def _dtypes() -> dict[Any, pl.DataType]:
    import polars as pl

    days = dict.fromkeys(("start", "end", "published"), pl.Date())
    return {**days, "value": pl.Float64(), "published_estimated": pl.Boolean(), "seq": pl.Int32()}


def _read(file: Path) -> Edition:
    """Read an imported edition; one of an earlier version is kept as it was taken in."""
    import polars as pl

    try:
        frame = pl.read_parquet(file)
        kept = "covers" not in frame.columns
        if kept:
            age, words = pl.col("published").alias("issued"), pl.lit("kept").alias("covers")
            frame = frame.with_columns(age, words, asks=pl.lit(False))
        covers, asks = frame["covers"][0], frame["asks"][0]
        _of_this_version(frame, file)
        lacking = [pl.lit(None, pl.String).alias(d) for d in DIMS if d not in frame.columns]
        frame = frame.with_columns(*lacking).select(*_EDITION_COLUMNS, "issued")
        number, _, digest = file.stem.partition("-")
        return Edition(int(number), digest, frame.cast({"value": pl.Float64}), covers, asks)
    except (pl.exceptions.PolarsError, OSError, IndexError, ValueError):
        raise CorredorError(
            Problem(
                "an imported edition is damaged",
                "restore the file from a copy, or delete it and import its figures again",
                str(file),
            )
        ) from None


def _of_this_version(frame: pl.DataFrame, file: Path) -> None:
    """Refuse an edition that says more than is understood here: half of it would be lost."""
    more = sorted(set(frame.columns) - {*_EDITION_COLUMNS, *_JUDGED_BY})
    more += sorted(set(frame["series"].unique()) - set(catalogue()))
    if more:
        raise CorredorError(
            Problem(
                f"this edition was imported by a newer Corredor (it has '{more[0]}')",
                "install the newest corredor, or move the file elsewhere",
                str(file),
            )
        )


def digest_of(frame: pl.DataFrame, keys: Sequence[str] = KEYS, *, dated: bool) -> str:
    """Return a hash of what an edition says, whatever it is called and who imported it.

    ``dated`` says that its age is more than a guess from its newest period, and counts.
    """
    names = [*keys, "value", "covers", "asks", *(["published", "issued"] if dated else [])]
    text = frame.select(names).sort(names).write_csv()
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def write_edition(path: Path, frame: pl.DataFrame, digest: str) -> int:
    """Keep an imported edition; its appearance under its name is the import. Hold the lock.

    Returns
    -------
    int
        The edition's number; that of the same edition where the store has it already.
    """
    folder = editions_folder(path)
    try:
        identity(path, create=True)
        known = editions(path)
        for same in known:
            if same.stem.partition("-")[2] == digest:
                return int(same.stem.partition("-")[0])
        number = int(known[-1].name.split("-")[0]) + 1 if known else 1
        chosen = frame.select(*_EDITION_COLUMNS, *_JUDGED_BY)
        with files.replacing(folder / f"{number:06d}-{digest}.parquet", durable=True) as temporary:
            chosen.write_parquet(temporary, compression="zstd")
    except OSError as error:
        raise _unwritable(path, error) from None
    return number


def identity(path: Path, *, create: bool = False) -> str:
    """Return a name for this store's set of imported editions, empty when it has none yet."""
    file = editions_folder(path) / "id"
    with suppress(OSError):
        return file.read_text(encoding="ascii")
    if not create:
        return ""
    name = uuid.uuid4().hex
    files.write_atomically(file, name, durable=True)
    return name
