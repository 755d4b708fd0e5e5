"""Series and figures of a corridor's own folder, beside those that ship.

``series.yaml`` declares the series: what they count, their dimensions and the words these admit.
``figures/`` holds tidy tables (CSV, Excel or Parquet) that somebody wrote, and in ``imported/``
one table for each edition that was imported, with its age. Which of their values stand is settled
as in the store (:mod:`corredor.figures.settling`): the order of imports does not matter. A file
that nobody foresaw is taken in with a mapping of its columns, which is kept in
``figures/mappings.yaml`` for the next one like it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corredor.errors import CorredorError, Problem
from corredor.figures.catalogue import Series, catalogue, dims_of
from corredor.figures.checking import check_table
from corredor.figures.codes import ALL
from corredor.figures.declared import read_series
from corredor.figures.editions import Age, Edition
from corredor.figures.frames import dated, frame_of
from corredor.figures.reading import Table, read_table
from corredor.figures.settling import settle

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.checking import Figure
    from corredor.figures.editions import Age, Edition

__all__ = ["Own", "own_catalogue", "read_own"]

SERIES, FIGURES, IMPORTED, MAPPINGS = "series.yaml", "figures", "imported", "mappings.yaml"
_TABLES = (".csv", ".parquet", ".xlsx")
#: What an imported table has besides, a line a figure: the day it came out, how that is known
#: (``Age.basis``), and what it covers (``Edition.covers``).
JUDGED_BY = ("issued", "dated_by", "covers")


@dataclass(frozen=True)
class Own:
    """What a corridor's folder brings.

    Attributes
    ----------
    folder
        The corridor's folder.
    series
        Its own series, by id.
    frame
        Their figures, in the columns of the store; ``seq`` orders editions of the same day.
    state
        Digest of the files they were read from.
    written
        The figures of the tables that somebody wrote.
    editions
        Those that were imported.
    aside
        What is set aside of them, and why.
    """

    folder: Path
    series: Mapping[str, Series]
    frame: pl.DataFrame
    state: str
    written: pl.DataFrame
    editions: tuple[Edition, ...]
    aside: pl.DataFrame

    @property
    def catalogue(self) -> dict[str, Series]:
        """The series that ship, and the corridor's own."""
        return {**catalogue(), **self.series}

    def known_by(self, day: date | None) -> str:
        """Digest of the figures published by a day; of all without one."""
        if day is None:
            return self.state
        import polars as pl

        known = self.frame.filter(pl.col("published") <= day)
        return hashlib.sha256(known.write_csv().encode()).hexdigest()


def read_own(folder: Path | str) -> Own | None:
    """Read what a corridor's folder brings of its own; None where it brings no series.

    Raises
    ------
    CorredorError
        With every fault of every file.
    """
    where = Path(folder)
    if not (where / SERIES).is_file():
        loose = _tables(where / FIGURES)
        if loose:
            fix = f"declare the series of these figures in {where / SERIES}"
            raise CorredorError(Problem("there is no series.yaml", fix, str(loose[0])))
        return None
    return _read(where, _state(where))


def own_catalogue(folder: Path | str) -> dict[str, Series]:
    """The series that ship and those that a folder declares; its figures are not read."""
    file = Path(folder) / SERIES
    return {**catalogue(), **(read_series(file) if file.is_file() else {})}


def _tables(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        f for f in folder.iterdir() if f.suffix.lower() in _TABLES and f.name[0] not in ".~"
    )


def imported_tables(folder: Path) -> list[Path]:
    return _tables(folder / FIGURES / IMPORTED)


