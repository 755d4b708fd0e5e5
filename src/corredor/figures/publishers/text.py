"""Reading publishers' text files: what is it really, which columns, which line is wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import Any

from corredor.errors import closest
from corredor.figures import persons
from corredor.figures.publishers.base import Notes, RawFile
from corredor.figures.publishers.kinds import UTF16, expect, sniff, text_of
from corredor.figures.publishers.months import fold
from corredor.figures.publishers.workbook import as_text, open_workbook

__all__ = [
    "Layout",
    "Row",
    "parse_json",
    "read_csv",
    "table_rows",
    "whole_number",
]


@dataclass(frozen=True)
class Layout:
    """The columns of a table: key -> the headers it goes by (compared without case or accents).

    ``other`` lists headers that are known and ignored; with ``strict`` any header not known
    is a fault, because a new column usually means the counts are now split differently.
    Columns whose header matches ``also`` (years, say) are kept under the header as written.
    """

    required: Mapping[str, Sequence[str]]
    optional: Mapping[str, Sequence[str]] = field(default_factory=dict)
    other: Sequence[str] = ()
    strict: bool = True
    also: str = ""

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """Header as it is compared -> the key of its column."""
        wanted = {**self.required, **self.optional}
        return {header_key(a): key for key, aliases in wanted.items() for a in aliases}

    @cached_property
    def ignored(self) -> frozenset[str]:
        return frozenset(header_key(h) for h in self.other)

    def fit(self, header: Sequence[object]) -> tuple[float, float]:
        """Return which share of the required columns a row names, and how much of it is known."""
        names = [n for n in (header_key(str(h or "")) for h in header) if n]
        found = {self.keys[n] for n in names if n in self.keys} & set(self.required)
        seen = sum(n in self.keys or n in self.ignored for n in names)
        return len(found) / len(self.required), seen / max(len(names), 1)


@dataclass(frozen=True)
class Row:
    """One line of a table, by column key; ``decimal_comma`` as the file's separator implies."""

    line: int
    cells: Mapping[str, str]
    decimal_comma: bool = False

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")


@lru_cache(maxsize=4096)
def header_key(text: str) -> str:
    """Return a header as it is compared: ``Month (abbv)``, ``month_abbv`` are one."""
    words = re.sub(r"[_()\[\]/]", " ", fold(text.lstrip("\ufeff").strip().strip('"')))
    return " ".join(words.split())


def match_header(
    header: Sequence[str], layout: Layout, notes: Notes, line: int = 1
) -> dict[str, int]:
    """Return column key -> position; problems go to ``notes``."""
    where: dict[str, int] = {}
    for i, name in enumerate(header_key(h) for h in header):
        found = layout.keys.get(name)
        if found is None and layout.also and re.fullmatch(layout.also, name):
            found = header[i].strip()
        if found is None:
            if layout.strict and name and name not in layout.ignored:
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
    if raw.path is None or raw.head(2).startswith(UTF16):
        yield from io.StringIO(text_of(raw), newline="")
        return
    with raw.path.open("rb") as handle:
        yield from io.TextIOWrapper(handle, encoding="utf-8-sig", errors="replace", newline="")


#: The header is looked for among so many first rows, and persons among so many.
HEAD, SAMPLE = 40, 2000


def delimiter_of(raw: RawFile) -> str:
    """Return what separates the cells: the mark that gives the steadiest rows."""
    lines = list(islice(_lines(raw), HEAD))

    def steadiness(mark: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if len(row) > 1)
        width, rows = max(widths.items(), key=lambda w: w[::-1], default=(1, 0))
        return rows * min(width - 1, 3), width

    try:
        return max(",;\t|", key=steadiness)
    except csv.Error:
        return ","


