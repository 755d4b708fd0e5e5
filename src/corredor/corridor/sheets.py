"""CSV tables read with the line of every row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from corredor.errors import Problem, closest

__all__ = ["Sheet", "decode", "read_sheet"]


@dataclass
class Sheet:
    """Rows of a table as text by column, empty cells left out, with the line of each."""

    rows: list[dict[str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def decode(raw: bytes, file: str) -> tuple[str | None, list[Problem]]:
    """Decode UTF-8 (a byte-order mark is allowed); None and the problem where it is not."""
    if not raw.strip():
        return None, [Problem("the file is empty", "fill it in", file)]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, [Problem("the file is UTF-16, not UTF-8", "save it as UTF-8", file, 1)]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, [Problem("the text is not UTF-8", "save the file as UTF-8", file, line)]
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        return None, [Problem("a NUL character", "save the file as plain text", file, line)]
    return text, []


def read_sheet(
    text: str, file: str, required: Iterable[str], known: Sequence[str], *, also: str = ""
) -> Sheet:
    """Read a comma-separated table with a header; faults are collected, never raised.

    ``known`` are its columns; ``also``, a pattern of further ones.
    """
    sheet = Sheet()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    before = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            sheet.problems.append(
                Problem(f"not CSV: {error}", "check the quotes", file, before + 1)
            )
            return sheet
        if cells is None:
            break
        line, before = before + 1, reader.line_num
        cells = [c.strip() for c in cells]
        if not any(cells):
            continue
        if header is None:
            header = cells
            further = [c for c in header if also and re.match(also, c)]
            sheet.problems += _header(header, file, line, required, [*known, *further])
            if any(c in ("start", "id", "km") for c in header) is False:
                return sheet
            continue
        if len(cells) > len(header):
            sheet.problems.append(
                Problem(
                    f"the row has {len(cells)} cells, the header {len(header)}",
                    "put text with commas in quotes",
                    file,
                    line,
                )
            )
            continue
        # strict=False: trailing empty cells may be left out
        sheet.rows.append({k: v for k, v in zip(header, cells, strict=False) if k and v})
        sheet.lines.append(line)
    if header is None:
        sheet.problems.append(Problem("the file is empty", "fill it in", file))
    elif not sheet.rows and not sheet.problems:
        sheet.problems.append(Problem("the table has no rows", "add a row", file, before + 1))
    return sheet


def _header(
    header: list[str], file: str, line: int, required: Iterable[str], known: Sequence[str]
) -> list[Problem]:
    if len(header) == 1 and any(s in header[0] for s in ";\t|"):
        return [
            Problem(
                "the columns are not separated by commas", "save it as comma-separated", file, line
            )
        ]
    problems = [
        Problem(f"the column '{c}' is missing", "add it to the header", file, line, c)
        for c in required
        if c not in header
    ]
    for c in header:
        if c and c not in known:
            problems.append(Problem(f"unknown column '{c}'", closest(c, known), file, line, c))
    for c in sorted({c for c in header if c and header.count(c) > 1}):
        problems.append(Problem(f"the column '{c}' is given twice", "remove one", file, line, c))
    return problems
