"""Tables of nationality by month, as Panama, Honduras and Mexico publish them.

The same shape in three hands: a title that names a year, a row of month names (with or
without a second row of parts under each month), a column of country names among which
continents stand as subtotals, a row "Total", footnotes below. The reader finds the month
row, decides which rows are countries, and holds the countries against the totals row:
a table that does not add up is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from corredor.figures.publishers.base import Notes, Parsed, RawFile, tidy, together
from corredor.figures.publishers.months import fold, month_end, month_number, year_of
from corredor.figures.publishers.nations import OTHER, SPELLING, is_region, iso3
from corredor.figures.publishers.text import whole_number
from corredor.figures.publishers.workbook import Sheet, column_letter, sheets_of

__all__ = [
    "Grid",
    "is_grid",
    "parse_nationality_grid",
    "read_grids",
]

#: How a part of a month that sums the others is headed.
_SUBTOTAL = ("subtotal", "sub total", "sub-total", "total")
_NOT_COUNTED = {"", "-", "–", "—", "- -", "--", "n.d.", "nd", "n/d", "...", "…", "x"}
_TOTALS = {"total", "total general", "gran total", "totales"}
_FOOT = re.compile(
    r"^(nota|notas|fuente|source|note|elaborad|actualiza|\(?\d{1,2}\)?[ .]|\*|n\.e\.)"
)


@dataclass
class Grid:
    """What was read of one table: month -> value per label, and the totals row if there is one."""

    sheet: str
    rows: list[tuple[int, str, dict[date, int]]] = field(default_factory=list)
    total: dict[date, int] = field(default_factory=dict)
    total_line: int | None = None


def _month_of(cell: Any, year: int | None) -> date | tuple[int, None] | None:
    """Return the month a header cell names: a date when it or ``year`` says which year."""
    if hasattr(cell, "year") and hasattr(cell, "month"):
        return date(cell.year, cell.month, 1)
    text = fold(cell).strip(" .*")
    if not text or len(text) > 24:
        return None
    found = re.fullmatch(r"(\d{4})-(\d{1,2})(?:-\d{1,2})?", text, re.ASCII)
    if found and 1 <= int(found[2]) <= 12 and 1990 <= int(found[1]) <= 2100:
        return date(int(found[1]), int(found[2]), 1)
    found = re.fullmatch(
        r"([a-z]+)[.]?(?:\s*[-/ ]\s*|\s+de\s+)?(\d{2}|\d{4})?(?:\s*\(?\d?\)?)?", text, re.ASCII
    )
    number = month_number(found[1]) if found else None
    if not found or number is None:
        return None
    own = int(found[2]) if found[2] else None
    if own is not None and own < 100:
        own += 2000
    which = own if own is not None else year
    return date(which, number, 1) if which else (number, None)


def _title_years(rows: Sequence[Sequence[Any]], upto: int) -> set[int]:
    """Return the years named above the month row ("… 2024", "enero-abril de 2025")."""
    years: set[int] = set()
    for row in rows[: upto + 1]:
        for cell in row:
            if isinstance(cell, str):
                found = re.findall(r"(?<!\d)(20\d\d|19[89]\d)(?!\d)", cell)
                years |= {int(y) for y in found}
            elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
                year = year_of(cell, 1990, 2100)
                years |= {year} if year else set()
    return years


@dataclass(frozen=True)
class _Header:
    row: int
    body: int
    label: int
    months: Mapping[int, date]  # column -> month


def _find_header(sheet: Sheet, notes: Notes, year: int | None) -> _Header | None:
    """Find the row of months and which column of each month holds its count."""
    filled = [i for i, row in enumerate(sheet.rows) if any(c not in (None, "") for c in row)]
    for i in filled[:60]:
        row = sheet.rows[i]
        titled = _title_years(sheet.rows, i)
        years = titled if titled and (sheet.part or not year) else {year} if year else set()
        known = next(iter(years)) if len(years) == 1 else None
        hits = [(c, _month_of(cell, known)) for c, cell in enumerate(row) if cell is not None]
        months = [(c, m) for c, m in hits if m is not None]
        if len(months) < 2 and not (len(months) == 1 and _labelled(row, months[0][0])):
            continue
        if any(isinstance(m, tuple) for _, m in months):
            named = ", ".join(str(y) for y in sorted(years))
            what = f"names several years ({named})" if named else "does not say which year it is of"
            fix = "put the one year of the table in the title above the months"
            notes.add(f"the table {what}", fix, i + 1, sheet.name)
            return None
        dated = {c: m for c, m in months if isinstance(m, date)}
        if len(set(dated.values())) != len(dated):
            notes.add("a month comes twice", "remove one of the columns", i + 1, sheet.name)
            return None
        label = min(dated) - 1
        while label > 0 and not _has_words(sheet, i + 1, label):
            label -= 1
        header = _under(sheet, _Header(i, i + 1, max(label, 0), dated))
        if _numbers_between(sheet, header):
            notes.add(
                "each month has several columns of numbers and none is headed Subtotal",
                "the layout has changed; the file is not imported",
                i + 1,
                sheet.name,
            )
            return None
        return header
    return None


def _numbers_between(sheet: Sheet, header: _Header) -> bool:
    """Say whether columns of numbers stand between months that have no subtotal."""
    if header.body > header.row + 1:  # subtotals were found
        return False
    columns = set(header.months)
    between = [c for c in range(min(columns), max(columns)) if c not in columns]
    return any(
        isinstance(cell := sheet.cell(i, c), (int, float)) and not isinstance(cell, bool)
        for i in range(header.body, min(header.body + 40, len(sheet.rows)))
        for c in between
    )


def _labelled(row: Sequence[Any], before: int) -> bool:
    words = " ".join(fold(c) for c in row[:before] if isinstance(c, str))
    return bool(re.search(r"\b(pais|nacionalidad|continente|country|nationality)\b", words))


def _has_words(sheet: Sheet, start: int, column: int) -> bool:
    for i in range(start, min(start + 12, len(sheet.rows))):
        cell = sheet.cell(i, column)
        if isinstance(cell, str) and (iso3(cell) or is_region(cell) or "total" in fold(cell)):
            return True
    return False


def _under(sheet: Sheet, header: _Header) -> _Header:
    """Where a month spans several columns, take the one headed as their sum."""
    columns = sorted(header.months)
    ends = [
        *columns[1:],
        columns[-1] + max((b - a for a, b in pairwise(columns)), default=1),
    ]
    for i in (header.row + 1, header.row + 2):
        if i >= len(sheet.rows):
            break
        parts = {
            c: fold(sheet.cell(i, c) or "").strip(" .*0123456789()/")
            for c in range(columns[0], ends[-1])
        }
        sums = {c for c, text in parts.items() if text in _SUBTOTAL}
        if not sums or (
            sheet.cell(i, header.label) not in (None, "") and iso3(str(sheet.cell(i, header.label)))
        ):
            continue
        chosen: dict[int, date] = {}
        for start, end in zip(columns, ends, strict=True):
            inside = [c for c in range(start, end) if c in sums]
            if inside:
                chosen[inside[0]] = header.months[start]
        if len(chosen) == len(columns):
            return _Header(header.row, i + 1, header.label, chosen)
    return header


def _count(cell: Any, notes: Notes, line: int, where: str) -> int | None:
    """Return the count in a cell; None where the publisher counts nothing there."""
    if cell is None or isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return whole_number(str(cell), notes, line, where)
    if isinstance(cell, float):
        shown = str(int(cell)) if abs(cell) < 1e12 and cell == int(cell) else repr(cell)
        return whole_number(shown, notes, line, where)
    text = str(cell).strip()
    if fold(text) in _NOT_COUNTED:
        return None
    if re.fullmatch(r"\d{1,3}(\.\d{3})+|\d{1,3}( \d{3})+", text, re.ASCII):
        text = re.sub(r"[. ]", "", text)  # thousands set apart by a point or a space
    return whole_number(text, notes, line, where)


def read_grid(sheet: Sheet, notes: Notes, year: int | None = None) -> Grid | None:
    """Read one sheet; None when it holds no month row at all."""
    header = _find_header(sheet, notes, year)
    if header is None:
        return None
    grid = Grid(sheet.name)
    for i in range(header.body, len(sheet.rows)):
        label = sheet.cell(i, header.label)
        text = " ".join(str(label).split()) if label is not None else ""
        if not text:
            continue
        if _FOOT.match(fold(text)):
            if grid.rows:
                break
            continue
        before = notes.count
        values = {
            month: value
            for column, month in header.months.items()
            if (
                value := _count(
                    sheet.cell(i, column), notes, i + 1, f"{sheet.name} {column_letter(column)}"
                )
            )
            is not None
        }
        if notes.count > before and not values and len(text) > 40:
            notes.count = before  # a footnote that runs across the columns
            del notes.problems[before:]
            continue
        if fold(text).strip(" .:*") in _TOTALS:
            if grid.total_line is None:
                grid.total, grid.total_line = values, i + 1
        elif values or iso3(text):
            grid.rows.append((i + 1, text, values))
    return grid


def _countries(grid: Grid, notes: Notes) -> dict[tuple[str, date], int]:
    """Sum a grid's rows by country, deciding with the totals row what the region rows are."""
    plain: dict[tuple[str, date], int] = {}
    regions: dict[date, int] = {}
    for line, label, values in grid.rows:
        code = None if is_region(label) else iso3(label)
        if code is None and not is_region(label):
            notes.add(
                f"unknown nationality '{label[:60]}'",
                SPELLING,
                line,
                grid.sheet,
            )
            continue
        for month, value in values.items():
            if code is None:
                regions[month] = regions.get(month, 0) + value
            else:
                plain[(code, month)] = plain.get((code, month), 0) + value
    for month in sorted({m for _, m in plain} | set(grid.total) | set(regions)):
        _settle(grid, notes, month, plain, regions.get(month, 0))
    return plain


