"""Checking a table somebody gives against the catalogue, row by row.

A fault of the table as a whole refuses the file. A fault of a row sets that row aside
("quarantined") with the reason, and never lets a wrong figure in.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from corredor.errors import CorredorError, Problem, closest
from corredor.figures.catalogue import Series, catalogue, dims_of
from corredor.figures.codes import ALL, COUNTRIES
from corredor.figures.headings import columns_of, required
from corredor.figures.judging import plain
from corredor.figures.numerals import Column
from corredor.figures.publishers.base import AGENCIES
from corredor.figures.publishers.months import any_month, fold
from corredor.figures.reading import Table, one_line
from corredor.figures.tidy import PERIODS
from corredor.months import last_day

__all__ = ["Checked", "Figure", "check_table"]

#: What is written where a count is suppressed or not known. It is never zero.
_NOT_KNOWN = frozenset(
    {
        *("-", "–", "—", "--", "..", "...", "…", "*", "**", "x", ":", "n/a", "na", "n.a.", "#n/a"),
        *("nd", "n.d.", "n/d", "s/d", "s.d.", "sd", "null", "none", "nan", "s", "d", "suppressed"),
    }
)
EARLIEST = date(1900, 1, 1)
LARGEST = 2.0**53


@dataclass(frozen=True)
class Figure:
    """One figure of a file, understood."""

    line: int
    series: str
    start: date
    end: date
    dims: tuple[str | None, ...]  # in the order of dims_of the catalogue
    value: float
    published: date | None
    edition: str
    source: str

    @property
    def key(self) -> tuple[object, ...]:
        return (self.series, self.start, self.end, self.dims, self.published)


@dataclass
class Checked:
    """The figures of a file that are fit to be kept, and what was set aside and why."""

    figures: list[Figure] = field(default_factory=list)
    quarantined: list[Problem] = field(default_factory=list)
    blank: int = 0
    totals: int = 0
    repeated: int = 0
    notes: tuple[str, ...] = ()
    set_aside: int = 0  # rows that ``quarantined`` is about


@dataclass
class _Context:
    table: Table
    columns: Mapping[str, int]
    series: Series | None
    today: date
    labels: Callable[[str, str], frozenset[str | None]]
    new_labels: bool
    known: Mapping[str, Series]
    dims: tuple[str, ...]
    faults: list[Problem] = field(default_factory=list)
    numbers: dict[bool, Column] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)

    def fault(self, what: str, fix: str, line: int, column: str | None = None) -> None:
        self.faults.append(Problem(one_line(what, 200), fix, self.table.name, line, column))


def check_table(
    table: Table,
    *,
    series: str | None,
    today: date,
    labels: Callable[[str, str], frozenset[str | None]],
    new_labels: bool = False,
    known_series: Mapping[str, Series] | None = None,
    sums: bool = True,
) -> Checked:
    """Check a table and return its figures.

    Parameters
    ----------
    series
        The series of every row, when the table has no ``series`` column.
    today
        The day against which "in the future" is judged.
    labels
        The labels the store holds for a series and dimension (None among them: not stated).
    new_labels
        Accept labels of open dimensions that the store does not hold yet.
    known_series
        The catalogue; that of the shipped series when absent.
    sums
        Hold totals against their parts; False for figures of a table that was checked before.

    Raises
    ------
    CorredorError
        When the table as a whole is refused, or none of its rows is sound.
    """
    known = catalogue() if known_series is None else known_series
    dims = dims_of(known)
    columns = columns_of(table, dims)
    chosen = None
    if series is not None:
        if series not in known:
            raise CorredorError(Problem(f"unknown series '{series}'", closest(series, list(known))))
        chosen = known[series]
    required(table, columns, chosen)
    context = _Context(table, columns, chosen, today, labels, new_labels, known, dims)
    context.numbers = _numbers(context)
    out = Checked()
    formulas = {line: heading for line, heading in sorted(table.unstored) if heading}
    for line, cells in table.rows:
        if line in formulas:
            what = "the cell holds a formula and the file no value of it"
            fix = "open the file in a spreadsheet program, save it, and import it again"
            context.fault(what, fix, line, formulas[line])
            continue
        before = len(context.faults)
        figure = _figure(context, line, cells)
        if len(context.faults) > before:
            continue
        if figure is None:
            out.blank += 1
        else:
            out.figures.append(figure)
    _once(context, out)
    if sums:
        _add_up(context, out)
    out.quarantined = sorted(context.faults, key=lambda p: p.line or 0)
    if context.unknown:
        said = ", ".join(f"'{one_line(t, 20)}'" for t in sorted(context.unknown)[:4])
        number = sum(context.unknown.values())
        out.notes = (f"{number:,} cells hold no figure ({said}): not known, and not zero.",)
    told = len(out.figures) + out.blank + out.totals + out.repeated
    out.set_aside = len(table.rows) - told
    if not out.figures and out.quarantined:
        raise CorredorError(out.quarantined)
    return out


# ----------------------------------------------------------------------- rows
def _figure(context: _Context, line: int, cells: Sequence[str | None]) -> Figure | None:
    """Return a row's figure, or None when its value is blank or something is wrong."""
    cell = {name: cells[at] for name, at in context.columns.items()}
    one = _series_of(context, line, cell)
    if one is None or cell["value"] is None:
        return None
    if fold(cell["value"]).strip("()") in _NOT_KNOWN:
        context.unknown[cell["value"]] += 1
        return None
    period = _period(context, one, line, cell)
    dims = _dims(context, one, line, cell)
    value = _number(context, one, line, cell["value"])
    published = _published(context, line, cell.get("published"), period)
    if period is None or value is None:
        return None
    return Figure(
        line,
        one.id,
        *period,
        dims,
        value,
        published,
        cell.get("edition") or "",
        cell.get("source") or "",
    )