def _state(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in [folder / SERIES, *_tables(folder / FIGURES), *imported_tables(folder)]:
        digest.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@lru_cache(maxsize=8)
def _read(folder: Path, state: str) -> Own:
    import polars as pl

    series = read_series(folder / SERIES)
    problems: list[Problem] = []
    written: list[tuple[str, Figure]] = []
    editions: list[Edition] = []
    known = {**catalogue(), **series}
    for file in _tables(folder / FIGURES):
        try:
            found = _figures(read_table(file), known, series)
            written += [(file.name, replace(f, edition=f.edition or file.name)) for f in found]
        except CorredorError as error:
            problems += error.problems
    for number, file in enumerate(imported_tables(folder), 1):
        try:
            editions.append(_edition(number, file, known, series))
        except CorredorError as error:
            problems += error.problems
    problems += _twice(written)
    if problems:
        raise CorredorError(problems)
    frame = _written([f for _, f in written], known)
    settled = settle(frame, editions, known)
    keys = ["series", "start", "end", *dims_of(known)]
    rows = settled.rows.with_columns(pl.col("seq").cast(pl.Int32)).select(frame.columns)
    rows = rows.sort(*keys, "published", "seq")
    return Own(folder, series, rows, state, frame, tuple(editions), settled.aside)


def _figures(
    table: Table, known: Mapping[str, Series], own: Mapping[str, Series], *, sums: bool = True
) -> list[Figure]:
    only = None
    if "series" not in table.header:  # landings.csv is of the series landings
        only = next((s for s in own if Path(table.name).stem == s or len(own) == 1), None)
    checked = check_table(
        table,
        series=only,
        today=date.today(),
        labels=lambda series, dim: frozenset({None, ALL} if series in own else {None}),
        new_labels=True,
        known_series=known,
        sums=sums,
    )
    if checked.quarantined:
        raise CorredorError(checked.quarantined)
    foreign = [f for f in checked.figures if f.series not in own]
    if foreign:
        what = f"{foreign[0].series} is not one of the corridor's own series"
        raise CorredorError(
            Problem(what, "import it into the store instead", table.name, foreign[0].line, "series")
        )
    return checked.figures


def _edition(
    number: int, file: Path, known: Mapping[str, Series], own: Mapping[str, Series]
) -> Edition:
    """Read an edition as an import left it: its sums were held then against those of its file."""
    import polars as pl

    table = read_table(file)
    if lacking := [c for c in JUDGED_BY if c not in table.header]:
        fix = f"tables of your own belong in {file.parent.parent}; import the file again"
        what = f"an imported edition has lost its column '{lacking[0]}'"
        raise CorredorError(Problem(what, fix, str(file), 1))
    at = [i for i, c in enumerate(table.header) if c not in JUDGED_BY]
    plain = replace(
        table,
        header=tuple(table.header[i] for i in at),
        rows=tuple((line, tuple(cells[i] for i in at)) for line, cells in table.rows),
    )
    figures = _figures(plain, known, own, sums=False)
    age = _age_in(table)
    covers = table.rows[0][1][table.header.index("covers")] or "cells"
    frame = dated(frame_of(figures, "", "", dims_of(known)), age, covers)
    asks = bool(frame["asks"][0])
    frame = frame.with_columns(pl.col("value").cast(pl.Float64)).drop("covers", "asks")
    return Edition(number, file.stem.rpartition("-")[2], frame, covers, asks)


def _age_in(table: Table) -> Age:
    """Return the age that an imported edition says it has."""
    line, cells = table.rows[0]
    said = dict(zip(table.header, cells, strict=True))
    try:
        return Age(date.fromisoformat(said["issued"] or ""), said["dated_by"] or "period")
    except ValueError:
        what = f"'{said['issued']}' is not a day"
        raise CorredorError(
            Problem(what, "import the file again", table.name, line, "issued")
        ) from None


def _twice(kept: list[tuple[str, Figure]]) -> list[Problem]:
    """The same cell of the same day in two files with two values."""
    seen: dict[tuple[object, ...], tuple[str, Figure]] = {}
    problems = []
    for name, figure in kept:
        other = seen.setdefault(figure.key, (name, figure))
        if other[1].value != figure.value:
            what = (
                f"the same figure is {figure.value:g} here and {other[1].value:g} in {other[0]}, "
                f"line {other[1].line}"
            )
            fix = "keep the right one, or give both the day they were published"
            problems.append(Problem(what, fix, name, figure.line, "value"))
    return problems


def _written(figures: list[Figure], known: Mapping[str, Series]) -> pl.DataFrame:
    import polars as pl

    dims = dims_of(known)
    rows = []
    for f in figures:
        usual = max(
            f.end + timedelta(days=known[f.series].lag_days), known[f.series].first_issue or f.end
        )
        rows.append(
            (
                *(f.series, f.start, f.end, *f.dims, f.value),
                f.published or min(usual, date.today()),
                *(f.published is None, f.edition, f.source),
            )
        )
    schema: dict[str, Any] = {
        "series": pl.String,
        "start": pl.Date,
        "end": pl.Date,
        **dict.fromkeys(dims, pl.String),
        "value": pl.Float64,
        "published": pl.Date,
        "published_estimated": pl.Boolean,
        "edition": pl.String,
        "source": pl.String,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    once = [c for c in schema if c not in ("edition", "source")]
    keys = ["series", "start", "end", *dims]
    return frame.unique(subset=once, keep="first", maintain_order=True).with_columns(
        seq=pl.int_range(pl.len(), dtype=pl.Int32).over(keys)
    )