def _settle(
    grid: Grid, notes: Notes, month: date, plain: dict[tuple[str, date], int], regions: int
) -> None:
    """Hold one month against the totals row. Regions are subtotals, or they are the remainder."""
    countries = sum(v for (_, m), v in plain.items() if m == month)
    if grid.total_line is None:
        return
    total = grid.total.get(month)
    if total is None:
        if countries:
            notes.add(
                f"the totals row has nothing for {month:%B %Y} where countries have {countries:,}",
                "fetch the file again; it may be unfinished",
                grid.total_line,
                grid.sheet,
            )
        return
    if countries == total:
        return
    if countries + regions == total:
        plain[(OTHER, month)] = plain.get((OTHER, month), 0) + regions
        return
    notes.add(
        f"{month:%B %Y} does not add up: countries {countries:,}, total {total:,}",
        "a row is missing or misread; the file is not imported",
        grid.total_line,
        grid.sheet,
    )


def _parts(sheet: Sheet) -> list[Sheet]:
    """Cut a sheet (or the text of a PDF) at its rows of months: each table with its title.

    The rows keep their places, so that a message names the right line.
    """
    heads = [i for i, row in enumerate(sheet.rows) if _is_head(row)]
    if len(heads) < 2:
        return [sheet]
    starts = [0]
    for before, head in pairwise(heads):
        at = head
        while at - 1 > before and sum(c not in (None, "") for c in sheet.rows[at - 1]) <= 3:
            at -= 1
        starts.append(at)
    ends = [*starts[1:], len(sheet.rows)]
    return [
        Sheet(sheet.name, [*[()] * start, *sheet.rows[start:end]], part=True)
        for start, end in zip(starts, ends, strict=True)
    ]