def _series_of(context: _Context, line: int, cell: Mapping[str, str | None]) -> Series | None:
    named = cell.get("series")
    if context.series is not None:
        if named not in (None, context.series.id):
            what = f"the row is of '{one_line(str(named))}' but {context.series.id} was asked for"
            context.fault(what, "leave out --series or split the file", line, "series")
            return None
        return context.series
    if not named:
        context.fault("the row names no series", "fill the column 'series'", line, "series")
        return None
    if named not in context.known:
        fix = closest(named, list(context.known))
        context.fault(f"unknown series '{one_line(named)}'", fix, line, "series")
        return None
    return context.known[named]


def _day(context: _Context, line: int, column: str, text: str | None) -> date | None:
    if text is None:
        context.fault(f"'{column}' is empty", "write it as YYYY-MM-DD", line, column)
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        context.fault(f"'{one_line(text)}' is not a day", "write it as YYYY-MM-DD", line, column)
        return None


def _named_period(
    context: _Context, line: int, kind: str, text: str | None
) -> tuple[date, date] | None:
    """Return the days of a month (YYYY-MM), year or fiscal year (YYYY)."""
    if kind == "month":
        start = any_month(text or "")
    else:
        year = _year(text or "", fiscal=kind == "fiscal_year")
        start = None if year is None else date(year, 1, 1)
    if start is None or (kind != "month" and start.year < 2):
        _no_period(context, line, kind, text)
        return None
    if kind == "month":
        return start, last_day(start)
    if kind == "year":
        return start, date(start.year, 12, 31)
    return date(start.year - 1, 10, 1), date(start.year, 9, 30)


def _year(text: str, *, fiscal: bool) -> int | None:
    """Return a year written ``2024``; a fiscal one also as ``FY2024``, ``FY 24``."""
    found = re.fullmatch(r"\d{4}(?:\.0)?", text, re.ASCII)
    if fiscal and found is None:
        found = re.fullmatch(r"FY ?'?(\d{4}|\d{2})", text, re.ASCII | re.IGNORECASE)
        if found:
            return int(found[1]) + (2000 if len(found[1]) == 2 else 0)
    return int(found[0][:4]) if found and int(found[0][:4]) else None


