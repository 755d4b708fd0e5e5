"""Reading workbooks (.xlsx, and .xls when ``xlrd`` is installed) as plain grids of cells."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from corredor.errors import CorredorError
from corredor.figures import persons
from corredor.figures.publishers.base import RawFile
from corredor.figures.publishers.kinds import expect, sniff, text_of
from corredor.figures.reading import formulas_without_value

__all__ = ["Sheet", "as_text", "column_letter", "open_workbook", "sheets_of"]

#: A workbook is a zip; one that would unpack to more than this is refused (bytes).
UNPACKED = 400 * 1024 * 1024
ROWS, COLUMNS = 200_000, 400
#: Rows of a sheet in which records of persons are looked for.
SAMPLE = 500


@dataclass(frozen=True)
class Sheet:
    """One sheet as rows of cells; ``hidden`` sheets are kept but marked.

    ``part`` marks one table of several on a sheet.
    """

    name: str
    rows: Sequence[Sequence[Any]]
    hidden: bool = False
    part: bool = False

    def cell(self, row: int, column: int) -> Any:
        """Return a cell by 0-based position; None outside the sheet."""
        if row >= len(self.rows) or column >= len(self.rows[row]):
            return None
        return self.rows[row][column]


def column_letter(column: int) -> str:
    """Return the letters of a 0-based column (0 is A), as a user sees them."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _xlsx(raw: RawFile) -> list[Sheet]:
    import openpyxl

    content = raw.stream()
    try:
        with zipfile.ZipFile(content) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
            if size > UNPACKED:
                raise raw.fault(
                    f"the workbook unpacks to {size / 1e6:,.0f} MB", "it is damaged or not genuine"
                )
            if "xl/workbook.xml" not in packed.namelist():
                raise raw.fault("the archive is not a workbook", "fetch the file again")
        content.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(content, read_only=True, data_only=True)
            sheets = [
                Sheet(
                    name,
                    [
                        row[:COLUMNS]
                        for row, _ in zip(
                            book[name].iter_rows(values_only=True), range(ROWS), strict=False
                        )
                    ],
                    book[name].sheet_state != "visible",
                )
                for name in book.sheetnames
                if hasattr(book[name], "iter_rows")
            ]
            book.close()
        return _with_unstored(raw, sheets)
    except Exception as fault:
        # openpyxl lets many kinds of fault through on damaged files; one sentence serves all.
        if isinstance(fault, CorredorError):
            raise
        raise raw.fault(
            f"the workbook cannot be read ({type(fault).__name__})", "fetch it again or re-save it"
        ) from None


#: What stands in a cell whose formula has no stored value, so that it is no empty cell.
UNSTORED = "(formula without a value: open the file, save it)"


def _with_unstored(raw: RawFile, sheets: Sequence[Sheet]) -> list[Sheet]:
    """Mark formulas without a stored value, which would read as cells that count nothing."""
    found = formulas_without_value(raw.stream().read())
    return [
        replace(sheet, rows=_marked(sheet.rows, found[sheet.name]))
        if sheet.name in found
        else sheet
        for sheet in sheets
    ]


def _marked(rows: Sequence[Sequence[Any]], cells: set[tuple[int, int]]) -> list[list[Any]]:
    out = [list(row) for row in rows]
    for line, column in cells:
        if line <= len(out) and column < len(out[line - 1]):
            out[line - 1][column] = UNSTORED
    return out


def _xls(raw: RawFile) -> list[Sheet]:
    try:
        import xlrd  # type: ignore[import-untyped]
    except ImportError:
        raise raw.fault(
            "this is an old Excel file (.xls)",
            "save it as .xlsx in a spreadsheet program and import that, or install 'xlrd'",
        ) from None
    try:
        with io.StringIO() as quiet:
            book = xlrd.open_workbook(file_contents=raw.stream().read(), logfile=quiet)
        return [
            Sheet(s.name, [s.row_values(i)[:COLUMNS] for i in range(s.nrows)], bool(s.visibility))
            for s in book.sheets()
        ]
    except Exception as fault:
        raise raw.fault(
            f"the old Excel file cannot be read ({type(fault).__name__})",
            "save it as .xlsx and import that",
        ) from None


def open_workbook(raw: RawFile) -> list[Sheet]:
    """Return the sheets of a workbook; refuse anything else with one sentence."""
    return _xls(raw) if expect(raw, "zip", "xls") == "xls" else _xlsx(raw)


def _even(lines: Sequence[str]) -> str:
    """Return the mark that gives nearly all lines the same number of cells, if one does."""
    import csv

    filled = [line for line in lines if line.strip()]
    for mark in ";\t|,":
        try:
            widths = [len(row) for row in csv.reader(filled, delimiter=mark)]
        except csv.Error:
            continue
        usual = max(set(widths), key=widths.count, default=1)
        if usual > 1 and widths.count(usual) >= 0.8 * len(filled):
            return mark
    return ""


def _text_rows(raw: RawFile) -> list[list[str]]:
    """Return a text table as cells: CSV, or columns set apart by two or more spaces."""
    import csv

    text = text_of(raw)
    lines = text.replace("\f", "\n").splitlines()[:ROWS]
    marks = [re.findall(r"(?<!\d)[,;]|[,;](?!\d)", line) for line in lines]
    gaps = sum(bool(re.search(r"\S {2,}\S", line)) for line in lines)
    if not gaps and (mark := _even(lines)):
        return [[c.strip() for c in row] for row in csv.reader(lines, delimiter=mark)]
    commas = sum(
        line.count(",") >= 3 or line.count(";") >= 3 or len(found) >= 2
        for line, found in zip(lines, marks, strict=True)
    )
    if commas >= max(2, gaps):
        mark = ";" if text.count(";") > text.count(",") else ","
        try:
            return [[c.strip() for c in row] for row in csv.reader(lines, delimiter=mark)]
        except csv.Error:
            raise raw.fault("the table cannot be read as CSV", "fetch it again") from None
    return [re.split(r"\t| {2,}", line.strip()) for line in lines]


def sheets_of(raw: RawFile) -> list[Sheet]:
    """Return the grids of a workbook, of a CSV, or of the text of a PDF (``pdftotext -layout``).

    Files that look like records of persons are refused.
    """
    kind = sniff(raw)
    if kind == "text":
        sheets = [Sheet("text", _text_rows(raw))]
    elif kind in {"zip", "xls"}:
        sheets = open_workbook(raw)
    else:
        expect(raw, "zip", "xls", "text")
        raise AssertionError
    for sheet in sheets:
        refuse_personal(raw, sheet)
    return sheets


def refuse_personal(raw: RawFile, sheet: Sheet) -> None:
    """Refuse a sheet that holds records of persons, wherever its heading stands."""
    shown = [[as_text(cell) for cell in row] for row in sheet.rows[:SAMPLE]]
    wide = [i for i, row in enumerate(shown[:60]) if sum(map(bool, row)) >= 3]
    for i in wide:  # a lone cell is not a heading
        if i == wide[0] or any(persons.may_head(cell) for cell in shown[i]):
            persons.refuse(raw.name, shown[i], shown[i + 1 :], i + 1)


def as_text(cell: Any) -> str:
    """Return a cell as the text a CSV would hold."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()
