"""Counts by nationality and month in either shape: a column a month, or a line each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from corredor.figures.publishers.base import Notes, Parsed, RawFile, tidy, together
from corredor.figures.publishers.forms import Sight
from corredor.figures.publishers.grids import parse_nationality_grid
from corredor.figures.publishers.kinds import sniff
from corredor.figures.publishers.months import month_end, month_number, year_of
from corredor.figures.publishers.nations import SPELLING, iso3
from corredor.figures.publishers.text import Layout, read_csv, whole_number

__all__ = ["is_long", "parse_nationalities"]

#: One line a nationality and month, as dashboards export it.
LONG = Layout(
    {
        "year": ("Año", "Anio", "Year"),
        "month": ("Mes", "Month"),
        "nationality": ("Nacionalidad", "País", "Pais de nacionalidad", "Nationality"),
        "count": ("Total", "Cantidad", "Personas", "Migrantes", "Count", "Registros"),
    }
)


def is_long(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether a table has one line a nationality and month."""
    return any(LONG.fit(row)[0] == 1 for row in rows)


def parse_nationalities(raw: RawFile, series: str, total: str) -> Parsed:
    """Parse counts by nationality and month in either shape: a column a month, or a line each."""
    if sniff(raw) in {"text", "zip", "xls"} and is_long(Sight(raw).rows):
        return _parse_long(raw, series, total)
    return parse_nationality_grid(raw, series, total)


def _parse_long(raw: RawFile, series: str, total: str) -> Parsed:
    notes = Notes(raw)
    sums: dict[tuple[object, ...], float | int] = {}
    totals: dict[tuple[object, ...], float | int] = {}
    for row in read_csv(raw, LONG, notes):
        year, month = year_of(row["year"], 1990, raw.today.year), month_number(row["month"])
        if month is None and row["month"].isascii() and row["month"].isdigit():
            month = int(row["month"][:3]) if 1 <= int(row["month"][:3]) <= 12 else None
        if year is None:
            notes.add(f"'{row['year'][:40]}' is not a year", "a year looks like 2024", row.line)
        if month is None:
            notes.add(f"'{row['month'][:40]}' is not a month", "write enero or 1", row.line)
        code = iso3(row["nationality"]) if row["nationality"] else None
        if code is None:
            notes.add(f"unknown nationality '{row['nationality'][:60]}'", SPELLING, row.line)
        count = whole_number(row["count"], notes, row.line, "Total")
        if year is None or month is None or code is None or count is None:
            continue
        start = date(year, month, 1)
        if start > raw.today:
            notes.add(f"{start:%B %Y} has not happened yet", "check the year", row.line)
        key = (start, month_end(start))
        sums[(*key, code)] = sums.get((*key, code), 0) + count
        totals[key] = totals.get(key, 0) + count
    notes.stop_if_any()
    if not sums:
        raise raw.fault("the table holds no counts", "export it again")
    return Parsed(together([tidy(series, ("nationality",), sums), tidy(total, (), totals)]))
