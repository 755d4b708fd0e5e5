"""Reading a tidy table from a file somebody gives: CSV, Excel or Parquet.

Nothing of the content is believed yet; this module only turns a file into a header and
rows of text with the line each stands on, or says in one sentence why it cannot.
"""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from corredor.errors import CorredorError, Problem
from corredor.figures.tidy import tidy_header

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
#: A workbook with formulas is held in memory whole, some fifty times its size.
_MAX_FORMULAS = 20 * 1024 * 1024

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
        if not path.is_file():  # a pipe or a device may never end
            raise _refuse(name, "this is not a file", "save the table as a file first")
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
    table = _without_empty(table)
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


def _without_empty(table: Table) -> Table:
    """Drop columns that have neither a name nor content."""
    kept = [
        at
        for at, heading in enumerate(table.header)
        if heading or any(cells[at] is not None for _, cells in table.rows)
    ]
    if len(kept) in (0, len(table.header)):
        return table
    return replace(
        table,
        header=tuple(table.header[at] for at in kept),
        rows=tuple((line, tuple(cells[at] for at in kept)) for line, cells in table.rows),
    )


def _is_hxl(cells: tuple[str | None, ...]) -> bool:
    filled = [c for c in cells if c]
    return bool(filled) and all(c.startswith("#") for c in filled)


# ------------------------------------------------------------------------ CSV
def _csv(name: str, content: bytes) -> Table:
    text, said = _decoded(name, content)
    head = text.lstrip()[:200].lower()
    if head.startswith(("<!doctype", "<html", "<?xml")):
        raise _refuse(name, "this is a web page, not a table", "download the table itself")
    if head.startswith(("{", "[")):
        raise _refuse(name, "this is JSON, not a table", "give the table as CSV")
    if not text.strip():
        raise _refuse(name, "the file is empty", "give a table with a header and rows")
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, tuple[str | None, ...]]] = []
    try:
        for cells in reader:
            if any(c.strip() for c in cells):
                found.append((reader.line_num, tuple(c.strip() or None for c in cells)))
            if len(found) > MAX_ROWS + _HEAD:
                what = f"the table has more than {MAX_ROWS:,} rows"
                raise _refuse(name, what, f"split it below {MAX_ROWS:,} rows")
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
    header, rows, notes = _body(found)
    problems = [
        Problem(
            f"the row has {len(cells)} cells and the header {len(header)}",
            "give every row the same columns; quote text that holds the separator",
            name,
            line,
        )
        for line, cells in rows
        if len(cells) != len(header)
    ]
    if problems:
        raise CorredorError(problems[:50])
    return Table(name, header, tuple(rows), delimiter, notes=(*said, *notes))


#: The header is looked for among so many first rows, and the separator in so many characters.
_HEAD = 40
_LOOKED_AT = 400_000
#: How what stands below a table begins.
_BELOW = re.compile(
    r"\*|\(\d|\d\)|(nota|note|fuente|source|data|last|actualiz|elabora|cifras|figures)",
    re.IGNORECASE,
)


def _delimiter(text: str) -> str:
    """Return what separates the cells: what gives a tidy header, or the first line's mark."""
    lines = [line for line in text[:_LOOKED_AT].splitlines() if line.strip()][:_HEAD]
    for mark in ",;\t|":
        for line in lines:
            if tidy_header([c.strip(' "\ufeff') for c in line.split(mark)]):
                return mark
    return max(",;\t|", key=lines[0].count)


_Rows = list[tuple[int, tuple[str | None, ...]]]


def _body(found: _Rows) -> tuple[tuple[str, ...], _Rows, list[str]]:
    """Return the header, the rows below it, and what is said of lines above and below them."""
    at = next(
        (i for i, (_, row) in enumerate(found[:_HEAD]) if tidy_header([c or "" for c in row])), 0
    )
    end = len(found)
    while end > at + 1 and _is_note(found[end - 1][1]):
        end -= 1
    notes = []
    if at:
        notes.append(f"{at} lines above the table were not read.")
    if end < len(found):
        notes.append(f"{len(found) - end} lines below the table are notes and were not read.")
    return tuple(c or "" for c in found[at][1]), found[at + 1 : end], notes


def _is_note(cells: tuple[str | None, ...]) -> bool:
    """Whether a row is a remark: one text and nothing beside it."""
    filled = [c for c in cells if c is not None]
    text = filled[0] if len(filled) == 1 and cells[0] is not None else ""
    return bool(text) and (len(text.split()) >= 4 or bool(_BELOW.match(text)))