def _by_country(grid: Grid) -> bool:
    """Say whether the labels of a table are countries, not sexes, ages or regions alone."""
    known = sum(iso3(label) is not None and not is_region(label) for _, label, _ in grid.rows)
    return known >= len(grid.rows) / 2


def _joined(grids: list[Grid]) -> list[Grid]:
    """Join a table to its continuation on the next page: the same months and no totals row."""
    out: list[Grid] = []
    for grid in grids:
        months = {m for *_, values in grid.rows for m in values}
        if out and grid.total_line is None and months <= set(out[-1].total):
            out[-1].rows += grid.rows
        else:
            out.append(grid)
    return out


def read_grids(raw: RawFile, notes: Notes) -> tuple[list[Grid], int]:
    """Read every table of months in a file; those by country when it has others too.

    Returns
    -------
    tuple of (list of Grid, int)
        The tables, and how many others were passed over.
    """
    found: list[tuple[Grid, Notes]] = []
    refused: list[Notes] = []
    for sheet in sheets_of(raw):
        if sheet.hidden:
            continue
        year = year_of(sheet.name, 1990, 2100)
        for part in _parts(sheet):
            own = Notes(raw)
            grid = read_grid(part, own, year)
            if grid is not None and grid.rows:
                found.append((grid, own))
                year = next((m.year for _, _, v in grid.rows for m in v), year)
            elif own.problems:
                refused.append(own)
    by_country = [(g, n) for g, n in found if _by_country(g)]
    kept = by_country or found
    for one in [n for _, n in kept] + ([] if by_country else refused):
        notes.problems += one.problems
        notes.count += one.count
    notes.stop_if_any()
    if not kept:
        raise raw.fault(
            "no table of nationality by month was found",
            "the layout has changed, or this is another table",
        )
    return _joined([g for g, _ in kept]), len(found) - len(kept)