def _no_period(context: _Context, line: int, kind: str, text: str | None) -> None:
    fix = {"month": "write it as YYYY-MM"}.get(kind, "write it as YYYY")
    what = f"'{one_line(text)}' is not a {kind.replace('_', ' ')}" if text else f"'{kind}' is empty"
    if text and re.search(r"\b(?:FYTD|YTD)\b|partial|parcial", text, re.IGNORECASE):
        what = f"'{one_line(text)}' is a part of a year, and the series has whole ones"
        fix = "give the year when it is over"
    context.fault(what, fix, line, kind)


def _period(
    context: _Context, one: Series, line: int, cell: Mapping[str, str | None]
) -> tuple[date, date] | None:
    kind = next((k for k in PERIODS if k in cell), None)
    if kind is None:
        start = _day(context, line, "start", cell["start"])
        end = _day(context, line, "end", cell["end"])
        column = "end"
    else:
        start, end = _named_period(context, line, kind, cell[kind]) or (None, None)
        column = kind
    if start is None or end is None:
        return None
    shapes = {
        "month": start.day == 1 and end == last_day(start),
        "year": (start.month, start.day) == (1, 1) and end == date(start.year, 12, 31),
        "fiscal_year": (start.month, start.day) == (10, 1) and end == date(start.year + 1, 9, 30),
        "range": True,
    }
    if end < start:
        context.fault("the period ends before it starts", "swap the two days", line, column)
    elif start < EARLIEST:
        context.fault(f"the period {start} is too long ago", "check the year", line, column)
    elif end > context.today:
        what = f"the period ends in the future ({end})"
        context.fault(what, "give figures of periods that are over", line, column)
    elif not shapes[one.period]:
        what = f"the period is not a {one.period.replace('_', ' ')}, as {one.id} has it"
        context.fault(what, "give whole periods", line, column)
    else:
        return start, end
    return None


def _dims(
    context: _Context, one: Series, line: int, cell: Mapping[str, str | None]
) -> tuple[str | None, ...]:
    out: list[str | None] = []
    for dim in context.dims:
        text = cell.get(dim)
        if dim not in one.dims:
            if text is not None:
                what = f"series {one.id} has no dimension '{dim}'"
                context.fault(what, "leave the cell empty", line, dim)
            out.append(None)
            continue
        out.append(_label(context, one, line, dim, text))
    return tuple(out)


def _label(context: _Context, one: Series, line: int, dim: str, text: str | None) -> str | None:
    held = context.labels(one.id, dim)
    if text is None:
        if None not in held:
            context.fault(f"no {dim} is given", f"write {ALL} for a total", line, dim)
        return None
    word = one.canonical(dim, text)
    if word is None:
        fix = "write the ISO code (VEN), or OOO for other"
        if dim not in COUNTRIES:
            fix = closest(text, one.known(dim))
        context.fault(f"unknown {dim} '{one_line(text)}'", fix, line, dim)
    elif word != ALL and held and word not in held and not context.new_labels:
        if one.known(dim):
            return word
        fix = f"{closest(word, sorted(h for h in held if h))}; or allow new labels"
        context.fault(f"unknown {dim} '{one_line(word)}' for {one.id}", fix, line, dim)
    return word


def _numbers(context: _Context) -> dict[bool, Column]:
    """Return the column of values as it stands for counts (True) and for other numbers."""
    table, at = context.table, context.columns["value"]
    named = context.columns.get("series")
    cells: dict[bool, list[str]] = {True: [], False: []}
    for _, row in table.rows:
        name = row[named] if named is not None and context.series is None else None
        one = context.series or context.known.get(name or "")
        if (text := row[at]) is not None:
            cells[one is None or one.whole].append(text)
    return {
        whole: Column(texts, whole, table.delimiter, table.fractions)
        for whole, texts in cells.items()
    }


def _number(context: _Context, one: Series, line: int, text: str) -> float | None:
    """Return the value, checked for what the series can hold."""
    value = context.numbers[one.whole].read(text)
    if value is None:
        fix = "write plain digits without thousands separators, or leave it empty if not known"
        context.fault(f"value '{one_line(text)}' is not a number", fix, line, "value")
        return None
    if isinstance(value, str):
        fix = "write it in plain digits (12000)"
        context.fault(one_line(value, 120), fix, line, "value")
        return None
    if value < 0 and not one.signed:
        context.fault(
            f"value {one_line(text)} is negative", "give a count of 0 or more", line, "value"
        )
    elif abs(value) >= LARGEST:
        context.fault(
            f"value {one_line(text)} is impossibly large", "check the digits", line, "value"
        )
    elif one.whole and value != int(value):
        what = f"value {one_line(text)} is not a whole number of {one.unit}"
        context.fault(what, "give the count as published", line, "value")
    elif one.unit == "percent" and value > 100:
        context.fault(f"value {one_line(text)} is over 100 percent", "give percent", line, "value")
    else:
        return value
    return None


