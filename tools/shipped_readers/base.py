"""What the readers share: raw files, editions, and the rules for publication dates."""

from __future__ import annotations

import csv
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from corredor.figures.catalogue import Series
from corredor.figures.codes import canonical

COLUMNS = ("value", "published", "published_estimated", "edition", "source", "seq")


@dataclass(frozen=True)
class Edition:
    """The figures of one series as one edition gave them, oldest edition first in a list.

    ``frame`` has start, end, the dims, value and (optionally) source and published.
    ``day`` is the latest day on which the edition can have come out, where it is known.
    ``complete`` says that a figure of the covered periods missing here was withdrawn.
    """

    name: str
    frame: pl.DataFrame
    day: date | None = None
    known: bool = False
    complete: bool = False


@dataclass
class Raw:
    """The folder of compiled files and what the manifest says of each."""

    folder: Path
    used: set[str] = field(default_factory=set)

    @functools.cached_property
    def manifest(self) -> dict[str, str]:
        with (self.folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as handle:
            return {row["file"]: row["read_from"] for row in csv.DictReader(handle)}

    def read(self, name: str) -> pl.DataFrame:
        """Return a file as text columns, with its origin in ``source`` if rows have none."""
        self.used.add(name)
        frame = pl.read_csv(self.folder / name, infer_schema=False)
        if "source" not in frame.columns:
            frame = frame.with_columns(source=pl.lit(self.manifest[name]))
        return frame


def month_of(text: pl.Expr) -> list[pl.Expr]:
    """Return start and end of the calendar month written YYYY-MM."""
    start = (text + "-01").str.to_date("%Y-%m-%d")
    return [start.alias("start"), start.dt.month_end().alias("end")]


def year_of(text: pl.Expr) -> list[pl.Expr]:
    """Return start and end of the calendar year written YYYY."""
    year = text.cast(pl.Int32)
    return [pl.date(year, 1, 1).alias("start"), pl.date(year, 12, 31).alias("end")]


def fiscal_of(text: pl.Expr) -> list[pl.Expr]:
    """Return start and end of the US fiscal year (October to September)."""
    year = text.cast(pl.Int32)
    return [pl.date(year - 1, 10, 1).alias("start"), pl.date(year, 9, 30).alias("end")]


def days_of(start: str = "start", end: str = "end") -> list[pl.Expr]:
    return [pl.col(start).str.to_date().alias("start"), pl.col(end).str.to_date().alias("end")]


def word(dim: str, column: str) -> pl.Expr:
    """Return a column in the catalogue's words; an unknown label stops the build."""

    def one(label: str) -> str:
        found = canonical(dim, label)
        if found is None:
            raise SystemExit(f"no {dim} for '{label}'")
        return found

    return pl.col(column).map_elements(one, return_dtype=pl.String).alias(dim)


def tidy(
    frame: pl.DataFrame, period: Sequence[pl.Expr], dims: Sequence[pl.Expr], value: str | pl.Expr
) -> pl.DataFrame:
    """Return start, end, dims, value and source; rows without a value are absent, not zero."""
    number = pl.col(value) if isinstance(value, str) else value
    return (
        frame.with_columns(*period)
        .select("start", "end", *dims, number.cast(pl.Float64).alias("value"), "source")
        .drop_nulls("value")
    )


def summed(frame: pl.DataFrame, *dims: str) -> pl.DataFrame:
    """Return sums over ``dims``; sources of the summed rows are kept, each once."""
    return frame.group_by("start", "end", *dims).agg(
        pl.col("value").sum(), pl.col("source").unique().sort().str.join("; ")
    )


def stacked(one: Series, editions: Sequence[Edition]) -> pl.DataFrame:
    """Return every edition of a series, a changed value being a new figure.

    The first edition in hand is given the publisher's usual date (end of period + lag, not
    before the publication first appeared nor after the day it was read). A later edition has
    its own day and adds only what changed; a cell that a complete edition no longer has is
    recorded as withdrawn (null), and one that it adds to a period held before has its day.
    """
    dims = list(one.dims)
    keys = ["start", "end", *dims]
    parts: list[pl.DataFrame] = []
    newest: pl.DataFrame | None = None
    for number, edition in enumerate(editions):
        frame = edition.frame
        if (twice := frame.group_by(keys).len().filter(pl.col("len") > 1)).height:
            raise SystemExit(f"{one.id} {edition.name}: figures given twice\n{twice}")
        if newest is not None:
            frame = _changed(frame, newest, keys, edition.complete)
        fresh = frame
        if newest is not None:
            # what a whole edition adds to a period held before was not there at its usual date
            held = ["start", "end"] if edition.complete else keys
            fresh = frame.join(newest, on=held, how="anti", nulls_equal=True)
        again = frame.join(fresh, on=keys, how="anti", nulls_equal=True)
        dated = pl.concat([_dated(fresh, one, edition, True), _dated(again, one, edition, False)])
        parts.append(
            dated.with_columns(edition=pl.lit(edition.name), seq=pl.lit(number, pl.Int32)).select(
                *keys, *COLUMNS
            )
        )
        current = edition.frame.select(*keys, "value")
        if newest is not None:
            old = newest.join(frame, on=keys, how="anti", nulls_equal=True)
            current = pl.concat([old, frame.select(*keys, "value")])
        newest = current
    return pl.concat(parts).sort(*keys, "seq", nulls_last=True, maintain_order=True)


def _changed(
    frame: pl.DataFrame, newest: pl.DataFrame, keys: list[str], complete: bool
) -> pl.DataFrame:
    """Return the rows of ``frame`` that are new or differ, and nulls for withdrawn ones."""
    same = frame.join(newest.drop_nulls("value"), on=[*keys, "value"], how="semi", nulls_equal=True)
    out = frame.join(same, on=keys, how="anti", nulls_equal=True)
    if complete:
        covered = newest.join(frame.select("start", "end").unique(), on=["start", "end"])
        gone = covered.drop_nulls("value").join(frame, on=keys, how="anti", nulls_equal=True)
        source = pl.lit(frame["source"][0] if frame.height else "")
        cells = gone.with_columns(value=pl.lit(None, pl.Float64), source=source)
        out = pl.concat([out, cells.select(out.columns)])
    return out


def _dated(frame: pl.DataFrame, one: Series, edition: Edition, first: bool) -> pl.DataFrame:
    if edition.known or (not first and edition.day):
        return frame.with_columns(
            published=pl.lit(edition.day, pl.Date), published_estimated=pl.lit(not edition.known)
        )
    usual = pl.col("end") + timedelta(days=one.lag_days)
    if one.first_issue:
        usual = pl.max_horizontal(usual, pl.lit(one.first_issue, pl.Date))
    if edition.day:
        usual = pl.min_horizontal(usual, pl.lit(edition.day, pl.Date))
    return frame.with_columns(published=usual, published_estimated=pl.lit(True))