def _is_head(row: Sequence[Any]) -> bool:
    """Say whether a row names months side by side, or one beside a heading for countries."""
    months = [(c, m) for c, cell in enumerate(row) if cell and (m := _month_of(cell, None))]
    counted = any(re.fullmatch(r"[\d.,]+", str(cell).strip()) for cell in row if cell is not None)
    if len({m for _, m in months}) >= 2:
        return not counted
    return len(months) == 1 and _labelled(row, months[0][0])


def is_grid(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether there is a row of months with counts by country below."""
    head = next((i for i, row in enumerate(rows) if _is_head(row)), len(rows))
    labels = [next((c for c in row if c), "") for row in rows[head + 1 :]]
    told = [text for text in labels if fold(text) not in _TOTALS and not is_region(text)]
    return bool(told) and sum(iso3(text) is not None for text in told) >= len(told) / 2


def _counted(months: Mapping[date, int], today: date) -> tuple[set[date], list[date]]:
    """Return the months a table counts, and those at its end whose zeros say nothing sure.

    Publishers fill the months to come with zeros. Zeros after the last count are such a
    filling when they go on into months that are not over, or to the end of the year; else the
    table stops there and they mean that nobody came.
    """
    last = max((m for m, n in months.items() if n), default=date.min)
    tail = sorted(m for m in months if m > last)
    if not tail or (month_end(tail[-1]) <= today and tail[-1].month != 12):
        return set(months), []
    return {m for m in months if m <= last}, [m for m in tail if month_end(m) <= today]


def parse_nationality_grid(raw: RawFile, series: str, total: str) -> Parsed:
    """Parse a nationality-by-month file into ``series`` (by nationality) and ``total``.

    A zero is kept in the months that the table counts: it says that nobody came.

    Raises
    ------
    CorredorError
        With every problem: no month row, no year, unknown nationality, a count that is
        negative or broken, a month that does not add up or has not happened yet.
    """
    notes = Notes(raw)
    sums: dict[tuple[date, date, str], int] = {}
    grids, passed = read_grids(raw, notes)
    for grid in grids:
        for (code, month), value in _countries(grid, notes).items():
            key = (month, month_end(month), code)
            if key in sums and sums[key] != value:
                notes.add(f"two sheets disagree about {code} in {month:%B %Y}", "import them apart")
            sums[key] = value
    months: dict[date, int] = {}
    for (start, *_), value in sums.items():
        months[start] = months.get(start, 0) + value
    for month, count in months.items():
        if count and month > raw.today:
            notes.add(f"{month:%B %Y} has not happened yet", "check the year in the title")
    notes.stop_if_any()
    counted, doubtful = _counted(months, raw.today)
    kept: dict[tuple[object, ...], float | int] = {k: v for k, v in sums.items() if k[0] in counted}
    if not kept:
        raise raw.fault("the table holds no counts", "fetch it again")
    totals: dict[tuple[object, ...], float | int] = {
        (m, month_end(m)): n for m, n in months.items() if m in counted
    }
    told = [f"{passed} other tables of the file are left out"] if passed else []
    if doubtful:
        told.append(
            f"From {doubtful[0]:%B %Y} on the table has only zeros, which may stand for months "
            "not yet counted; they were left out. If nobody came, give those months as a tidy "
            "table with the value 0."
        )
    return Parsed(
        together([tidy(series, ("nationality",), kept), tidy(total, (), totals)]),
        notes=tuple(told),
        adds_up=all(grid.total_line is not None for grid in grids),
    )
