"""US DHS Office of Homeland Security Statistics: monthly tables and key metrics (workbooks).

Two layouts.

*Monthly tables* ("Immigration Enforcement and Legal Processes"): one sheet a table. A title,
a row of groups (Total CBP, USBP, OFO) over a row of headings that begins "Fiscal Year",
"Month"; then a block a fiscal year, the year only in the block's first row, with a row
"Total"; notes below. Headings carry footnote digits ("T8 repatriations1"). ``X`` is not
applicable and ``D`` withheld: both stay absent. ``-`` is zero or rounds to zero.

*Key metrics* ("CBP Encounters - USBP"): long sheets with Fiscal Year, Month ("01 October"),
Region, one more column, Quantity.

Every cell is rounded by OHSS to the nearest 10, so parts need not add up to totals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.figures.publishers.base import (
    Link,
    Notes,
    Parsed,
    Publisher,
    RawFile,
    Resource,
    matching,
    tidy,
    together,
)
from corredor.figures.publishers.forms import Form, Sight
from corredor.figures.publishers.months import (
    ENGLISH,
    fiscal_month,
    fold,
    month_end,
    month_number,
)
from corredor.figures.publishers.nations import iso3
from corredor.figures.publishers.ohss_sheets import DIMS, SHEETS, Cell, household
from corredor.figures.publishers.text import whole_number
from corredor.figures.publishers.workbook import Sheet, column_letter, sheets_of

if TYPE_CHECKING:
    import polars as pl

__all__ = ["PUBLISHER", "parse", "parse_khsm", "parse_monthly"]

_ABSENT = {"x", "d", "na", "n/a", "(x)", "(d)", ""}
_ZERO = {"-", "–", "—", "--"}
Values = dict[tuple[object, ...], float | int]


def _label(cell: Any) -> str:
    """Return a heading on one line without its footnote digits."""
    text = " ".join(str(cell).split()) if cell is not None else ""
    return re.sub(r"(?<=[A-Za-z)])\s?\d{1,2}(?:,\s?\d{1,2})*$", "", text).strip()


def _value(cell: Any, notes: Notes, line: int, where: str) -> int | None:
    if cell is None or isinstance(cell, bool):
        return None
    if isinstance(cell, float) and abs(cell) < 1e12 and cell == int(cell):
        cell = int(cell)
    text = str(cell).strip()
    if fold(text) in _ABSENT:
        return None
    return 0 if text in _ZERO else whole_number(text, notes, line, where)


def _fiscal_year(cell: Any) -> int | None:
    found = re.match(r"\s*(?:FY\s*)?(\d{4})(?:\.0)?(?:\D.{0,24})?\s*$", str(cell), re.I | re.ASCII)
    year = int(found[1]) if found else 0
    return year if 1990 <= year <= 2100 else None


def _header(sheet: Sheet) -> int | None:
    for i, row in enumerate(sheet.rows[:20]):
        cells = [fold(c) for c in row[:2]]
        if len(cells) == 2 and cells[0].startswith("fiscal year") and cells[1].startswith("month"):
            return i
    return None


def _groups(sheet: Sheet, header: int) -> list[str]:
    """Return the group over each column, carried to the right across merged cells."""
    width = len(sheet.rows[header])
    above = [sheet.cell(header - 1, c) if header else None for c in range(width)]
    out, current = ["", ""], ""
    for cell in above[2:]:
        if cell is not None and str(cell).strip():
            current = _label(cell)
        out.append(current)
    return out


def _month(sheet: Sheet, line: int, year: int | None, cell: Any, notes: Notes) -> date | None:
    number = month_number(cell)
    ordered = re.match(r"\d", str(cell))  # "01 October"
    if number is None or (fold(cell).strip(" .*") not in ENGLISH and not ordered):
        notes.add(f"'{str(cell)[:30]}' is not a month", "months are in English", line, sheet.name)
        return None
    if year is None:
        notes.add("no fiscal year stands above this month", "the layout changed", line, sheet.name)
        return None
    start = fiscal_month(year, number)
    if start > notes.raw.today:
        notes.add(f"{start:%B %Y} has not happened yet", "check the year", line, sheet.name)
        return None
    return start


def read_blocks(sheet: Sheet, notes: Notes) -> Iterator[Cell]:
    """Yield the counts of one sheet of the monthly tables."""
    header = _header(sheet)
    if header is None:
        notes.add(
            f"the sheet '{sheet.name}' has no row that begins Fiscal Year, Month",
            "the publisher changed the layout",
            None,
            sheet.name,
        )
        return
    labels = [_label(c) for c in sheet.rows[header]]
    groups = _groups(sheet, header)
    year: int | None = None
    for i in range(header + 1, len(sheet.rows)):
        first, second = sheet.cell(i, 0), sheet.cell(i, 1)
        if first is not None and _fiscal_year(first):
            year = _fiscal_year(first)
        if second is None or not str(second).strip() or "total" in fold(second):
            continue
        month = _month(sheet, i + 1, year, second, notes)
        if month is None:
            continue
        for c in range(2, len(labels)):
            where = f"{sheet.name} {column_letter(c)}"
            value = _value(sheet.cell(i, c), notes, i + 1, where) if labels[c] else None
            if value is not None:
                yield Cell(groups[c], labels[c], month, value, i + 1)


def parse_monthly(raw: RawFile) -> Parsed:
    """Parse the monthly tables' workbook into the ``ohss.*`` series its known sheets hold.

    Sheets about other things are passed over and named in the notes.
    """
    notes = Notes(raw)
    found: dict[str, Values] = {}
    skipped = []
    for sheet in sheets_of(raw):
        name = fold(sheet.name)
        place = next((p for pattern, p in SHEETS if re.match(pattern, name)), None)
        if place is None:
            skipped.append(sheet.name)
            continue
        told: set[str] = set()
        seen: set[tuple[str, str, date]] = set()
        for cell in read_blocks(sheet, notes):
            at = place(cell)
            if isinstance(at, str):
                if at not in told:
                    notes.add(at, "the layout or a name has changed", cell.line, sheet.name)
                told.add(at)
            elif at is not None:
                series, dims = at
                key = (cell.month, month_end(cell.month), *dims)
                values = found.setdefault(series, {})
                # Names that share a code (a former and a present state) are one figure.
                values[key] = values.get(key, 0) + cell.value
                if (cell.group, cell.label, cell.month) in seen:
                    notes.add(
                        f"{cell.label[:40]}, {cell.month:%B %Y} comes twice",
                        "the layout has changed",
                        cell.line,
                        sheet.name,
                    )
                seen.add((cell.group, cell.label, cell.month))
    notes.stop_if_any()
    return _finish(raw, found, skipped)


def _finish(raw: RawFile, found: dict[str, Values], skipped: Sequence[str]) -> Parsed:
    frames: list[pl.DataFrame] = [tidy(s, DIMS[s], v) for s, v in found.items() if v]
    if not frames:
        raise raw.fault(
            "no sheet of this workbook is one Corredor knows", "check which workbook this is"
        )
    told = (f"sheets not read: {', '.join(skipped)}",) if skipped else ()
    return Parsed(together(frames), notes=told)


# --------------------------------------------------------------------------- key metrics
_LONG = {
    "year": {"fiscal year"},
    "month": {"month"},
    "region": {"region", "border", "land border region"},
    "sector": {"sector", "usbp sector", "sector/field office"},
    "nationality": {"citizenship", "country of citizenship", "citizenship country"},
    "household": {"family status", "family classification", "family unit status", "demographic"},
    "count": {"quantity", "encounters", "count"},
}


def _long_columns(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    for i, row in enumerate(sheet.rows[:10]):
        names = [fold(_label(c)) for c in row]
        where = {
            key: names.index(word) for key, words in _LONG.items() for word in words & set(names)
        }
        if {"year", "month", "count"} <= set(where):
            return i, where
    return None


def parse_khsm(raw: RawFile) -> Parsed:
    """Parse the key-metrics workbook (USBP) into ``ohss.usbp.encounters.*``."""
    notes = Notes(raw)
    found: dict[str, Values] = {}
    skipped = []
    for sheet in sheets_of(raw):
        columns = _long_columns(sheet)
        extra = {"sector", "nationality", "household"} & set(columns[1]) if columns else set()
        if columns is None or len(extra) != 1 or "region" not in columns[1]:
            skipped.append(sheet.name)
            continue
        dim = extra.pop()
        series = {
            "sector": "ohss.usbp.encounters.sector",
            "nationality": "ohss.usbp.encounters.citizenship",
            "household": "ohss.usbp.encounters.family",
        }[dim]
        _read_long(sheet, columns, dim, found.setdefault(series, {}), notes)
    notes.stop_if_any()
    return _finish(raw, found, skipped)


def _read_long(
    sheet: Sheet, columns: tuple[int, dict[str, int]], dim: str, into: Values, notes: Notes
) -> None:
    header, where = columns
    told: set[str] = set()
    known: dict[str, Callable[[str], str | None]] = {
        "sector": lambda label: label,
        "nationality": iso3,
        "household": household,
    }
    for i in range(header + 1, len(sheet.rows)):
        cells = {key: sheet.cell(i, c) for key, c in where.items()}
        if cells["month"] is None or "total" in fold(cells["month"]):
            continue
        month = _month(sheet, i + 1, _fiscal_year(cells["year"]), cells["month"], notes)
        value = _value(cells["count"], notes, i + 1, f"{sheet.name} Quantity")
        label = _label(cells[dim])
        word = known[dim](label)
        if not word and label not in told:
            told.add(label)
            notes.add(f"unknown {dim} '{label[:60]}'", "a name has changed", i + 1, sheet.name)
        region = _label(cells["region"])
        if month is None or value is None or not word or not region:
            continue
        key = (month, month_end(month), region, word)
        into[key] = into.get(key, 0) + value


def _known_blocks(sheet: Sheet) -> bool:
    """Say whether a sheet is one of the monthly tables that are read here."""
    named = any(re.match(pattern, fold(sheet.name)) for pattern, _ in SHEETS)
    return named and _header(sheet) is not None


def knows(sheets: Sequence[Sheet]) -> bool:
    """Say whether a workbook is one of OHSS's two."""
    return any(_known_blocks(s) or _long_columns(s) for s in sheets)


