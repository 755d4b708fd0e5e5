"""Honduras, Instituto Nacional de Migración: people entering irregularly, by nationality.

INM shows these figures on a dashboard ("Flujo migratorio irregular") and offers no file,
so nothing is fetched: the dashboard's table is exported by hand and imported. Two shapes
are read: nationality by month (a column a month), and one line per nationality and month.
"""

from __future__ import annotations

from datetime import date

from corredor.figures.publishers.base import (
    Notes,
    Parsed,
    Publisher,
    RawFile,
    Resource,
    tidy,
    together,
)
from corredor.figures.publishers.grids import parse_nationality_grid
from corredor.figures.publishers.months import fold, month_end, month_number, year_of
from corredor.figures.publishers.nations import iso3
from corredor.figures.publishers.text import Layout, read_csv, sniff, text_of, whole_number

__all__ = ["PUBLISHER", "parse"]

SERIES, TOTAL = "honduras.entries", "honduras.entries.total"
LONG = Layout(
    {
        "year": ("Año", "Anio", "Year"),
        "month": ("Mes", "Month"),
        "nationality": ("Nacionalidad", "País", "Pais de nacionalidad", "Nationality"),
        "count": ("Total", "Cantidad", "Personas", "Migrantes", "Count", "Registros"),
    },
    {},
)


def is_long(raw: RawFile) -> bool:
    """Say whether the file has one line a nationality and month."""
    if sniff(raw) != "text":
        return False
    first = next((line for line in text_of(raw).splitlines() if line.strip()), "")
    names = {fold(c.strip(' "')) for c in first.lstrip("\ufeff").split(",")}
    return bool(names & {"ano", "anio", "year"}) and bool(names & {"mes", "month"})


def parse(raw: RawFile) -> Parsed:
    """Parse an export of INM's table into ``honduras.entries`` and ``honduras.entries.total``."""
    return _parse_long(raw) if is_long(raw) else parse_nationality_grid(raw, SERIES, TOTAL)


def _parse_long(raw: RawFile) -> Parsed:
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
            notes.add(
                f"unknown nationality '{row['nationality'][:60]}'",
                "add the spelling to the table of country names",
                row.line,
            )
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
    return Parsed(together([tidy(SERIES, ("nationality",), sums), tidy(TOTAL, (), totals)]))


PUBLISHER = Publisher(
    id="honduras",
    name="Honduras, Instituto Nacional de Migración",
    home="https://inm.gob.hn/",
    licence="official statistics; cite the publisher",
    resources=(
        Resource(
            "honduras.entries",
            "Irregular entries by nationality and month",
            "https://inm.gob.hn/",
            parse,
            by_hand=(
                "INM shows a dashboard and offers no file; export its table as CSV or XLSX "
                "and run 'corredor figures import FILE'"
            ),
        ),
    ),
)