def _decoded(name: str, content: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file (UTF-8, UTF-16, or Windows Latin), and what to say of that."""
    for magic, what, fix in _NOT_TABLES:
        if content.startswith(magic):
            raise _refuse(name, f"this {what}, not a table", fix)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), ()
        except UnicodeDecodeError:
            raise _refuse(name, "the UTF-16 text is damaged", "save it again", 1) from None
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise _refuse(name, "the file is binary, not text", "give CSV, .xlsx or Parquet", line)
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        what = f"byte {content[error.start]:#04x} is not UTF-8"
    if re.search(rb"[\xc3-\xc5][\x80-\xbf]", content):
        raise _refuse(name, f"{what}, and other letters are", "save it as CSV UTF-8", line)
    try:
        return content.decode("cp1252"), ("Its text was read as Windows Latin (not UTF-8).",)
    except UnicodeDecodeError:
        raise _refuse(name, what, "save it as CSV UTF-8", line) from None


# ---------------------------------------------------------------- Excel, Parquet
_BROKEN = "the Excel file is damaged or cut short"


def _refuse_archive(name: str, content: bytes) -> None:
    """Refuse what is no workbook, or one too large to be held, before it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            unpacked = sum(i.file_size for i in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        raise _refuse(name, _BROKEN, "save or download it again") from None
    if "xl/workbook.xml" not in names:
        raise _refuse(name, "this archive is not an Excel workbook", "give CSV, .xlsx or Parquet")
    if unpacked > MAX_UNPACKED:
        raise _refuse(name, "the Excel file unpacks to too much", "give the table as CSV")
    if unpacked > _MAX_FORMULAS and _has_formulas(content):
        raise _refuse(name, "the Excel file is large and has formulas", "give the table as CSV")


def _excel(name: str, content: bytes) -> Table:
    import openpyxl

    _refuse_archive(name, content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = _chosen(book)
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
        raise _refuse(name, _BROKEN, "save or download it again") from None
    lines = {line for line, _ in formulas}
    filled = [r for r in found if r[0] in lines or any(c is not None for c in r[1])]
    if not filled:
        raise _refuse(name, "the sheet is empty", "put the table in the first sheet or in 'data'")
    head, body, around = _body(filled)
    width = max((i for i, c in enumerate(head) if c), default=0) + 1
    header = head[:width]
    rows = []
    for number, cells in body:
        if any(c is not None for c in cells[width:]):
            what = "the row has cells beyond the header"
            raise _refuse(name, what, "give every column a name", number)
        padded = cells[:width] + (None,) * (width - len(cells[:width]))
        rows.append((number, padded))
    unstored = frozenset((line, header[at]) for line, at in formulas if at < width)
    return Table(name, header, tuple(rows), "", fractions, unstored, (*around, *notes))


def _chosen(book: Any) -> Any:
    """Return the sheet to read: 'data' or 'datos', else the first with a tidy header.

    What is hidden is not read: a person does not see it.
    """
    shown = [t for t in book.sheetnames if _visible(book[t])] or book.sheetnames
    titles = {t.lower(): t for t in shown}
    order = [titles[t] for t in ("data", "datos") if t in titles] + shown
    for title in order:
        rows = book[title].iter_rows(values_only=True)
        if any(
            tidy_header([_text(c) or "" for c in row])
            for row, _ in zip(rows, range(_HEAD), strict=False)
        ):
            return book[title]
    return book[order[0]]


def _visible(sheet: Any) -> bool:
    return hasattr(sheet, "iter_rows") and sheet.sheet_state == "visible"


def formulas_without_value(content: bytes) -> dict[str, set[tuple[int, int]]]:
    """Return, by sheet, row (from 1) and column (from 0) of formulas without a stored value.

    Programs that write formulas without working them out leave such cells; a reader of values
    sees nothing there.
    """
    import openpyxl

    if not _has_formulas(content):
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


def _has_formulas(content: bytes) -> bool:
    """Whether a sheet may have a formula; read piece by piece, as far as the first."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            with suppress(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
                before = b""
                with archive.open(name) as sheet:
                    while piece := sheet.read(1 << 20):
                        if b"<f" in before + piece:
                            return True
                        before = piece[-1:]
    return False


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