def _published(
    context: _Context, line: int, text: str | None, period: tuple[date, date] | None
) -> date | None:
    if text is None:
        return None
    day = _day(context, line, "published", text)
    if day is None:
        return None
    if day > context.today:
        context.fault(f"published in the future ({day})", "check the day", line, "published")
    elif period is not None and day < period[0]:
        what = f"published {day}, before the period began"
        context.fault(what, "check both days", line, "published")
    return day


# ------------------------------------------------------------- whole-file checks
def _once(context: _Context, out: Checked) -> None:
    """Keep each figure once; set aside those given twice with different values."""
    groups: dict[tuple[object, ...], list[Figure]] = defaultdict(list)
    for figure in out.figures:
        groups[figure.key].append(figure)
    kept = []
    for same in groups.values():
        if len({f.value for f in same}) == 1:
            kept.append(same[0])
            out.repeated += len(same) - 1
            continue
        first = same[0]
        for figure in same:
            other = first if figure is not first else same[1]
            what = (
                f"the same figure is {plain(figure.value)} here and {plain(other.value)} "
                f"on line {other.line}"
            )
            context.fault(what, "keep the right one", figure.line, "value")
    out.figures = kept


def _add_up(context: _Context, out: Checked) -> None:  # noqa: C901
    """Hold rows marked ALL against their parts; keep them only where the series has totals."""
    by_key = {f.key: f for f in out.figures}
    parts: dict[tuple[object, ...], list[Figure]] = defaultdict(list)
    for figure in out.figures:
        for at, label in enumerate(figure.dims):
            if label is not None and label != ALL:
                dims = (*figure.dims[:at], ALL, *figure.dims[at + 1 :])
                parts[(*figure.key[:3], dims, figure.published, at)].append(figure)
    wrong: set[tuple[object, ...]] = set()
    totals = set()
    for total in out.figures:
        one = context.known[total.series]
        for at, label in enumerate(total.dims):
            if label != ALL:
                continue
            if ALL not in context.labels(one.id, context.dims[at]):
                totals.add(total.key)
            of = parts.get((*total.key, at), [])
            if not _comparable(context, one, at, of):
                continue
            added = sum(f.value for f in of)
            slack = 0.0 if one.rounding == 1 and one.whole else one.rounding / 2 * (len(of) + 1)
            if not one.whole:
                slack = max(abs(total.value) * 1e-9, 1e-6)
            if abs(added - total.value) > slack:
                what = (
                    f"the total is {plain(total.value)} but its {len(of)} parts by "
                    f"{context.dims[at]} add up to {plain(added)}"
                )
                context.fault(what, "check the total and the parts", total.line, "value")
                for figure in of:
                    what = f"a part of the total on line {total.line}, which does not add up"
                    if figure.key not in wrong:
                        context.fault(what, "check the total", figure.line, "value")
                wrong.update({total.key, *(f.key for f in of)})
    out.totals = len(totals - wrong)
    out.figures = [f for k, f in by_key.items() if k not in wrong and k not in totals]
    if totals and not out.figures and not context.faults:
        line = min(f.line for k, f in by_key.items() if k in totals)
        context.fault(
            "the file has only totals, which this series does not keep",
            "give the parts, or name the series of totals",
            line,
        )


def _comparable(context: _Context, one: Series, at: int, parts: Sequence[Figure]) -> bool:
    """Whether the parts present are all the parts there are."""
    if one.nested or not parts or one.unit in ("percent", "per row"):
        return False
    if context.dims[at] == "component" and one.words is None:
        return {f.dims[at] for f in parts} >= AGENCIES
    return True