def parse(raw: RawFile) -> Parsed:
    """Parse either workbook; its sheets say which it is."""
    sheets = sheets_of(raw)
    long = any(_long_columns(s) for s in sheets) and not any(_known_blocks(s) for s in sheets)
    return parse_khsm(raw) if long else parse_monthly(raw)


def _is_ohss(seen: Sight) -> float:
    return 2.0 * (seen.kind in {"zip", "xls"} and knows(seen.sheets))


FORMS = (Form("OHSS's monthly tables", parse, knows=_is_ohss),)


# ------------------------------------------------------------------------------ discovery
def pick_monthly(links: Sequence[Link]) -> Sequence[Link]:
    """Choose the newest edition by the month in the file's name."""
    found = {}
    for link, m in matching(links, r"legal-processes-tables-([a-z]+)-(\d{4})[^/]*\.xlsx$"):
        number = month_number(m[1])
        if number:
            found[(int(m[2]), number, link.url)] = link
    return [found[max(found)]] if found else []


def pick_khsm(links: Sequence[Link]) -> Sequence[Link]:
    """Choose the Border Patrol workbook among the key metrics (newest folder first)."""
    found = [
        (link.url, link)
        for link, m in matching(links, r"/[^/]*\.xlsx$")
        if "usbp" in fold(m[0]) or "usbp" in fold(link.text)
    ]
    return [max(found, key=lambda pair: pair[0])[1]] if found else []


PUBLISHER = Publisher(
    id="ohss",
    name="US DHS Office of Homeland Security Statistics",
    home="https://ohss.dhs.gov/topics/immigration",
    licence="US Government work, public domain (17 USC 105)",
    resources=(
        Resource(
            "ohss.monthly",
            "Immigration Enforcement and Legal Processes Monthly Tables",
            "https://ohss.dhs.gov/topics/immigration/immigration-enforcement/monthly-tables",
            parse_monthly,
            pick=pick_monthly,
        ),
        Resource(
            "ohss.khsm",
            "CBP Encounters - USBP (key metrics)",
            "https://ohss.dhs.gov/khsm/cbp-encounters",
            parse_khsm,
            pick=pick_khsm,
        ),
    ),
)
