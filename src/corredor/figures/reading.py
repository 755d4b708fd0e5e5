"""Reading a tidy table from a file somebody gives: CSV, Excel or Parquet.

Nothing of the content is believed yet; this module only turns a file into a header and
rows of text with the line each stands on, or says in one sentence why it cannot.
"""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from corredor.errors import CorredorError, Problem

__all__ = [
    "MAX_BYTES",
    "MAX_ROWS",
    "Table",
    "formulas_without_value",
    "one_line",
    "read_table",
    "table_of",
]

#: A tidy table of public aggregates is far smaller; larger is a mistake or not aggregates.
MAX_BYTES = 100 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_COLUMNS = 200
MAX_UNPACKED = 400 * 1024 * 1024

_NOT_TABLES = (
    (b"\xd0\xcf\x11\xe0", "is an old or encrypted Excel file", "save it as .xlsx or CSV"),
    (b"%PDF", "is a PDF", "export the table as CSV"),
    (b"\x1f\x8b", "is a gzip archive", "unpack it first"),
    (b"BZh", "is a bzip2 archive", "unpack it first"),
    (b"7z\xbc\xaf", "is a 7z archive", "unpack it first"),
    (b"\x89PNG", "is a picture", "give the table as CSV"),
    (b"\xff\xd8\xff", "is a picture", "give the table as CSV"),
    (b"SQLite format 3", "is a SQLite database", "export the table as CSV"),
)


@dataclass(frozen=True)
class Table:
    """A header and rows of text (None: empty cell), each with its 1-based line.

    Attributes
    ----------
    delimiter
        What separates the cells ("" in a workbook or Parquet file).
    fractions
        Texts of cells that the file holds as numbers with a fraction.
    unstored
        Line and header of cells with a formula whose value the file does not hold.
    notes
        Remarks for a reader (sheets that were not read).
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str | None, ...]], ...]
    delimiter: str = ""
    fractions: frozenset[str] = frozenset()
    unstored: frozenset[tuple[int, str]] = frozenset()
    notes: tuple[str, ...] = ()


def one_line(text: str, limit: int = 60) -> str:
    """Return what a file says in a form fit for a sentence: printable, on one line, short."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def _refuse(
    name: str, what: str, fix: str, line: int | None = None, column: str | None = None
) -> CorredorError:
    return CorredorError(Problem(what, fix, name, line, column))


def read_table(path: Path) -> Table:
    """Read a file by what it is, not by what it is called.

    Raises
    ------
    CorredorError
        When the file is missing, empty, too large, damaged or not a table.
    """
    name = str(path)
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise _refuse(name, "this is a folder", "give one file at a time")
        if size > MAX_BYTES:
            what = f"the file is too large ({size / 2**20:.0f} MB)"
            raise _refuse(name, what, f"split it below {MAX_BYTES // 2**20} MB")
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise _refuse(name, f"the file cannot be read: {reason}", "check the path") from None
    return table_of(name, content, path)


def table_of(name: str, content: bytes, path: Path | None = None) -> Table:
    """Read the bytes of a file; ``path`` is where they stand on disk, if they do.

    Raises
    ------
    CorredorError
        As :func:`read_table`.
    """
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise _refuse(name, "the file is empty", "give a table with a header and rows")
    if content.startswith(b"PK"):
        table = _excel(name, content)
    elif content.startswith(b"PAR1"):
        if path is None:
            raise _refuse(name, "a Parquet file inside an archive is not read", "unpack it first")
        table = _parquet(name, path)
    else:
        table = _csv(name, content)
    return _shaped(table)


def _shaped(table: Table) -> Table:
    """Check the shape that every table must have, and drop the HXL row."""
    if len(table.header) > MAX_COLUMNS:
        raise _refuse(
            table.name,
            f"the table has {len(table.header)} columns",
            "give a tidy table: a row a figure, the number in 'value'",
            1,
        )
    rows = table.rows
    if rows and _is_hxl(rows[0][1]):
        rows = rows[1:]
    formulas = {line for line, _ in table.unstored}
    rows = tuple(r for r in rows if r[0] in formulas or any(c is not None for c in r[1]))
    if not rows:
        raise _refuse(table.name, "the table has a header and no rows", "give a row a figure", 1)
    if len(rows) > MAX_ROWS:
        what = f"the table has {len(rows):,} rows"
        raise _refuse(table.name, what, f"split it below {MAX_ROWS:,} rows")
    return replace(table, rows=rows)


def _is_hxl(cells: tuple[str | None, ...]) -> bool:
    filled = [c for c in cells if c]
    return bool(filled) and all(c.startswith("#") for c in filled)


# ------------------------------------------------------------------------ CSV
def _csv(name: str, content: bytes) -> Table:
    text = _decoded(name, content)
    head = text.lstrip()[:200].lower()
    if head.startswith(("<!doctype", "<html", "<?xml")):
        raise _refuse(name, "this is a web page, not a table", "download the table itself")
    if head.startswith(("{", "[")):
        raise _refuse(name, "this is JSON, not a table", "give the table as CSV")
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise _refuse(name, "the file is empty", "give a table with a header and rows")
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str | None, ...]]] = []
    problems: list[Problem] = []
    try:
        for cells in reader:
            line = reader.line_num
            if not any(c.strip() for c in cells):
                continue
            if not header:
                header = tuple(c.strip() for c in cells)
            elif len(cells) != len(header):
                what = f"the row has {len(cells)} cells and the header {len(header)}"
                fix = "give every row the same columns; quote text that holds the separator"
                problems.append(Problem(what, fix, name, line))
            else:
                rows.append((line, tuple(c.strip() or None for c in cells)))
    except csv.Error as error:
        reason = (
            "a quote is not closed or closed too early"
            if "quote" in str(error)
            or ("end of data" in str(error) or "expected after" in str(error))
            else str(error)
        )
        raise _refuse(
            name, f"the CSV is broken: {reason}", "check the quotes near this line", reader.line_num
        ) from None
    if problems:
        raise CorredorError(problems[:50])
    return Table(name, header, tuple(rows), delimiter)


