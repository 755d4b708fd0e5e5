"""Reading publishers' text files: what is it really, which columns, which line is wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corredor.errors import closest
from corredor.figures.publishers.base import Notes, RawFile
from corredor.figures.publishers.months import fold

__all__ = ["Layout", "Row", "parse_json", "read_csv", "sniff", "text_of", "whole_number"]

#: Headers that mark a file about single persons. Such files are refused unread.
PERSONAL = re.compile(
    r"\b(first name|last name|surname|full name|given name|date of birth|birth ?date|dob|passport"
    r"|document (number|no)|a[- ]number|alien number|ssn|phone|e-?mail"
    r"|apellidos?|primer nombre|nombres? y apellidos?|nombre completo|fecha de nacimiento"
    r"|pasaporte|(numero|no\.?) de documento|cedula|curp|telefono)\b"
)


def sniff(raw: RawFile) -> str:
    """Return what the bytes are: empty, html, login, zip, xls, pdf, gzip, json, binary or text."""
    head = raw.head()
    body = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not body:
        return "empty"
    for magic, kind in (
        (b"PK\x03\x04", "zip"),
        (b"\xd0\xcf\x11\xe0", "xls"),
        (b"%PDF", "pdf"),
        (b"\x1f\x8b", "gzip"),
    ):
        if body.startswith(magic):
            return kind
    low = body[:2048].lower()
    if low.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--", b"<?xml", b"<")):
        whole = raw.head(200_000).lower()
        login = b'type="password"' in whole or b"sign in" in whole or b"log in" in whole
        return "login" if login else "html"
    if b"\x00" in head:
        return "binary"
    return "json" if body[:1] in b"{[" else "text"


_KINDS = {
    "empty": ("the file is empty", "fetch it again; the publisher may be updating it"),
    "html": (
        "a web page came instead of the file",
        "open the address in a browser; the file may have moved or the site may be down",
    ),
    "login": (
        "a sign-in page came instead of the file",
        "the publisher now wants an account; download the file by hand and import it",
    ),
    "zip": ("this is a workbook or an archive, not a text table", "export it as CSV"),
    "xls": ("this is an old Excel file, not a text table", "save it as .xlsx or CSV"),
    "pdf": ("this is a PDF", "run 'pdftotext -layout FILE.pdf FILE.txt' and import the .txt"),
    "gzip": ("the file is compressed", "unpack it first"),
    "binary": ("the file is not text", "fetch it again; it may be damaged"),
    "json": ("JSON came instead of a table", "the publisher's interface may have changed"),
    "text": ("text came where something else was expected", "check the address"),
}


def expect(raw: RawFile, *wanted: str) -> str:
    """Return the kind of the file, or refuse it with one sentence if it is not a wanted one."""
    kind = sniff(raw)
    if kind in wanted:
        return kind
    what, fix = _KINDS[kind]
    raise raw.fault(what, fix)


def text_of(raw: RawFile) -> str:
    """Return the whole text; UTF-8 with or without a mark, else Windows Latin."""
    content = raw.content if raw.path is None else raw.path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


@dataclass(frozen=True)
class Layout:
    """The columns of a table: key -> the headers it goes by (compared without case or accents).

    ``other`` lists headers that are known and ignored; with ``strict`` any header not known
    is a fault, because a new column usually means the counts are now split differently.
    """

    required: Mapping[str, Sequence[str]]
    optional: Mapping[str, Sequence[str]]
    other: Sequence[str] = ()
    strict: bool = True


@dataclass(frozen=True)
class Row:
    """One line of a table, by column key."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")


def header_key(text: str) -> str:
    return fold(text.lstrip("\ufeff").strip().strip('"')).replace("_", " ")


