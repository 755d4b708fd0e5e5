"""Take a file into a corridor's own folder, in any layout with one figure a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from corredor.errors import CorredorError, Problem, closest
from corredor.figures.building import digest_of
from corredor.figures.catalogue import catalogue, dims_of
from corredor.figures.checking import check_table
from corredor.figures.codes import ALL
from corredor.figures.editions import Edition
from corredor.figures.frames import dated, frame_of
from corredor.figures.headings import columns_of
from corredor.figures.importing import (
    Before,
    ImportReport,
    Source,
    age_in,
    not_before,
    reported,
    with_rows,
)
from corredor.figures.looking import table_in
from corredor.figures.mapping import mapped, put, remember
from corredor.figures.own import (
    FIGURES,
    IMPORTED,
    JUDGED_BY,
    MAPPINGS,
    SERIES,
    Own,
    imported_tables,
    read_own,
)
from corredor.figures.reading import Table
from corredor.figures.settling import settle

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.checking import Checked
    from corredor.figures.editions import Age

__all__ = ["import_into"]


def import_into(
    folder: Path | str,
    path: Path | str,
    *,
    series: str | None = None,
    columns: Mapping[str, str] | None = None,
    published: date | None = None,
    edition: str | None = None,
    new_labels: bool = False,
    whole: bool = False,
    today: date | None = None,
) -> ImportReport:
    """Take a table into a corridor's folder, in any layout with one figure a row.

    Parameters
    ----------
    series
        One of the corridor's own series; by default that of the file, or of the mapping kept
        for files with these columns.
    columns
        Which column of the file is which of ours (``{"month": "Monat", "value": "Anzahl"}``); a
        word in quotes stands for itself (``{"route": "'central'"}``). Kept for the next file.
    published, edition, new_labels, whole
        As in :func:`corredor.figures.importing.import_file`.

    Raises
    ------
    CorredorError
        When the file is refused; the folder is then unchanged.
    """
    where, file, day = Path(folder), Path(path), today or date.today()
    own = read_own(where)
    if own is None:
        fix = f"declare the series that the file is of in {where / SERIES}"
        raise CorredorError(Problem("the corridor has no series of its own", fix, str(where)))
    if series is not None and series not in own.series:
        fix = closest(series, list(own.series))
        raise CorredorError(Problem(f"the corridor has no series '{series}'", fix, str(where)))
    kept = where / FIGURES / MAPPINGS
    table, series, columns = mapped(table_in(file), own.series, kept, series, columns)
    checked = _checked(own, table, series, day, new_labels=new_labels)
    not_before(checked, published, table.name)
    report = _keep(own, checked, table, file, edition, published, day, whole=whole)
    if columns:
        remember(kept, series or "", columns)
    return with_rows(report, checked, table)


def _checked(own: Own, table: Table, series: str | None, day: date, *, new_labels: bool) -> Checked:
    import polars as pl

    at = columns_of(table, dims_of(own.catalogue)).get("series")
    named = set() if at is None else {cells[at] for _, cells in table.rows}
    if foreign := sorted(n for n in named if n and n in catalogue()):
        what = f"{foreign[0]} is not one of the corridor's own series"
        raise CorredorError(Problem(what, "import it without --corridor", table.name))

    @lru_cache
    def labels(name: str, dim: str) -> frozenset[str | None]:
        held = own.frame.filter(pl.col("series") == name)[dim].unique().to_list()
        return frozenset({*held, None, ALL})

    return check_table(
        table,
        series=series,
        today=day,
        labels=labels,
        new_labels=new_labels or own.frame.is_empty(),
        known_series=own.catalogue,
    )


def _keep(
    own: Own,
    checked: Checked,
    table: Table,
    file: Path,
    edition: str | None,
    published: date | None,
    day: date,
    *,
    whole: bool,
) -> ImportReport:
    """Settle an edition among the others of the folder, and keep it if it is not there yet."""
    import polars as pl

    source = Source.of(table, file, edition or file.name, checked)
    if not checked.figures:
        return ImportReport(edition=source.edition)
    dims = dims_of(own.catalogue)
    keys = ["series", "start", "end", *dims]
    frame = frame_of(checked.figures, source.edition, source.source, dims)
    age = age_in(file.name, frame, published, None, day, own.series)
    full = dated(frame, age, "whole" if whole else "cells")
    digest = digest_of(full, keys, dated=age.basis != "period")
    repeated = next((e for e in own.editions if e.digest == digest), None)
    number = repeated.number if repeated else len(own.editions) + 1
    said = full.drop("covers", "asks")
    mine = Edition(number, digest, said, full["covers"][0], bool(full["asks"][0]))
    before = Before(
        own.frame.group_by(*keys, "value").agg(since=pl.col("published").min()),
        own.aside.select(*keys, "value", "number"),
    )
    together = own.editions if repeated else (*own.editions, mine)
    settled = settle(own.written, together, own.catalogue)
    text = _as_table(full, age, dims)
    same = [f for f in imported_tables(own.folder) if f.stem.endswith(f"-{digest}")]
    # of one edition under two names the first in the alphabet is kept, whichever came first
    if not same or text < same[0].read_text("utf-8"):
        name = same[0].name if same else f"{mine.age}-{digest}.csv"
        put(own.folder / FIGURES / IMPORTED / name, text)
    return reported(settled, number, full.height, before, age, source, repeated=bool(repeated))


def _as_table(edition: pl.DataFrame, age: Age, dims: Sequence[str]) -> str:
    """Return an edition as the text of a table; a day that is only guessed is left to be."""
    import polars as pl

    used = [d for d in dims if edition[d].null_count() < edition.height]
    columns = ["series", "start", "end", *used, "value", "published", *JUDGED_BY]
    value = pl.col("value")
    whole = bool((edition["value"] == edition["value"].round()).all())
    kept = edition.with_columns(
        value.cast(pl.Int64) if whole else value,
        issued=pl.lit(age.day),
        dated_by=pl.lit(age.basis),
    )
    return kept.select(*columns, "edition", "source").sort(pl.all()).write_csv()