def _decoded(name: str, content: bytes) -> str:
    """Return the text of a UTF-8 file."""
    for magic, what, fix in _NOT_TABLES:
        if content.startswith(magic):
            raise _refuse(name, f"this {what}, not a table", fix)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refuse(name, "the text is UTF-16", "save it as CSV UTF-8", 1)
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise _refuse(name, "the file is binary, not text", "give CSV, .xlsx or Parquet", line)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        what = f"byte {content[error.start]:#04x} is not UTF-8 (Latin-1 or Windows text?)"
        raise _refuse(name, what, "save it as CSV UTF-8", line) from None


# ---------------------------------------------------------------- Excel, Parquet
def _excel(name: str, content: bytes) -> Table:
    import openpyxl

    broken = "the Excel file is damaged or cut short"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            unpacked = sum(i.file_size for i in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        raise _refuse(name, broken, "save or download it again") from None
    if "xl/workbook.xml" not in names:
        raise _refuse(name, "this archive is not an Excel workbook", "give CSV, .xlsx or Parquet")
    if unpacked > MAX_UNPACKED:
        raise _refuse(name, "the Excel file unpacks to too much", "give the table as CSV")
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        titles = {t.lower(): t for t in book.sheetnames}
        sheet = book[titles.get("data", titles.get("datos", book.sheetnames[0]))]
        found = []
        fractions: frozenset[str] = frozenset()
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > MAX_ROWS + 100:
                break
            found.append((number, tuple(_text(c) for c in cells)))
            fractions |= _fractions(cells)
        formulas = formulas_without_value(content).get(sheet.title, set())
        notes = tuple(_unread(book, sheet.title))
    except Exception:  # the library lets many kinds of errors through from a bad file
        raise _refuse(name, broken, "save or download it again") from None
    lines = {line for line, _ in formulas}
    filled = [r for r in found if r[0] in lines or any(c is not None for c in r[1])]
    if not filled:
        raise _refuse(name, "the sheet is empty", "put the table in the first sheet or in 'data'")
    width = max((i for i, c in enumerate(filled[0][1]) if c is not None), default=0) + 1
    header = tuple(c or "" for c in filled[0][1][:width])
    rows = []
    for number, cells in filled[1:]:
        if any(c is not None for c in cells[width:]):
            what = "the row has cells beyond the header"
            raise _refuse(name, what, "give every column a name", number)
        padded = cells[:width] + (None,) * (width - len(cells[:width]))
        rows.append((number, padded))
    unstored = frozenset((line, header[at]) for line, at in formulas if at < width)
    return Table(name, header, tuple(rows), "", fractions, unstored, notes)


def formulas_without_value(content: bytes) -> dict[str, set[tuple[int, int]]]:
    """Return, by sheet, row (from 1) and column (from 0) of formulas without a stored value.

    Programs that write formulas without working them out leave such cells; a reader of values
    sees nothing there.
    """
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/")]
        if not any(b"<f" in archive.read(n) for n in sheets):
            return {}
    kinds = (openpyxl.load_workbook(io.BytesIO(content), data_only=d) for d in (False, True))
    said, held = kinds
    found: dict[str, set[tuple[int, int]]] = {}
    for sheet in said.worksheets:
        values = held[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f" and values.cell(cell.row, cell.column).value is None:
                    found.setdefault(sheet.title, set()).add((cell.row, cell.column - 1))
    return found


def _unread(book: Any, chosen: str) -> list[str]:
    """Name the other sheets that hold rows of numbers."""
    said = []
    for title in book.sheetnames:
        sheet = book[title]
        if title == chosen or not hasattr(sheet, "iter_rows"):
            continue
        filled = sum(
            any(isinstance(c, (int, float)) and not isinstance(c, bool) for c in row)
            for row, _ in zip(sheet.iter_rows(values_only=True), range(10_000), strict=False)
        )
        if filled:
            said.append(
                f"The sheet '{one_line(title)}' was not read ({filled} rows with numbers); "
                "to take it, save it as a file of its own."
            )
    return said


def _parquet(name: str, path: Path) -> Table:
    import duckdb

    try:
        with duckdb.connect(":memory:") as connection:
            relation = connection.sql("SELECT * FROM read_parquet(?)", params=[str(path)])
            header = tuple(str(c) for c in relation.columns)
            found = relation.limit(MAX_ROWS + 1).fetchall()
    except (duckdb.Error, OSError, UnicodeDecodeError, OverflowError, ValueError):
        raise _refuse(name, "the Parquet file is damaged or cut short", "write it again") from None
    rows = tuple((i, tuple(_text(c) for c in cells)) for i, cells in enumerate(found, 1))
    fractions = _fractions(c for cells in found for c in cells)
    return Table(name, header, rows, fractions=fractions)


def _fractions(cells: Iterable[Any]) -> frozenset[str]:
    """Return the texts of the numbers with a fraction among cells."""
    floats = (c for c in cells if isinstance(c, float) and math.isfinite(c))
    return frozenset(repr(c) for c in floats if c != int(c))


def _text(cell: Any) -> str | None:
    """Return a cell as the text a CSV would hold."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell!r}"
    return str(cell).strip() or None