def table_rows(raw: RawFile) -> Iterator[tuple[int, list[str]]]:
    """Yield the filled rows of a text table or of a workbook's fullest sheet, with their lines."""
    if sniff(raw) in {"zip", "xls"}:
        sheets = [s for s in open_workbook(raw) if not s.hidden]
        rows = max(sheets, key=lambda s: len(s.rows)).rows if sheets else []
        for line, cells in enumerate(rows, 1):
            shown = [as_text(c) for c in cells]
            if any(shown):
                yield line, shown
        return
    expect(raw, "text")
    reader = csv.reader(_lines(raw), delimiter=delimiter_of(raw))
    try:
        before = 0
        for row in reader:
            if any(c.strip() for c in row):
                yield before + 1, row
            before = reader.line_num
    except csv.Error as fault:
        raise raw.fault(
            f"the line cannot be read as CSV ({fault})", "fetch the file again", reader.line_num
        ) from None


#: What stands below a table rather than in it.
_BELOW = re.compile(r"^(data from|last updated|source|sources|note|notes|nota|fuente|\*)\b", re.I)


#: How a last line that sums a filtered export begins: it is of no cell.
_SUMS = frozenset({"total", "totals", "grand total", "sum", "total general", "gran total", "suma"})


def read_csv(raw: RawFile, layout: Layout, notes: Notes) -> Iterator[Row]:
    """Yield the rows of a table (text or workbook) below its header, wherever that stands.

    Blank lines are skipped, as are notes below the table and a line with nothing but a total;
    ragged lines become problems.

    Raises
    ------
    CorredorError
        At once when the file is not a table, its header does not fit, or it holds records
        of persons.
    """
    rows = table_rows(raw)
    head = list(islice(rows, HEAD))
    if not head:
        raise raw.fault("the file is empty", "fetch it again")
    at = max(range(len(head)), key=lambda i: (layout.fit(head[i][1])[0], -i))
    line, header = head[at]
    sample = [*head[at + 1 :], *islice(rows, SAMPLE)]
    at_line = line
    persons.refuse(raw.name, header, (cells for _, cells in sample), line)
    where = match_header(header, layout, notes, line)
    notes.stop_if_any()
    width = len(header)
    comma = sniff(raw) == "text" and delimiter_of(raw) in ";\t"
    for line, row in chain(sample, rows):
        filled = [c for c in row if c.strip()]
        if line <= at_line + 2 and all(c.strip().startswith("#") for c in filled):
            continue  # the row of HXL tags of a copy on HDX
        if len(row) != width and len(row) > width and not any(c.strip() for c in row[width:]):
            row = row[:width]
        if len(filled) == 1 and _BELOW.match(filled[0].strip()):
            continue
        if len(filled) <= 2 < width and fold(filled[0]).strip(" :") in _SUMS:
            continue
        if len(row) != width:
            notes.add(
                f"the line has {len(row)} fields where the header has {width}",
                "the file is cut short or damaged; fetch it again",
                line,
            )
            continue
        yield Row(line, {key: row[i].strip() for key, i in where.items()}, comma)


#: A point before exactly three digits may set thousands apart, and is not read here.
_WHOLE = re.compile(r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,12})(?:\.(?:0{1,2}|0{4,6}))?", re.ASCII)
_POINTS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII)
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
    elif _POINTS.fullmatch(text):
        what = f"the count {shown} may be {text.replace('.', ',')} or a number with decimals"
        notes.add(what, "write plain digits without thousands points", line, column)
    elif _NUMBER.fullmatch(text) and text.startswith("-"):
        notes.add(f"the count {shown} is negative", "counts are 0 or more", line, column)
    elif _NUMBER.fullmatch(text):
        notes.add(f"the count {shown} is not a whole number", "counts are whole", line, column)
    else:
        notes.add(f"'{shown}' is not a number", "counts are whole numbers", line, column)
    return None


def decimal_number(
    text: str, notes: Notes, line: int | None, column: str, *, decimal_comma: bool = False
) -> float | None:
    """Return an amount that may be negative or broken, or None after noting why not.

    ``decimal_comma`` says that a comma sets the fraction apart and a point the thousands.
    """
    text = text.strip()
    if decimal_comma and "," in text and re.fullmatch(r"-?[\d.]+,\d+", text, re.ASCII):
        whole, fraction = text.split(",")
        text = f"{whole.replace('.', '')}.{fraction}"
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