def match_header(
    header: Sequence[str], layout: Layout, notes: Notes, line: int = 1
) -> dict[str, int]:
    """Return column key -> position; problems go to ``notes``."""
    names = [header_key(h) for h in header]
    for name in names:
        if PERSONAL.search(name):
            notes.add(
                f"the column '{name[:60]}' looks like a record of persons",
                "Corredor holds public aggregates only; do not import this file",
                line,
            )
    where: dict[str, int] = {}
    known: dict[str, str] = {}
    for key, aliases in {**layout.required, **layout.optional}.items():
        known |= {header_key(a): key for a in aliases}
    ignored = {header_key(h) for h in layout.other}
    for i, name in enumerate(names):
        found = known.get(name)
        if found is None:
            if layout.strict and name and name not in ignored:
                hint = closest(name, [a[0] for a in layout.required.values()])
                notes.add(
                    f"unknown column '{header[i].strip()[:60]}'",
                    f"the layout has changed; {hint}; do not import until it is understood",
                    line,
                )
        elif found in where:
            notes.add(f"the column '{header[i].strip()[:60]}' comes twice", "remove one", line)
        else:
            where[found] = i
    for key, aliases in layout.required.items():
        if key not in where:
            notes.add(
                f"the column '{aliases[0]}' is missing",
                "the publisher changed the layout; the file is not imported",
                line,
            )
    return where


def _lines(raw: RawFile) -> Iterator[str]:
    if raw.path is None:
        yield from io.StringIO(text_of(raw), newline="")
        return
    with raw.path.open("rb") as handle:
        yield from io.TextIOWrapper(handle, encoding="utf-8-sig", errors="replace", newline="")


def read_csv(raw: RawFile, layout: Layout, notes: Notes) -> Iterator[Row]:
    """Yield the rows of a CSV file. Blank lines are skipped; ragged lines become problems.

    Raises
    ------
    CorredorError
        At once when the file is not a table or its header does not fit.
    """
    expect(raw, "text")
    reader = csv.reader(_lines(raw))
    try:
        header = next((row for row in reader if any(c.strip() for c in row)), None)
        if header is None:
            raise raw.fault("the file is empty", "fetch it again")
        where = match_header(header, layout, notes, reader.line_num)
        notes.stop_if_any()
        width = len(header)
        while True:
            before = reader.line_num
            row = next(reader, None)
            if row is None:
                return
            if not any(c.strip() for c in row):
                continue
            if len(row) != width:
                notes.add(
                    f"the line has {len(row)} fields where the header has {width}",
                    "the file is cut short or damaged; fetch it again",
                    before + 1,
                )
                continue
            yield Row(before + 1, {key: row[i].strip() for key, i in where.items()})
    except csv.Error as fault:
        raise raw.fault(
            f"the line cannot be read as CSV ({fault})", "fetch the file again", reader.line_num
        ) from None


_WHOLE = re.compile(r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,12})(?:\.0{1,6})?", re.ASCII)
_NUMBER = re.compile(
    r"-?(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,18})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?", re.ASCII
)


def whole_number(text: str, notes: Notes, line: int | None, column: str) -> int | None:
    """Return a count, or None after noting why the cell is not one."""
    text = text.strip()
    if _WHOLE.fullmatch(text):
        return int(text.split(".")[0].replace(",", ""))
    shown = text[:40]
    if not text:
        notes.add("the count is empty", "a count must be a whole number", line, column)
    elif _NUMBER.fullmatch(text) and text.startswith("-"):
        notes.add(f"the count {shown} is negative", "counts are 0 or more", line, column)
    elif _NUMBER.fullmatch(text):
        notes.add(f"the count {shown} is not a whole number", "counts are whole", line, column)
    else:
        notes.add(f"'{shown}' is not a number", "counts are whole numbers", line, column)
    return None


def decimal_number(text: str, notes: Notes, line: int | None, column: str) -> float | None:
    """Return an amount that may be negative or broken, or None after noting why not."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text.replace(",", ""))
    notes.add(f"'{text[:40]}' is not a number", "amounts are plain numbers", line, column)
    return None


def parse_json(raw: RawFile) -> Any:
    """Return the JSON of a file, refusing pages and broken bodies with one sentence."""
    expect(raw, "json")
    content = raw.content if raw.path is None else raw.path.read_bytes()
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as fault:
        line = getattr(fault, "lineno", None)
        raise raw.fault("the JSON is broken", "fetch it again", line) from None
