"""The store: every figure with its period, the day it was published, edition and source."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from corredor.cache import Recent, named_path, of_user
from corredor.errors import CorredorError, Problem, closest
from corredor.figures import building
from corredor.figures.catalogue import Series, catalogue, dims_of
from corredor.figures.codes import ALL, DIMS
from corredor.figures.days import Day, as_day
from corredor.figures.own import Own, read_own

if TYPE_CHECKING:
    import duckdb
    import polars as pl


__all__ = ["Store", "default_path", "mark"]

Wanted = str | Sequence[str] | None


def default_path() -> Path:
    """Return where the user's store is (``CORREDOR_STORE`` overrides)."""
    override = os.environ.get("CORREDOR_STORE")
    if override:
        return named_path(override)
    variable = "CORREDOR_STORE to a file ending in .duckdb in a folder"
    return of_user("data", variable) / "figures.duckdb"


#: What fingerprints of a day were made of, by what the store was made from and the day.
_STATES: Recent[str] = Recent(256)


def mark(path: Path) -> str:
    """Return a name that stays while a store keeps its imported figures, else ``""``."""
    return building.identity(path)


class Store:
    """Read access to the figures; obtained with :meth:`open`.

    Use as a context manager or call :meth:`close`. Reading never waits for a writer; figures are
    taken in by :func:`corredor.figures.importing.import_file`.
    """

    def __init__(
        self,
        path: Path,
        connection: duckdb.DuckDBPyConnection,
        *,
        own: Own | None = None,
    ) -> None:
        self.path = path
        self.own = own
        self.table = "store.figures" if own is None else "memory.main.figures"
        self._connection = connection
        if own is not None:
            _add_own(connection, own)

    # ------------------------------------------------------------ opening
    @classmethod
    def open(
        cls,
        path: Path | str | None = None,
        *,
        folder: Path | str | None = None,
    ) -> Store:
        """Open the store, making it first if it is missing, damaged or out of date.

        Parameters
        ----------
        path
            The store file, ending in ``.duckdb``; the user's own when absent.
        folder
            A corridor's folder, whose own series and figures stand beside those of the store
            (:mod:`corredor.figures.own`).

        Raises
        ------
        CorredorError
            When the file cannot be made, or the name is not that of a store.
        """
        where = named_path(path) if path is not None else default_path()
        if where.suffix != ".duckdb" or where.is_dir():
            raise CorredorError(
                Problem(
                    "this is not the name of a figures store",
                    "give a file ending in .duckdb",
                    str(where),
                )
            )
        connection = _current(where)
        if connection is None:
            with building.locked(where):
                connection = _current(where)
                if connection is None:
                    building.build(where)
                    connection = _current(where)
        if connection is None:
            raise CorredorError(
                Problem(
                    "the figures store cannot be read", "delete the file and try again", str(where)
                )
            )
        try:
            own = None if folder is None else read_own(folder)
        except CorredorError:
            connection.close()
            raise
        return cls(where, connection, own=own)

    @classmethod
    def fresh(cls, path: Path) -> Store:
        """Open an up-to-date store while its lock is already held by the caller."""
        connection = _current(path)
        if connection is None:
            building.build(path)
            connection = _current(path)
        if connection is None:
            raise _unreadable(path)
        return cls(path, connection)

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def reload(self) -> None:
        """See what has been imported since this store was opened."""
        fresh = Store.open(self.path, folder=None if self.own is None else self.own.folder)
        self._connection.close()
        self._connection, self.own = fresh._connection, fresh.own

    # ------------------------------------------------------------ reading
    @property
    def catalogue(self) -> Mapping[str, Series]:
        """The series that ship, and those of the corridor's folder."""
        return catalogue() if self.own is None else self.own.catalogue

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimension columns of its table."""
        return DIMS if self.own is None else dims_of(self.catalogue)

    def entry(self, series: str) -> Series:
        """Return the catalogue's entry of a series.

        Raises
        ------
        CorredorError
            When there is none of that id; the nearest is offered.
        """
        if series not in self.catalogue:
            fix = closest(series, list(self.catalogue))
            raise CorredorError(Problem(f"unknown series '{series}'", fix))
        return self.catalogue[series]

    def sql(self, query: str, values: Sequence[Any] = ()) -> pl.DataFrame:
        """Return the answer to a read-only query over the table ``figures``."""
        import polars as pl

        cursor = self._connection.cursor()
        return pl.DataFrame(cursor.sql(query, params=list(values)))

    def series(self, as_of: Day = None) -> pl.DataFrame:
        """Return the catalogue with what the store holds of each series.

        Parameters
        ----------
        as_of
            Tell only of figures published on or before this day.

        Returns
        -------
        polars.DataFrame
            ``series``, ``title_en``, ``title_es``, ``publisher``, ``publisher_url``,
            ``counts``, ``unit``, ``dims``, ``period``, ``first`` and ``last`` (days),
            ``n`` (figures, newest editions), ``editions`` (figures in all), ``source``
            (files the shipped figures were read from), ``licence``, ``rounding``,
            ``lag_days``, ``caveat`` (English), ``caveat_es``.
        """
        import polars as pl

        day = as_day(as_of, last=True)
        known = "value IS NOT NULL" + (" AND published <= ?" if day else "")
        held = self.sql(
            'SELECT series, min(start) AS first, max("end") AS last, '
            'count(DISTINCT (start, "end", ' + _columns(self.dims) + ")) AS n, "
            f"count(*) AS editions FROM {self.table} WHERE {known} GROUP BY series",
            [day] if day else [],
        )
        rows = [
            {
                "series": s.id,
                "title_en": s.title_en,
                "title_es": s.title_es,
                "publisher": s.publisher,
                "publisher_url": s.publisher_url,
                "counts": s.counts,
                "unit": s.unit,
                "dims": ", ".join(s.dims),
                "period": s.period,
                "source": "; ".join(s.read_from),
                "licence": s.licence,
                "rounding": s.rounding,
                "lag_days": s.lag_days,
                "caveat": s.caveat_en,
                "caveat_es": s.caveat_es,
            }
            for s in self.catalogue.values()
        ]
        frame = pl.DataFrame(rows).join(held, on="series", how="left", maintain_order="left")
        filled = frame.with_columns(pl.col("n", "editions").fill_null(0).cast(pl.Int64))
        order = list(rows[0])
        order[9:9] = ["first", "last", "n", "editions"]
        return filled.select(order)

    def figures(
        self,
        series: str,
        *,
        as_of: Day = None,
        start: Day = None,
        end: Day = None,
        latest: bool = True,
        **dims: Wanted,
    ) -> pl.DataFrame:
        """Return figures of one series.

        Parameters
        ----------
        series
            A series id of the catalogue.
        as_of
            Keep only figures published on or before this day.
        start, end
            Keep only periods that begin on or after ``start`` and end on or before ``end``
            (YYYY-MM and YYYY are understood as whole months and years).
        latest
            Keep the newest edition of each figure; False gives every edition, in which a
            null value marks a figure its publisher withdrew.
        **dims
            Keep only these values of a dimension: one, several, or None for "not stated".

        Returns
        -------
        polars.DataFrame
            ``series``, ``start``, ``end`` (inclusive), the dimensions of the series,
            ``value`` (whole numbers, or floating point for money, rates and indicators, in
            the unit of the catalogue), ``published``, ``published_estimated``, ``edition``,
            ``source``; ordered by period and dimensions.

        Raises
        ------
        CorredorError
            For an unknown series, dimension or day.
        """
        return self._select(self.entry(series), as_of, start, end, latest, dims)

    def _select(
        self,
        one: Series,
        as_of: Day,
        start: Day,
        end: Day,
        latest: bool,
        dims: Mapping[str, Wanted],
    ) -> pl.DataFrame:
        import polars as pl

        where, values = self._where(one, as_of, start, end, dims)
        keys = _columns(["start", "end", *one.dims])
        columns = f"series, {keys}, value, published, published_estimated, edition, source"
        newest = ""
        if latest:
            newest = (
                f"QUALIFY row_number() OVER (PARTITION BY {keys} "
                "ORDER BY published DESC, seq DESC) = 1"
            )
        query = (
            f"SELECT {columns}, seq FROM {self.table} WHERE {where} {newest} "
            f"ORDER BY {keys}, published, seq"
        )
        frame = self.sql(query, values).drop("seq")
        if latest:
            frame = frame.drop_nulls("value")
        return frame.with_columns(pl.col("value").cast(pl.Int64)) if one.whole else frame

    def monthly(
        self,
        series: str,
        *,
        by: Sequence[str] = (),
        as_of: Day = None,
        start: Day = None,
        end: Day = None,
        **dims: Wanted,
    ) -> pl.DataFrame:
        """Return sums by calendar month.

        Where a dimension has totals (``ALL``) beside its parts and is neither in ``by`` nor
        chosen, the totals are taken, so that nothing is counted twice. Months and cells
        without a figure stay absent; periods that are not a month are left out.

        Returns
        -------
        polars.DataFrame
            ``month`` (first day), the columns of ``by``, ``value``.
        """
        import polars as pl

        one = self.entry(series)
        wanted = [by] if isinstance(by, str) else list(by)
        self._check_dims(one, wanted)
        frame = self._select(one, as_of, start, end, True, dims)
        for dim in one.dims:
            if dim not in wanted and dim not in dims and (frame[dim] == ALL).any():
                frame = frame.filter(pl.col(dim) == ALL)
        months = frame.filter(
            (pl.col("start").dt.month_start() == pl.col("start"))
            & (pl.col("start").dt.month_end() == pl.col("end"))
        )
        return (
            months.group_by(pl.col("start").alias("month"), *wanted)
            .agg(pl.col("value").sum())
            .sort("month", *wanted, nulls_last=True)
        )

    def apart(self, series: str) -> tuple[str, ...]:
        """Return dimensions that tell different things apart, which are not added up.

        Those are what is measured (stages of one process, trucks and what they carry) and, where
        crossings are counted, what crosses.
        """
        one = self.entry(series)
        kinds = ("measure", "mode") if one.unit == "crossings" else ("measure",)
        return tuple(d for d in kinds if d in one.dims)

    def revisions(self, series: str | None = None) -> pl.DataFrame:
        """Return figures that have more than one edition.

        Returns
        -------
        polars.DataFrame
            ``series``, ``start``, ``end``, the dimensions (those of the series, or all when
            none is named), ``first_value``, ``first_published``, ``latest_value`` (null:
            withdrawn), ``latest_published``, ``change``, ``editions``.
        """
        names = self.entry(series).dims if series is not None else self.dims
        keys = _columns(["series", "start", "end", *names])
        order = "published, seq"
        query = (
            f"SELECT {keys}, first(value ORDER BY {order}) AS first_value, "
            f"min(published) AS first_published, "
            f"last(value ORDER BY {order}) AS latest_value, "
            "max(published) AS latest_published, "
            "latest_value - first_value AS change, count(*) AS editions "
            f"FROM {self.table} " + ("WHERE series = ? " if series else "") + f"GROUP BY {keys} "
            f"HAVING count(*) > 1 ORDER BY {keys}"
        )
        return self.sql(query, [series] if series else [])

    def fingerprint(self, as_of: Day = None) -> str:
        """Return a SHA-256 of the figures known on a day, for use as a cache key."""
        import hashlib

        day = as_day(as_of, last=True)
        made = self._connection.cursor().execute("SELECT state FROM store.meta").fetchone()
        key = (made[0] if made else "", day)

        def state_of_day() -> str:
            columns = ", ".join(
                f"coalesce(CAST(\"{c}\" AS VARCHAR), '')"
                for c in ("series", "start", "end", *DIMS, "value", "published", "seq")
            )
            found = self.sql(
                f"SELECT sum(hash(concat_ws(chr(31), {columns}))) AS h, count(*) AS n "
                "FROM store.figures WHERE published <= ?",
                [day],
            )
            return f"{found['h'][0]}|{found['n'][0]}"

        if day is None:
            state = building.state(self.path)
        else:
            state = _STATES.get(key, state_of_day) if key[0] else state_of_day()
        if self.own is not None:
            state += self.own.known_by(day)
        return hashlib.sha256(f"figures|{state}".encode()).hexdigest()

    def outdated(self) -> bool:
        """Whether figures were imported since this store was opened."""
        found = self._connection.cursor().execute("SELECT state FROM store.meta").fetchone()
        return found is None or found[0] != building.state(self.path)

    # ---------------------------------------------------------- importing
    # ------------------------------------------------------------ helpers
    def _where(
        self, one: Series, as_of: Day, start: Day, end: Day, dims: Mapping[str, Wanted]
    ) -> tuple[str, list[Any]]:
        self._check_dims(one, list(dims))
        clauses, values = ["series = ?"], [one.id]
        limits: list[tuple[str, date | None]] = [
            ("published <= ?", as_day(as_of, last=True)),
            ("start >= ?", as_day(start, name="start")),
            ('"end" <= ?', as_day(end, last=True, name="end")),
        ]
        bound: list[Any] = list(values)
        for clause, day in limits:
            if day is not None:
                clauses.append(clause)
                bound.append(day)
        for dim, wanted in dims.items():
            if wanted is None:
                clauses.append(f'"{dim}" IS NULL')
                continue
            chosen = [wanted] if isinstance(wanted, str) else list(wanted)
            clauses.append(f'"{dim}" IN (SELECT unnest(?::VARCHAR[]))')
            bound.append([one.canonical(dim, w) or w for w in chosen])
        return " AND ".join(clauses), bound

    @staticmethod
    def _check_dims(one: Series, names: Sequence[str]) -> None:
        wrong = [n for n in names if n not in one.dims]
        if wrong:
            fix = closest(wrong[0], one.dims) if one.dims else "this series has none"
            raise CorredorError(
                [Problem(f"series {one.id} has no dimension '{n}'", fix) for n in wrong]
            )


def _columns(names: Sequence[str]) -> str:
    """Names for a query; a dimension may be a word of SQL."""
    return ", ".join(f'"{n}"' for n in names)


def _add_own(connection: duckdb.DuckDBPyConnection, own: Own) -> None:
    """Put a corridor's own figures beside the store's, in a view of the same name."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="corredor-") as scratch:
        file = Path(scratch) / "own.parquet"
        own.frame.write_parquet(file)
        connection.execute(
            "CREATE TABLE memory.main.own AS SELECT * FROM read_parquet(?)", [str(file)]
        )
    connection.execute(
        "CREATE VIEW memory.main.figures AS "
        "SELECT * FROM store.figures UNION ALL BY NAME SELECT * FROM memory.main.own"
    )
    connection.execute("USE memory")


def _unreadable(path: Path) -> CorredorError:
    return CorredorError(
        Problem("the figures store cannot be read", "delete the file and try again", str(path))
    )


def _current(path: Path) -> duckdb.DuckDBPyConnection | None:
    """Return a connection when the file is whole and up to date, else None."""
    if not path.is_file():
        return None
    import duckdb

    try:
        connection = building.attach(path)
    except duckdb.Error:
        return None
    try:
        found = connection.execute("SELECT state FROM store.meta").fetchone()
        connection.execute("SELECT series FROM store.figures LIMIT 1").fetchone()
    except duckdb.Error:
        found = None
    if found is not None and found[0] == building.state(path):
        return connection
    connection.close()
    return None
